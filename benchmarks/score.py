"""Points of a year under the Heshan book: our tally and ranks beside polars, duckdb and pandas, every seat compared."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from benchmarks.ground import SEED
from benchmarks.stopwatch import REPEATS, row, timed_in_turn
from data.rules import text
from scoring.activities import LEVELS
from scoring.periods import Period
from scoring.rulebook import RuleBook, parse
from scoring.standings import ranks
from scoring.tally import Columns, Lexicon, tally

YEAR = 2025  # the book raises one award in the middle of it
SIZES = {"county": (200_000, 806), "province": (3_600_000, 100_000), "nation": (100_000_000, 2_770_000)}
SEATS_IN_GROUP = 300
OURS = "tally"
WINDOWS = ("rule_day", "rule_month", "rule_quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year of acts in the order of their days, and the level and group of every seat."""

    acts: Columns
    levels: NDArray[np.int8]
    groups: NDArray[np.int64]
    kinds: tuple[str, ...]


def run(size: str, *, repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Award a year, cap it, add it up and rank every seat; a seat whose points or rank differ is a mismatch."""
    if size not in SIZES:
        raise ValueError(f"no size {size}; there are {', '.join(SIZES)}")
    book = parse(text("heshan-631"), name="heshan-631")
    lexicon = Lexicon(book)
    year = year_of(*SIZES[size], lexicon)
    period = Period.parse(str(YEAR))

    frame, seats, table = frame_of(year), seats_of(year), table_of(book, year.kinds)

    def ours() -> tuple[Any, Any]:
        points = tally(year.acts, year.levels, lexicon, period).tenths
        return points, ranks(points, year.groups).rank

    works = {
        OURS: ours,
        f"polars {pl.__version__}": lambda: by_polars(frame, seats, table),
        f"duckdb {duckdb.__version__}": lambda: by_duckdb(frame, seats, table),
    }
    if size != "nation":  # pandas takes minutes and more memory than a modest machine has
        plain, plain_seats = frame.to_pandas(), seats.to_pandas()
        works[f"pandas {pd.__version__}"] = lambda: by_pandas(plain, plain_seats, table)
    ours()  # compiled before the clock runs
    found = timed_in_turn(works, repeats)
    seconds, (points, places) = found.pop(OURS)
    work = f"{len(year.acts.seat):,} acts of {len(points):,} seats, caps and ranks"
    return [
        row(work, name, ours=seconds, theirs=theirs, repeats=repeats,
            mismatches=int(((their_points != points) | (their_places != places)).sum()))
        for name, (theirs, (their_points, their_places)) in found.items()
    ]  # fmt: skip


def year_of(acts: int, seats: int, lexicon: Lexicon) -> Year:
    """Draw a year of acts from a fixed seed; every seat has one at least, one measure in fifty is missing."""
    rng = np.random.default_rng(SEED)
    first = int(np.datetime64(date(YEAR, 1, 1)).astype(np.int64))
    seat = rng.integers(0, seats, acts, dtype=np.int32)
    seat[:: acts // seats][:seats] = np.arange(seats, dtype=np.int32)
    day = first + (np.arange(acts, dtype=np.int64) * 365 // acts).astype(np.int32)

    def measure(most: int, kind: type[np.signedinteger]) -> NDArray:  # type: ignore[type-arg]
        values = rng.integers(1, most, acts, dtype=kind)
        values[rng.integers(0, acts, acts // 50)] = -1
        return values

    columns = Columns(
        seat=seat, day=day.astype(np.int32),
        kind=rng.integers(0, len(lexicon.kinds), acts, dtype=np.int16),
        role=rng.integers(0, len(lexicon.roles), acts, dtype=np.int16),
        hours_tenths=measure(80, np.int16), half_days=measure(6, np.int16), served=measure(30, np.int32),
        members=rng.integers(1, 4, acts, dtype=np.int16),
    )  # fmt: skip
    levels = rng.integers(0, len(LEVELS), seats, dtype=np.int8)
    groups = np.arange(seats) // SEATS_IN_GROUP * len(LEVELS) + levels
    return Year(acts=columns, levels=levels, groups=groups.astype(np.int64), kinds=tuple(lexicon.kinds))


def frame_of(year: Year) -> pl.DataFrame:
    """Give a year's acts as the peers read them."""
    acts = year.acts
    return pl.DataFrame(
        {
            "seat": acts.seat, "day": acts.day, "kind": acts.kind, "role": acts.role,
            "hours": acts.hours_tenths, "half_days": acts.half_days, "served": acts.served, "members": acts.members,
        }
    )  # fmt: skip


def seats_of(year: Year) -> pl.DataFrame:
    """Give the seats as the peers read them."""
    return pl.DataFrame(
        {"seat": np.arange(len(year.levels), dtype=np.int32), "level": year.levels, "group": year.groups}
    )


def table_of(book: RuleBook, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Write a book whose kinds have one rule each, and whose dated clauses differ in the award only, as one table.

    Raises ValueError for another book: the peers' queries below would not say the same as the rules.
    """
    rows = []
    days = np.arange(f"{YEAR}-01-01", f"{YEAR + 1}-01-01", dtype="datetime64[D]")
    for number, kind in enumerate(kinds):
        (rule,) = book.by_kind[kind]
        in_force = [chapter for chapter in rule.chapters if chapter.start < date(YEAR + 1, 1, 1)]
        earlier, later = (in_force[-2], in_force[-1]) if len(in_force) > 1 else (in_force[-1], in_force[-1])
        caps = dict(later.caps)
        narrow = [cap for cap in WINDOWS if cap in caps]
        if earlier.caps != later.caps or len(narrow) > 1 or rule.modes:
            raise ValueError(f"rule {rule.id} is beyond the queries of the peers")
        half = rule.roles.get("member")
        rows.append({
            "kind": number, "unit": rule.unit, "award": earlier.award, "award_later": later.award,
            "later": int(np.datetime64(later.start).astype(np.int64)),
            "below": 1 if half is None else half.denominator, "divided": rule.joint == "divided",
            "most": later.max_per_act, "window": narrow[0] if narrow else "",
            "narrow": caps[narrow[0]] if narrow else None,
            "year": caps.get("rule_year"), "floor": later.floor_per_year,
            "levels": sum(1 << LEVELS.index(level) for level in rule.levels) or (1 << len(LEVELS)) - 1,
            "category": list(book.categories).index(rule.category),
            "category_cap": book.categories[rule.category].cap_per_year, "total_cap": book.total.cap_per_year,
            "first_day": int(days[0].astype(np.int64)), "quantum": book.quantum,
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


NEVER = 1 << 40  # a bound that never cuts


def by_polars(frame: pl.DataFrame, seats: pl.DataFrame, table: pl.DataFrame) -> tuple[Any, Any]:
    """Award, cap and rank with polars' lazy engine: narrow caps, then the year's, the category's and the total."""
    of = {name: pl.lit(table[name]).gather(pl.col("kind")) for name in table.columns if name not in ("unit", "window")}
    unit = {name: pl.lit(table["unit"] == name).gather(pl.col("kind")) for name in ("hour", "half_day", "person")}
    window = {name: pl.lit(table["window"] == name).gather(pl.col("kind")) for name in WINDOWS}
    units = (
        pl.when(unit["hour"]).then(pl.col("hours").cast(pl.Int64))
        .when(unit["half_day"]).then(10 * pl.col("half_days").cast(pl.Int64))
        .when(unit["person"]).then(10 * pl.col("served").cast(pl.Int64))
        .otherwise(10)
    )  # fmt: skip
    award = pl.when(pl.col("day") >= of["later"]).then(of["award_later"]).otherwise(of["award"])
    below = (
        10 * of["quantum"]
        * pl.when(pl.col("role") == 1).then(of["below"]).otherwise(1)
        * pl.when(of["divided"]).then(pl.col("members").cast(pl.Int64)).otherwise(1)
    )  # fmt: skip
    full = (award * pl.max_horizontal(units, pl.lit(0))).abs()
    raw = ((2 * full + below) // (2 * below) * of["quantum"]).clip(upper_bound=of["most"].fill_null(NEVER))
    level = pl.lit(seats["level"]).gather(pl.col("seat")).cast(pl.Int64)
    open_to = (of["levels"] // pl.lit(2).pow(level).cast(pl.Int64)) % 2 == 1
    date_of = pl.col("day").cast(pl.Date)
    now = (
        pl.when(window["rule_day"]).then(pl.col("day") - of["first_day"])
        .when(window["rule_month"]).then(date_of.dt.month().cast(pl.Int64))
        .when(window["rule_quarter"]).then(date_of.dt.quarter().cast(pl.Int64))
        .otherwise(0)
    )  # fmt: skip
    key = (pl.col("seat").cast(pl.Int64) * len(table) + pl.col("kind")) * 512 + now
    found = (
        frame.lazy()
        .select(key=key, raw=pl.when(open_to).then(raw).otherwise(0))
        .group_by("key").agg(pl.col("raw").sum())
        .with_columns(kind=pl.col("key") // 512 % len(table), seat=pl.col("key") // (512 * len(table)))
        .select("seat", "kind", raw=pl.min_horizontal("raw", of["narrow"].fill_null(NEVER)))
        .group_by("seat", "kind").agg(pl.col("raw").sum())
        .with_columns(raw=pl.min_horizontal("raw", of["year"].fill_null(NEVER)), lost=of["award"] < 0,
                      category=of["category"], floor=-of["floor"].fill_null(NEVER),
                      cap=of["category_cap"].fill_null(NEVER))
        .with_columns(loss=pl.when("lost").then(pl.min_horizontal("raw", pl.col("floor").abs())).otherwise(0),
                      raw=pl.when("lost").then(0).otherwise(pl.col("raw")))
        .group_by("seat", "category").agg(pl.col("raw").sum(), pl.col("loss").sum(), pl.col("cap").first())
        .group_by("seat").agg(pl.min_horizontal("raw", "cap").sum().alias("gain"), pl.col("loss").sum())
        .with_columns(tenths=pl.min_horizontal("gain", pl.lit(table["total_cap"][0] or NEVER)) - pl.col("loss"))
        .join(seats.lazy(), on="seat", how="right")
        .with_columns(pl.col("tenths").fill_null(0))
        .with_columns(rank=pl.col("tenths").rank("min", descending=True).over("group"))
        .sort("seat").select("tenths", "rank").collect()
    )  # fmt: skip
    return found["tenths"].to_numpy(), found["rank"].to_numpy().astype(np.int64)


QUERY = """
WITH act AS (
    SELECT a.seat, a.kind,
           CASE b."window" WHEN 'rule_day' THEN a.day - b.first_day
                WHEN 'rule_month' THEN month(DATE '1970-01-01' + a.day)
                WHEN 'rule_quarter' THEN quarter(DATE '1970-01-01' + a.day) ELSE 0 END AS now,
           CASE WHEN (b.levels >> s.level) & 1 = 0 THEN 0 ELSE
               least(b.most, (2 * full_size + step) // (2 * step) * b.quantum) END AS raw
    FROM frame a JOIN plan b USING (kind) JOIN seats s USING (seat),
    LATERAL (SELECT abs((CASE WHEN a.day >= b.later THEN b.award_later ELSE b.award END) * greatest(0,
                CASE b.unit WHEN 'hour' THEN a.hours::BIGINT WHEN 'half_day' THEN 10 * a.half_days::BIGINT
                     WHEN 'person' THEN 10 * a.served::BIGINT ELSE 10 END)) AS full_size,
                10 * b.quantum * (CASE WHEN a.role = 1 THEN b.below ELSE 1 END)
                * (CASE WHEN b.divided THEN a.members ELSE 1 END) AS step)
), narrow AS (SELECT seat, kind, now, sum(raw)::BIGINT AS raw FROM act GROUP BY ALL
), yearly AS (
    SELECT n.seat, n.kind, sum(least(n.raw, b.narrow))::BIGINT AS raw
    FROM narrow n JOIN plan b USING (kind) GROUP BY ALL
), category AS (
    SELECT y.seat, b.category, any_value(b.category_cap) AS cap,
           sum(CASE WHEN b.award < 0 THEN 0 ELSE least(y.raw, b.year) END)::BIGINT AS gain,
           sum(CASE WHEN b.award < 0 THEN least(y.raw, abs(b.floor)) ELSE 0 END)::BIGINT AS loss
    FROM yearly y JOIN plan b USING (kind) GROUP BY ALL
), total AS (
    SELECT seat, least(sum(least(gain, cap)), (SELECT any_value(total_cap) FROM plan)) - sum(loss) AS tenths
    FROM category GROUP BY seat
)
SELECT coalesce(t.tenths, 0)::BIGINT AS tenths,
       rank() OVER (PARTITION BY s."group" ORDER BY coalesce(t.tenths, 0) DESC) AS place
FROM seats s LEFT JOIN total t USING (seat) ORDER BY s.seat
"""


def by_duckdb(frame: pl.DataFrame, seats: pl.DataFrame, table: pl.DataFrame) -> tuple[Any, Any]:
    """Award, cap and rank in one SQL statement; `least` passes over a bound that is not there."""
    with duckdb.connect() as connection:
        for name, source in (("frame", frame), ("seats", seats), ("plan", table)):
            connection.register(name, source)
        found = connection.execute(QUERY).fetchnumpy()
    return found["tenths"], found["place"]


def by_pandas(frame: pd.DataFrame, seats: pd.DataFrame, table: pl.DataFrame) -> tuple[Any, Any]:
    """Award, cap and rank with pandas: look-ups by kind in arrays, then one grouping after the other."""
    of = {name: table[name].fill_null(NEVER).to_numpy() if table[name].dtype.is_integer() else table[name].to_numpy()
          for name in table.columns}  # fmt: skip
    kind, day = frame["kind"].to_numpy(), frame["day"].to_numpy()
    unit = of["unit"][kind]
    units = np.select(
        [unit == "hour", unit == "half_day", unit == "person"],
        [frame["hours"].astype("int64"), 10 * frame["half_days"].astype("int64"), 10 * frame["served"].astype("int64")],
        10,
    )
    award = np.where(day >= of["later"][kind], of["award_later"][kind], of["award"][kind])
    below = 10 * of["quantum"][kind] * np.where(frame["role"] == 1, of["below"][kind], 1)
    below *= np.where(of["divided"][kind], frame["members"], 1)
    full = np.abs(award * np.maximum(units, 0))
    raw = np.minimum((2 * full + below) // (2 * below) * of["quantum"][kind], of["most"][kind])
    raw[(of["levels"][kind] >> seats["level"].to_numpy()[frame["seat"]].astype("int64")) & 1 == 0] = 0
    date_of = pd.DatetimeIndex(day.astype("datetime64[D]"))
    window = of["window"][kind]
    now = np.select(
        [window == "rule_day", window == "rule_month", window == "rule_quarter"],
        [day - of["first_day"][kind], date_of.month, date_of.quarter], 0,
    )  # fmt: skip
    acts = pd.DataFrame({"seat": frame["seat"], "kind": kind, "now": now, "raw": raw})
    step = acts.groupby(["seat", "kind", "now"], sort=False)["raw"].sum().reset_index()
    step["raw"] = np.minimum(step["raw"], of["narrow"][step["kind"]])
    step = step.groupby(["seat", "kind"], sort=False)["raw"].sum().reset_index()
    step["raw"] = np.minimum(step["raw"], of["year"][step["kind"]])
    lost = of["award"][step["kind"]] < 0
    step["loss"] = np.where(lost, np.minimum(step["raw"], np.abs(of["floor"][step["kind"]])), 0)
    step["raw"] = np.where(lost, 0, step["raw"])
    step["category"] = of["category"][step["kind"]]
    step = step.groupby(["seat", "category"], sort=False)[["raw", "loss"]].sum().reset_index()
    caps = table.group_by("category").agg(pl.col("category_cap").first()).sort("category")["category_cap"]
    step["raw"] = np.minimum(step["raw"], caps.fill_null(NEVER).to_numpy()[step["category"]])
    total = step.groupby("seat")[["raw", "loss"]].sum().reindex(seats["seat"], fill_value=0)
    tenths = np.minimum(total["raw"], of["total_cap"][0]) - total["loss"]
    places = tenths.groupby(seats["group"].to_numpy()).rank(method="min", ascending=False).astype("int64")
    return tenths.to_numpy(), places.to_numpy()
