"""The performance file (履职档案) in words: every act, every point with its reason, what is due, and digests."""

from datetime import timedelta
from itertools import groupby

from api.manuscripts.wording import Wording, sheet, spaced
from api.telling import period_label, points_text, reason_text
from data.manuscripts.content import Block, Chart, Column, Facts, Manuscript, Points, Series, Table, Text
from data.messages import say
from services.performance_files import Grade, PerformanceFile, SeatHeld
from services.points import PointLine, kind_titles

DAY = timedelta(days=1)
MONTHS_SHOWN = 24  # a longer period is drawn by quarters


def performance_manuscript(found: PerformanceFile, words: Wording) -> Manuscript:
    """Write a deputy's file."""
    points = found.statement
    note = Text(text=words.tell("file.points.note"), note=True)
    return sheet(
        words,
        title=words.tell("file.title", name=found.name),
        subtitle=f"{period_label(points.period, words.lang)}　{words.span(points.starts, points.ends - DAY)}",
        synthetic=found.synthetic,
        sections=(
            (words.tell("file.summary"), (Facts(rows=summary(found, words)), month_chart(found, words))),
            (
                words.tell("file.points"),
                (point_table(found, words), note),
            ),
            (words.tell("file.acts"), (act_table(found, words), *elsewhere(found, words))),
            (words.tell("file.caps"), (cap_table(found, words),)),
            (words.tell("file.quotas"), quota_blocks(found, words)),
            (words.tell("file.matters"), (matter_table(found, words),)),
            (words.tell("file.presence"), (presence_table(found, words),)),
            (
                words.tell("file.proof"),
                (Facts(rows=proof(found, words)), Text(text=words.tell("file.proof.note"), note=True)),
            ),
        ),
    )


def summary(found: PerformanceFile, words: Wording) -> tuple[tuple[str, str | int | Points], ...]:
    """Say the file in a few facts."""
    points = found.statement
    rows: list[tuple[str, str | int | Points]] = [(words.tell("name"), found.name)]
    rows += [(words.tell("seat"), seat_line(seat, words)) for seat in found.seats]
    if found.seat:
        rows.append((words.tell("file.of_seat"), words.tell("file.of_seat.only", seat=found.seat)))
    rows.append((words.tell("points.total"), Points(tenths=points.tenths)))
    if len(points.by_seat) > 1:
        rows += [
            (words.tell("points.of_seat", seat=seat), Points(tenths=tenths))
            for seat, tenths in sorted(points.by_seat.items())
        ]
    rows += [(words.tell("file.grade"), line) for line in grade_lines(found, words.lang)]
    rows += [
        (words.tell("file.verified"), words.tell("acts", number=len(found.acts))),
        (words.tell("file.waiting"), words.tell("acts", number=points.waiting)),
        (words.tell("file.state"), state_line(found, words)),
    ]
    return tuple(rows)


def seat_line(seat: SeatHeld, words: Wording) -> str:
    """Say one seat: level, district, group, and the days it counts."""
    parts = [say(f"level.{seat.level}", words.lang), seat.district, seat.town, seat.group, seat.role]
    until = words.day(seat.ends_on) if seat.ends_on else words.tell("now")
    away = [
        words.tell("away", starts=words.day(start), until=words.day(end) if end else words.tell("now"))
        for start, end in seat.away
    ]
    return " · ".join(
        [*(part for part in parts if part), words.tell("held", starts=words.day(seat.starts_on), until=until), *away]
    )


def grade_lines(found: PerformanceFile, lang: str) -> tuple[str, ...]:
    """Say the band of every seat's year and where it begins; of several seats, which one."""
    return tuple(
        (say("paper.file.grade.of_seat", lang, seat=grade.seat) if len(found.grades) > 1 else "")
        + grade_name(grade, lang)
        + say("paper.file.grade.inside", lang)
        for grade in found.grades
    )


