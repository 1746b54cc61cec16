"""County scoring: one county's activities become a ledger and totals, as an instance would score them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

from data.counties import ACTIVITIES, FOR_SCORING, SEATS, CountyTableError, counties_in, read_table
from data.tables import RuleBookRow, Term
from scoring import Activity, Entry
from scoring.activities import activities_of
from scoring.periods import Period
from scoring.ranking import rank, totals
from scoring.rulebook import RuleBook, parse
from scoring.tenure import Tenure
from services.county_placing import day_of, days_of, written
from services.county_work import Counted, Done, Made, Running, Tell, counted, keep_summary, sweep, worked
from services.past import Past
from services.points import bases_due, entries_due, reckonings_due

NAME = "score"
TOTALS = "totals"
RANKING = "ranking"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookText:
    """A rule book as text, and the day from which it holds."""

    name: str
    text: str
    adopted_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HowScored:
    """Under which rule books, and up to which day, every county is scored."""

    books: tuple[BookText, ...]
    until: date


def score_counties(
    source: Path,
    target: Path,
    how: HowScored,
    *,
    running: Running,
    tell: Tell,
    ranked: bool = False,
    only: Sequence[str] = (),
) -> Counted:
    """Score every county of a folder into another one; what is done and unchanged stays as it is.

    ranked: the totals of all counties are ranked together too, inside each level and year; an internal reference.
    """
    sweep(target)
    work = partial(score_county, source=source, target=target, how=how)
    found = counted(running(work, only or counties_in(source, ACTIVITIES), tell))
    keep_summary(target, NAME, found)
    if ranked:
        keep_ranking(target)
    return found


def score_county(county: str, *, source: Path, target: Path, how: HowScored) -> Done:
    """Score one county, unless its input is as it was when it was scored."""
    return worked(
        county, name=NAME, source=source, target=target, tables=FOR_SCORING, how=asdict(how),
        make=lambda: scored(county, source, how),
    )  # fmt: skip


def scored(county: str, source: Path, how: HowScored) -> Made:
    """Give a county's ledger and the totals of its seats, year by year."""
    adopted = adopted_books(how.books)
    tenures = _tenures(source, county, adopted[-1][0].adopted_from)
    activities = _activities(source, county, how.until, tenures)
    bases = bases_due(adopted, tenures, how.until)
    due = entries_due(adopted, activities, bases, Past(), how.until)
    due += reckonings_due(adopted, activities, tenures, _term(source, county, tenures, how.until), Past(), how.until)
    names = {row.id: row.name for row, _ in adopted}
    ledger = pd.DataFrame(
        [
            (county, entry.seat, entry.person, entry.activity, names[book], entry.rule, entry.on, entry.tenths,
             entry.reason_key, written(entry.reason_facts))
            for book, entry in due
        ],
        columns=["county", "seat", "person", "activity", "book", "rule", "on", "tenths", "reason_key", "reason_facts"],
    )  # fmt: skip
    summed = totals_of(county, tenures, [entry for _, entry in due], how.until)
    counts = {"activities": len(activities), "entries": len(ledger), "seats": len(tenures),
              "tenths": int(ledger["tenths"].sum())}  # fmt: skip
    return {"ledger": ledger, TOTALS: summed}, counts


def adopted_books(books: Iterable[BookText]) -> list[tuple[RuleBookRow, RuleBook]]:
    """Read the rule books, the latest adoption first; each is known by its place in the order they were given."""
    rows = [
        (RuleBookRow(id=number, name=book.name, text=book.text, adopted_from=book.adopted_from),
         _parsed(book.text, book.name))
        for number, book in enumerate(books, start=1)
    ]  # fmt: skip
    return sorted(rows, key=lambda pair: (pair[0].adopted_from, pair[0].id), reverse=True)


@lru_cache(maxsize=32)
def _parsed(text: str, name: str) -> RuleBook:
    """Parse a rule book once in a process, not once a county: the same text is the same book."""
    return parse(text, name=name)


