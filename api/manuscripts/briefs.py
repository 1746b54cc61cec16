"""The brief in words: one page (一页简报) and the talk (汇报) of the same figures."""

from api.manuscripts.circulars import months, tally_table
from api.manuscripts.wording import Wording, sheet
from api.telling import period_label
from data.manuscripts.content import Block, Cell, Column, Facts, Manuscript, Table, Text
from data.messages import say
from services.briefs import Brief


def brief_manuscript(found: Brief, words: Wording, *, talk: bool = False) -> Manuscript:
    """Write the brief; the talk has the tables and charts too, which the one page has no room for."""
    acts: list[Block] = [Facts(rows=year_facts(found, words))]
    if talk:
        acts += [months(found.year, words), tally_table("kind", found.year.by_kind, found.year, words)]
    matters = matter_facts(found, words)
    handled: Block = Facts(rows=matters) if matters else Text(text=words.tell("brief.matters.none"))
    return sheet(
        words,
        title=words.tell("brief.talk" if talk else "brief.title"), subtitle=words.day(found.on),
        synthetic=found.coverage.synthetic,
        sections=[
            (words.tell("brief.section.now"), (Facts(rows=placement_facts(found, words)),)),
            (words.tell("brief.section.acts"), acts),
            (words.tell("brief.section.matters"), (handled,)),
            (words.tell("brief.section.towns"), (town_table(found, words),)),
        ],
    )  # fmt: skip


def placement_facts(found: Brief, words: Wording) -> tuple[tuple[str, Cell], ...]:
    """Say who is placed, which grids are linked, and what is still to do."""
    now = found.coverage
    loads = ("；" if words.lang == "zh" else "; ").join(
        words.tell("brief.loads.line", layer=say(f"level.{layer.layer}", words.lang), largest=layer.largest_load,
                mean=round(layer.mean_load))
        for layer in now.layers
    )  # fmt: skip
    source = words.tell(
        "brief.source.line", generation=found.generation, plan=found.plan or "-", day=words.day(found.on)
    )
    return (
        (words.tell("brief.placed"), words.tell("brief.placed.line", placed=now.people_placed, people=now.people,
                                          seats_placed=now.seats_placed, seats=now.seats, dual=now.dual)),
        (words.tell("brief.grids"), words.tell("brief.grids.line", linked=now.grids_linked, grids=now.grids)),
        (words.tell("brief.stations"), words.tell("brief.stations.line", stations=now.stations)),
        (words.tell("brief.towns"), words.tell("brief.towns.line", towns=now.towns, villages=now.villages)),
        (words.tell("brief.loads"), loads),
        (words.tell("brief.unmet"), words.tell("brief.unmet.line", unplaced=now.people - now.people_placed,
                                         uncovered=now.grids - now.grids_linked)),
        (words.tell("brief.source"), source),
    )  # fmt: skip


def year_facts(found: Brief, words: Wording) -> tuple[tuple[str, Cell], ...]:
    """Say this year's verified acts, and how the year stands."""
    year, whole = found.year, found.year.whole
    lead = words.tell("circular.lead", span=period_label(year.period, words.lang), place=words.tell("county"),
                   deputies=whole.deputies, active=whole.active, acts=whole.acts, parts=whole.parts,
                   served=whole.served)  # fmt: skip
    state = words.tell("circular.state", state=say(f"period.state.{year.state.state}", words.lang))
    return (
        ((words.tell("brief.acts"), lead), (words.tell("file.state"), state))
        if year.state.state != "open"
        else ((words.tell("brief.acts"), lead + words.tell("may_change")),)
    )


def matter_facts(found: Brief, words: Wording) -> tuple[tuple[str, Cell], ...]:
    """Say how many matters came in this year and how fast units answered; what is late is late with the unit."""
    year = found.matters
    if not year.opinions:
        return ()
    shares = (("forwarded", year.on_time_24h), ("within_3", year.within_3), ("within_5", year.within_5))
    return (
        (words.tell("matters.received"),
         words.tell("matters.received.line", opinions=year.opinions, open=year.open, late=year.late)),
        *((words.tell(f"matters.{name}"), words.tell("matters.share", done=share.number, of=share.of))
          for name, share in shares if share.of),
    )  # fmt: skip


def town_table(found: Brief, words: Wording) -> Table:
    """List the towns in code order."""
    names = ("deputies", "grids", "linked", "stations", "households")
    return Table(
        name=words.tell("brief.section.towns"), empty=words.tell("circular.none"),
        columns=(Column(title=words.tell("col.town"), share=18),
                 *(Column(title=words.tell(f"brief.col.{name}"), share=12, right=True) for name in names)),
        rows=tuple((town.name, *(getattr(town, name) for name in names)) for town in found.towns),
        total=(words.tell("total"), found.coverage.people, *(sum(getattr(town, name) for town in found.towns)
                                                          for name in names[1:])),
    )  # fmt: skip
