"""Circulars in words: 履职情况通报 and the year-end list, in code order, with the last period beside."""

from collections.abc import Sequence
from datetime import timedelta

from api.manuscripts.performance import kind_name
from api.manuscripts.wording import Wording, sheet, spaced
from api.telling import period_label
from data.manuscripts.content import (
    Block,
    Cell,
    Chart,
    Column,
    Facts,
    Manuscript,
    Points,
    Series,
    Table,
    Text,
    points_text,
)
from data.messages import say
from services.circulars import Circular, Tally
from services.publication import LEAST, PublicBand, hidden

DAY = timedelta(days=1)


def circular_manuscript(found: Circular, words: Wording, *, place: str, year_end: bool = False) -> Manuscript:
    """Write a circular; `year_end` puts the list of deputies first, as the year's list."""
    where = found.within_name or place
    listed = (words.tell("circular.list"), list_blocks(found, words))
    parts: list[tuple[str, Sequence[Block]]] = [
        (words.tell("circular.whole"), whole_blocks(found, words, where)),
        (words.tell("circular.levels"), (tally_table("level", found.by_level, found, words),)),
    ]
    if found.by_town:
        parts.append((words.tell("circular.towns"), (tally_table("town", found.by_town, found, words),)))
    parts += [
        (words.tell("circular.groups"), (tally_table("group", found.by_group, found, words),)),
        (words.tell("circular.kinds"), (tally_table("kind", found.by_kind, found, words),)),
    ]
    return sheet(
        words,
        title=words.tell("circular.year_title" if year_end else "circular.title", place=where),
        subtitle=f"{period_label(found.period, words.lang)}　{words.span(found.starts, found.ends - DAY)}",
        synthetic=found.synthetic,
        sections=[parts[0], listed, *parts[1:]] if year_end else [*parts, listed],
    )  # fmt: skip


def whole_blocks(found: Circular, words: Wording, where: str) -> tuple[Block, ...]:
    """Say the whole in sentences, how the period stands, and the months beside those before."""
    whole = found.whole
    counts = {name: count(getattr(whole, name), found, words) for name in ("active", "acts", "parts", "served")}
    lead = words.tell("circular.lead", span=words.span(found.starts, found.ends - DAY), place=where,
                      deputies=whole.deputies, **counts)  # fmt: skip
    if found.before:
        acts, times = (count(number, found, words) for number in (whole.before_acts, whole.before_parts))
        lead += words.tell("circular.before", before=period_label(found.before, words.lang), acts=acts, parts=times)
    else:
        lead += words.tell("circular.no_before")
    state = words.tell("circular.state", state=say(f"period.state.{found.state.state}", words.lang))
    if found.state.state == "open":
        state += words.tell("circular.open")
    blocks: list[Block] = [Text(text=lead), Text(text=state), Text(text=words.tell("circular.order"), note=True)]
    if found.open_to_all:
        blocks.append(Text(text=words.tell("circular.suppressed"), note=True))
    if len(found.by_month) > 1 and not found.open_to_all:
        blocks.append(months(found, words))
    if found.state.digest:
        blocks.append(Facts(rows=((words.tell("digest.closing"), spaced(found.state.digest)),)))
    return tuple(blocks)


def count(number: int | None, found: Circular, words: Wording) -> Cell:
    """Write one count of the whole; in what is open to all, one too small is not told."""
    return words.tell("circular.few") if found.open_to_all and number is not None and 0 < number < LEAST else number


def counted(tallies: Sequence[Tally], name: str, found: Circular, words: Wording) -> list[Cell]:
    """Write one column of counts; in what is open to all, none that is too small and none that would give it away."""
    numbers: list[int | None] = [getattr(one, name) for one in tallies]
    known = [number for number in numbers if number is not None]
    if not found.open_to_all or len(known) < len(numbers):
        return list(numbers)
    return [words.tell("circular.few") if number is None else number for number in hidden(known)]


