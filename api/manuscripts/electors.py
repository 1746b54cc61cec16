"""The report to the electors (述职材料), drafted from the performance file by an outline that a congress may change."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from api.manuscripts.performance import kind_name
from api.manuscripts.wording import Wording, sheet, spaced
from api.telling import period_label
from data.manuscripts.content import Block, Column, Manuscript, Ruled, Table, Text
from data.manuscripts.outlines import Outline, Part
from data.messages import say
from services.elector_reports import ReportDue
from services.performance_files import ActDone, MatterHandled, PerformanceFile

LINES_SHOWN = 6  # acts of one section that are told one by one, the newest
DAY = timedelta(days=1)


def report_manuscript(found: PerformanceFile, outline: Outline, words: Wording) -> Manuscript:
    """Draft the paper a deputy reads out; what the deputy is to write is left empty."""
    points = found.statement
    return sheet(
        words,
        title=words.tell("report.title", name=found.name),
        subtitle=f"{words.span(points.starts, points.ends - DAY)}　{words.tell('report.draft')}",
        synthetic=found.synthetic, formal=True,
        sections=[
            *((part.title[words.lang], blocks_of(part, found, words)) for part in outline.parts),
            (words.tell("report.of"), (
                Text(text=f"{outline.source[words.lang]} {outline.assumed[words.lang]}", note=True),
                Text(text=f"{words.tell('digest')} {spaced(found.digest)}", note=True),
                Text(text=words.tell("report.sign")),
            )),
        ],
    )  # fmt: skip


def blocks_of(part: Part, found: PerformanceFile, words: Wording) -> tuple[Block, ...]:
    """Fill one part of the outline."""
    acts = [act for act in found.acts if not part.kinds or act.kind in part.kinds]
    facts = {
        "name": found.name, "seats": seats_text(found, words), "acts": len(acts), "called": len(found.called),
        "period": period_label(found.statement.period, words.lang), "served": served(found),
        "matters": len(found.matters), "closed": sum(one.closed for one in found.matters),
    }  # fmt: skip
    lead = Text(text=part.lead[words.lang].format(**facts))
    match part.of:
        case "acts":
            return (lead, *told(acts, words))
        case "called":
            return (lead, *told(found.called, words))
        case "matters":
            lines = [matter_line(one, words) for one in found.matters[:LINES_SHOWN]]
            return (lead, *(Text(text=line) for line in lines), *more(len(found.matters), words))
        case "blank":
            return (lead, Ruled(lines=part.lines))
    return (lead,)


def seats_text(found: PerformanceFile, words: Wording) -> str:
    """Name the seats in a sentence."""
    return words.tell("report.list").join(
        words.tell("report.seat", level=say(f"level.{seat.level}", words.lang), district=seat.district)
        for seat in found.seats
        if not found.seat or seat.code == found.seat
    )


def served(found: PerformanceFile) -> int:
    """Count the people who were received or helped, as far as somebody wrote it down."""
    return sum(act.served for act in found.acts)


def told(acts: Sequence[ActDone], words: Wording) -> tuple[Block, ...]:
    """Count acts by kind and tell the newest one by one."""
    if not acts:
        return (Text(text=words.tell("report.none")),)
    counted = Counter(kind_name(act.kind, words) for act in acts)
    kinds = words.tell("report.list").join(
        words.tell("report.counted", kind=kind, number=number) for kind, number in counted.items()
    )
    newest = sorted(acts, key=lambda act: (act.on, act.code), reverse=True)[:LINES_SHOWN]
    lines = [
        words.tell(
            "report.line", day=words.day(act.on), kind=" ".join(filter(None, (act.place, act_title(act, words))))
        )
        for act in reversed(newest)
    ]
    counted_line = kinds + ("。" if words.lang == "zh" else ".")
    return (*(Text(text=line) for line in (counted_line, *lines)), *more(len(acts), words))


def matter_line(one: MatterHandled, words: Wording) -> str:
    """Tell one matter by its kind and place, never in the resident's words: the paper is read out to everybody."""
    what = " ".join(filter(None, (one.place, one.kind.get(words.lang, words.tell("matter")))))
    return words.tell("report.matter", day=words.day(one.on), what=what, state=one.state[words.lang])


def act_title(act: ActDone, words: Wording) -> str:
    """Name an act by its own title, in Chinese, or its kind."""
    return act.title if act.title and words.lang == "zh" else kind_name(act.kind, words)


def more(number: int, words: Wording) -> tuple[Block, ...]:
    """Say how many are not told here."""
    left = number - LINES_SHOWN
    return (Text(text=words.tell("report.more", number=left)),) if left > 0 else ()


def due_manuscript(due: Sequence[ReportDue], outline: Outline, words: Wording, *, synthetic: bool) -> Manuscript:
    """Write the list of who owes a report to the electors."""
    return sheet(
        words, title=words.tell("due.title"), subtitle=words.day(words.act.today), synthetic=synthetic,
        sections=[(words.tell("page.due"), (
            Text(text=outline.assumed[words.lang], note=True),
            Text(text=words.tell("page.due.counts", all=len(due), done=sum(not one.missing for one in due),
                              missing=sum(bool(one.missing) for one in due))),
            due_table(due, words),
        ))],
    )  # fmt: skip


def due_table(due: Sequence[ReportDue], words: Wording) -> Table:
    """List every seat with what it owes and what it gave, by seat code."""
    names = (("seat", 16), ("name", 12), ("level", 16), ("town", 12), ("times", 8), ("given", 8), ("last", 12),
             ("missing", 8), ("by", 12))  # fmt: skip
    numbers = {"times", "given", "missing"}
    return Table(
        name=words.tell("page.due"), empty=words.tell("page.due.none"),
        columns=tuple(
            Column(title=words.tell(f"due.{name}"), share=share, right=name in numbers) for name, share in names
        ),
        rows=tuple(
            (one.seat, one.name, say(f"level.{one.level}", words.lang), one.town_name, one.times, len(one.given),
             one.given[-1] if one.given else None, one.missing, one.by)
            for one in due
        ),
    )  # fmt: skip