def totals_of(county: str, tenures: list[Tenure], entries: list[Entry], until: date) -> pd.DataFrame:
    """Add up each seat's points in every year in which it counted, up to a day."""
    first = min((tenure.start.year for tenure in tenures), default=until.year)
    years = []
    for year in range(first, until.year + 1):
        period = Period.parse(f"{year:04d}")
        held = [tenure for tenure in tenures if tenure.within(period) is not None]
        seats = pd.DataFrame(
            {
                "seat": [tenure.seat for tenure in held],
                "person": [tenure.person for tenure in held],
                "group": [tenure.level for tenure in held],
            },
            dtype=object,
        )
        years.append(totals(entries, period, seats).assign(year=year))
    whole = pd.concat(years, ignore_index=True).rename(columns={"group": "level"})
    whole.insert(0, "county", county)
    return whole


def keep_ranking(target: Path) -> None:
    """Rank the seats of all counties by their points of a year, inside each level; equals share a rank."""
    counties = [pd.read_parquet(path) for path in sorted((target / TOTALS).glob("*.parquet"))]
    if not counties:
        return
    whole = pd.concat(counties, ignore_index=True)
    (target / RANKING).mkdir(parents=True, exist_ok=True)
    for year, of_year in whole.groupby("year"):
        one = of_year.assign(seat=of_year["county"] + "/" + of_year["seat"]).rename(columns={"level": "group"})
        ranked = rank(one).rename(columns={"group": "level"})
        ranked.assign(seat=ranked["seat"].str.split("/", n=1).str[1]).to_parquet(
            target / RANKING / f"{year}.parquet", index=False
        )


def _tenures(source: Path, county: str, since: date) -> list[Tenure]:
    """Read the seats with the days they count; one without a first day counts since the first rule book."""
    seats = read_table(source, SEATS, county).sort_values("code", kind="stable")
    rows = zip(seats["code"], seats["person"], seats["level"], seats["from"], seats["to"], seats["away"], strict=True)
    return [
        Tenure(seat=str(seat), person=str(person), level=str(level), start=day_of(start) or since, end=day_of(end),
               paused=days_of(away))
        for seat, person, level, start, end, away in rows
    ]  # fmt: skip


def _term(source: Path, county: str, tenures: list[Tenure], until: date) -> Term:
    """Read the days of the term; where no seat says them it begins with the first seat and its end is not known."""
    said = [*read_table(source, SEATS, county)["term"].unique()]
    spans = [span for text in said for span in days_of(text)]
    starts = min([start for start, _ in spans] or [tenure.start for tenure in tenures], default=until)
    ends = [end for _, end in spans if end is not None]
    return Term(name="", starts_on=starts, ends_on=max(ends) if ends else None)


def _activities(source: Path, county: str, until: date, tenures: list[Tenure]) -> list[Activity]:
    """Read the verified activities up to a day that lie in the days of their seat."""
    frame = read_table(source, ACTIVITIES, county)
    days = [day_of(value) for value in frame["on"]]
    passed = pd.Series([day is not None and day <= until for day in days], index=frame.index, dtype=bool)
    frame = frame.assign(on=pd.Series(days, index=frame.index, dtype=object))
    frame = frame[passed & (frame["state"] == "verified")]
    held = {tenure.seat: tenure for tenure in tenures}
    unknown = sorted(set(map(str, frame["seat"])) - held.keys())
    if unknown:
        raise CountyTableError(
            "unknown_seat", {"table": ACTIVITIES.name, "seat": unknown[0], "seats": str(len(unknown))}
        )
    return [
        one
        for one in sorted(activities_of(frame), key=lambda one: (one.on, one.code, one.person))
        if counts_on(held[one.seat], one.on)
    ]


def counts_on(tenure: Tenure, day: date) -> bool:
    """Say whether a seat counts on a day: it is held and not suspended."""
    away = any(start <= day and (end is None or day < end) for start, end in tenure.paused)
    return not away and tenure.start <= day and (tenure.end is None or day < tenure.end)