def grade_name(grade: Grade, lang: str) -> str:
    """Name a band with the points from which it begins."""
    if grade.band is None or grade.start is None:
        return say("paper.file.grade.none", lang)
    return say("paper.file.grade.from", lang, band=grade.band[lang], start=points_text(grade.start))


def state_line(found: PerformanceFile, words: Wording) -> str:
    """Say how the period stands; what is not closed may still change."""
    state = say(f"period.state.{found.state.state}", words.lang)
    return state if found.state.state != "open" else state + words.tell("may_change")


def month_chart(found: PerformanceFile, words: Wording) -> Chart:
    """Draw the points of the months; of a long period, of its quarters."""
    months = found.statement.by_month
    if len(months) <= MONTHS_SHOWN:
        several = len({month[:4] for month, _ in months}) > 1
        labels = [month if several else words.tell("month", month=int(month[5:])) for month, _ in months]
        values = [tenths for _, tenths in months]
    else:
        quarters = groupby(months, key=lambda one: f"{one[0][2:4]}Q{(int(one[0][5:]) + 2) // 3}")
        sums = [(name, sum(tenths for _, tenths in group)) for name, group in quarters]
        labels, values = [name for name, _ in sums], [tenths for _, tenths in sums]
    return Chart(
        name=words.tell("file.chart.sheet"), title=words.tell("file.chart"), labels=tuple(labels), tenths=True,
        series=(Series(name=words.tell("points.unit"), values=tuple(values)),),
    )  # fmt: skip


def point_table(found: PerformanceFile, words: Wording) -> Table:
    """List every row of the ledger with its reason."""
    return Table(
        name=words.tell("file.points.sheet"), empty=words.tell("file.points.none"),
        columns=(
            Column(title=words.tell("date"), share=13), Column(title=words.tell("seat"), share=12),
            Column(title=words.tell("act"), share=17), Column(title=words.tell("place"), share=13),
            Column(title=words.tell("points"), share=7, right=True), Column(title=words.tell("reason"), share=37),
        ),
        rows=tuple(
            (line.on, line.seat, act_name(line, words), found.places.get(line.place, line.place),
             Points(tenths=line.tenths), reason_text(line.reason, words.lang))
            for line in found.statement.lines
        ),
        total=(words.tell("total"), "", "", "", Points(tenths=found.statement.tenths), ""),
    )  # fmt: skip


def act_name(line: PointLine, words: Wording) -> str:
    """Name what a row of the ledger stands for."""
    if not line.activity or line.activity.startswith("base:"):
        return words.tell("base")
    return line.title if line.title and words.lang == "zh" else kind_name(line.kind, words)


def kind_name(kind: str, words: Wording) -> str:
    """Name a kind of act."""
    return kind_titles().get(kind, {}).get(words.lang, kind)


def act_table(found: PerformanceFile, words: Wording) -> Table:
    """List every verified act with the seat it is credited to."""
    return Table(
        name=words.tell("file.acts.sheet"), empty=words.tell("file.acts.none"),
        columns=(
            Column(title=words.tell("date"), share=13), Column(title=words.tell("act"), share=26),
            Column(title=words.tell("place"), share=18), Column(title=words.tell("part"), share=9),
            Column(title=words.tell("credited"), share=20), Column(title=words.tell("points"), share=8, right=True),
            Column(title=words.tell("number"), share=14),
        ),
        rows=tuple(
            (act.on, act.title if act.title and words.lang == "zh" else kind_name(act.kind, words), act.place,
             words.tell(f"role.{act.role}"), f"{say(f'level.{act.level}', words.lang)} {act.seat}",
             Points(tenths=act.tenths), act.code)
            for act in found.acts
        ),
    )  # fmt: skip


def elsewhere(found: PerformanceFile, words: Wording) -> tuple[Block, ...]:
    """Say which acts another seat of the same person is credited with."""
    if not found.elsewhere:
        return ()
    return (Text(text=words.tell("file.elsewhere", number=len(found.elsewhere), seat=found.seat), note=True),)