def months(found: Circular, words: Wording) -> Chart:
    """Draw the acts of the months beside those of the period before."""
    several = len({month[:4] for month, *_ in found.by_month}) > 1
    series = [Series(name=words.tell("circular.this"), values=tuple(now for _, now, _ in found.by_month))]
    if found.before:
        before = tuple(then or 0 for *_, then in found.by_month)
        series.append(Series(name=words.tell("circular.last"), values=before))
    return Chart(
        name=words.tell("circular.months.sheet"), title=words.tell("circular.months"), series=tuple(series),
        labels=tuple(month if several else words.tell("month", month=int(month[5:])) for month, *_ in found.by_month),
    )  # fmt: skip


COUNTS = ("deputies", "active", "acts", "parts", "served", "before_acts", "before_parts")


def tally_table(of: str, tallies: Sequence[Tally], found: Circular, words: Wording) -> Table:
    """List groups with their counts, in code order."""
    names = COUNTS[1:] if of == "kind" else COUNTS
    first: list[Cell] = [one.name for one in tallies]
    if of == "level":
        first = [say(f"level.{one.code}", words.lang) for one in tallies]
    elif of == "kind":
        first = [kind_name(one.code, words) for one in tallies]
    return Table(
        name=words.tell(f"circular.{of}s"), empty=words.tell("circular.none"),
        columns=(Column(title=words.tell(f"col.{of}"), share=24),
                 *(Column(title=words.tell(f"col.{name}"), share=10, right=True) for name in names)),
        rows=tuple(zip(first, *(counted(tallies, name, found, words) for name in names), strict=True)),
        total=total(found, words) if of == "kind" and not found.open_to_all else None,
    )  # fmt: skip


def total(found: Circular, words: Wording) -> tuple[Cell, ...]:
    """Give the whole as the last row of the table of kinds."""
    return (words.tell("total"), *(getattr(found.whole, name) for name in COUNTS[1:]))


def list_blocks(found: Circular, words: Wording) -> tuple[Block, ...]:
    """List the deputies by seat code as far as the congress shows them, or say that it does not."""
    if found.bands:
        return (band_table(found, words), Text(text=words.tell("circular.bands.note"), note=True))
    if not found.listed:
        return (Text(text=words.tell("circular.list.hidden")),)
    acts = not found.open_to_all
    points = any(one.tenths is not None for one in found.listed)
    columns = [("seat", 16), ("name", 14), ("level", 15), ("town", 12)]
    numbers = [*(("acts", "before_acts", "duties") if acts else ()), *(("points",) if points else ())]
    table = Table(
        name=words.tell("circular.list"), empty=words.tell("circular.none"),
        columns=(*(Column(title=words.tell(f"col.{name}"), share=share) for name, share in columns),
                 *(Column(title=words.tell(f"col.{name}"), share=9, right=True) for name in numbers)),
        rows=tuple(
            (one.seat, one.name, say(f"level.{one.level}", words.lang), one.town,
             *((one.acts, one.before_acts, f"{one.duties_done}/{one.duties}") if acts else ()),
             *((Points(tenths=one.tenths or 0),) if points else ()))
            for one in found.listed
        ),
    )  # fmt: skip
    return (table, Text(text=words.tell("circular.list.note"), note=True)) if acts else (table,)


def band_table(found: Circular, words: Wording) -> Table:
    """List how many seats of each level have so many points, as the congress published it: nobody by name."""
    rows: list[tuple[Cell, ...]] = []
    for level, bands in found.bands.items():
        for band in bands:
            seats: Cell = words.tell("circular.few") if band.seats is None else band.seats
            rows.append((say(f"level.{level}", words.lang), band_name(band, words), seats))
    return Table(
        name=words.tell("circular.bands"), empty=words.tell("circular.none"), rows=tuple(rows),
        columns=(Column(title=words.tell("col.level"), share=30), Column(title=words.tell("col.band"), share=40),
                 Column(title=words.tell("col.seats"), share=20, right=True)),
    )  # fmt: skip


def band_name(band: PublicBand, words: Wording) -> str:
    """Name a band by the rule book's title, or by its limits."""
    if band.title is not None:
        return str(band.title[words.lang])
    low, high = (points_text(limit) if limit is not None else "" for limit in (band.low, band.high))
    return words.tell("band", low=low, high=high)