def cap_table(found: PerformanceFile, words: Wording) -> Table:
    """List the yearly caps that were touched, and how far each still is."""
    return Table(
        name=words.tell("file.caps.sheet"), empty=words.tell("file.caps.none"),
        columns=(
            Column(title=words.tell("seat"), share=14), Column(title=words.tell("cap"), share=40),
            *(Column(title=words.tell(f"cap.{name}"), share=14, right=True) for name in ("limit", "used", "left")),
        ),
        rows=tuple(
            (cap["seat"], say(f"cap.{cap['bound']}", words.lang, title=cap["title"][words.lang]),
             Points(tenths=cap["cap"]), Points(tenths=cap["used"]),
             Points(tenths=cap["left"]) if cap["left"] > 0 else words.tell("cap.full"))
            for cap in found.statement.caps
        ),
    )  # fmt: skip


def quota_blocks(found: PerformanceFile, words: Wording) -> tuple[Block, ...]:
    """List the duties with what is done and what is due, and say which are assumed."""
    table = Table(
        name=words.tell("file.quotas.sheet"), empty=words.tell("file.quotas.none"),
        columns=(
            Column(title=words.tell("seat"), share=14), Column(title=words.tell("duty"), share=36),
            Column(title=words.tell("window"), share=12),
            *(Column(title=words.tell(name), share=9, right=True) for name in ("due", "done", "missing_acts")),
            Column(title=words.tell("by"), share=13),
        ),
        rows=tuple(
            (line["seat"], line["title"][words.lang], window_name(line["window"], words), line["due"], line["done"],
             line["missing"], line["by"])
            for line in found.statement.quotas
        ),
    )  # fmt: skip
    assumed = any(line["assumed"] for line in found.statement.quotas)
    return (table, *((Text(text=words.tell("file.quotas.assumed"), note=True),) if assumed else ()))


def window_name(window: str, words: Wording) -> str:
    """Name the window of a duty."""
    return period_label(window, words.lang)


def matter_table(found: PerformanceFile, words: Wording) -> Table:
    """List the matters that came to the deputy and how they ended."""
    return Table(
        name=words.tell("file.matters.sheet"), empty=words.tell("file.matters.none"),
        columns=(
            Column(title=words.tell("date"), share=13), Column(title=words.tell("number"), share=16),
            Column(title=words.tell("matter"), share=40), Column(title=words.tell("place"), share=16),
            Column(title=words.tell("outcome"), share=17),
        ),
        rows=tuple((one.on, one.code, one.what, one.place, one.state[words.lang]) for one in found.matters),
    )  # fmt: skip


def presence_table(found: PerformanceFile, words: Wording) -> Table:
    """List the acts at which somebody took the roll."""
    return Table(
        name=words.tell("file.presence.sheet"), empty=words.tell("file.presence.none"),
        columns=(
            Column(title=words.tell("date"), share=12), Column(title=words.tell("act"), share=44),
            Column(title=words.tell("place"), share=28), Column(title=words.tell("part"), share=16),
        ),
        rows=tuple(
            (act.on, act.title if act.title and words.lang == "zh" else kind_name(act.kind, words), act.place,
             words.tell(f"role.{act.role}"))
            for act in found.called
        ),
    )  # fmt: skip


def proof(found: PerformanceFile, words: Wording) -> tuple[tuple[str, str], ...]:
    """Say under which rule books the points were given, and the digests that anybody can compute again."""
    rows = [
        (words.tell("rule_book"),
         words.tell("rule_book.line", name=one.title[words.lang], version=one.version, starts=words.day(one.since),
                    decision=one.decision or words.tell("rule_book.undecided")))
        for one in found.decisions
    ]  # fmt: skip
    if found.statement.book.get("assumed"):
        rows.append((words.tell("rule_book"), words.tell("rule_book.assumed")))
    rows += [
        (words.tell("term"), found.term),
        (words.tell("file.state"), state_line(found, words)),
        (words.tell("digest"), spaced(found.digest)),
    ]
    if found.state.digest:
        rows.append((words.tell("digest.closing"), spaced(found.state.digest)))
    return tuple(rows)
