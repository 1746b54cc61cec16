"""Telling: answers of services as sentences and tables for people, in their language."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from congress.calendar import Reason
from congress.permissions import Answer
from data.messages import say
from services.law import Finding
from services.locating import LinkedDeputy, Located
from services.naming import named_facts
from services.points import Statement


def points_text(tenths: int) -> str:
    """Write points exactly: 415 tenths are 41.5."""
    sign = "-" if tenths < 0 else ""
    whole, tenth = divmod(abs(tenths), 10)
    return f"{sign}{whole}.{tenth}"


def period_label(name: str, lang: str) -> str:
    """Name a period for people."""
    if name == "term":
        return say("period.term", lang)
    if "Q" in name:
        return say("period.quarter", lang, year=name[:4], quarter=name[-1])
    if "-" in name:
        return say("period.month", lang, year=name[:4], month=int(name[5:]))
    return say("period.year", lang, year=name)


def metres_text(metres: float, lang: str) -> str:
    """Write a distance with its unit."""
    if metres >= 1000:
        return f"{metres / 1000:.1f} " + ("公里" if lang == "zh" else "km")
    return f"{metres:.0f} " + ("米" if lang == "zh" else "m")


def reason_text(reason: dict[str, Any], lang: str) -> str:
    """Say a reason that a service kept as key and facts; facts in two languages give the one asked for."""
    facts = {
        key: value[lang] if isinstance(value, dict) and lang in value else value
        for key, value in reason.get("facts", {}).items()
    }
    text = say(reason["key"], lang, **facts)
    if facts.get("late_on"):
        text += say("points.late", lang, day=facts["late_on"], period=facts.get("late_period", ""))
    return text


def link_text(reason: Mapping[str, Any], names: Mapping[str, str], lang: str) -> str:
    """Say why a deputy is linked to a grid, naming what the reason keeps as codes."""
    return reason_text({**reason, "facts": named_facts(reason.get("facts", {}), names)}, lang)


def unmet_text(item: Mapping[str, Any], lang: str) -> str:
    """Say what a plan could not meet, by name and number; the gap to one decimal, as the table of districts has it."""
    facts = {key: value for key, value in item.items() if key != "kind"}
    if facts.get("bound") and "gap" in facts:
        facts["gap"] = f"{100 * (facts['largest'] - facts['bound']) / facts['bound']:.1f}"
    return say(f"placement.unmet.{item['kind']}", lang, **facts)


def told(key: str, lang: str, facts: Mapping[str, Any]) -> str:
    """Say a message; facts that are message keys themselves (`…_key`) or in two languages are said in the same one."""
    said_facts = {
        name.removesuffix("_key"): say(value, lang)
        if name.endswith("_key")
        else value[lang]
        if isinstance(value, Mapping) and lang in value
        else value
        for name, value in facts.items()
    }
    return say(key, lang, **said_facts)


def said(reason: Reason, lang: str) -> str:
    """Say a reason of the calendar; facts that are message keys (`…_key`) are said in the same language."""
    facts = {
        name.removesuffix("_key"): say(value, lang) if name.endswith("_key") else value
        for name, value in reason.facts.items()
    }
    return reason_text({"key": reason.key, "facts": facts}, lang)


def finding_text(finding: Finding, lang: str) -> str:
    """Say a finding of law; facts that are message keys themselves (`…_key`) are said in the same language."""
    facts = {
        name.removesuffix("_key"): say(value, lang) if name.endswith("_key") else value
        for name, value in finding.facts.items()
    }
    congress = say("law.congress", lang, layer=say(f"level.{facts['layer']}", lang), name=facts["congress"])
    return say(finding.key, lang, **{**facts, "congress": congress})


def weights_text(weights: Mapping[str, int], lang: str) -> str:
    """Say how the households of a plan's pieces are known, and of how many pieces."""
    comma = "，" if lang == "zh" else ", "
    return say("plan.weights", lang, parts=comma.join(
        say(f"plan.weights.{weight}", lang, count=count) for weight, count in weights.items()
    ))  # fmt: skip


def deputy_line(linked: LinkedDeputy, lang: str) -> str:
    """Say one linked deputy and why."""
    return f"{say(f'level.{linked.level}', lang)} · {linked.deputy.name} — {reason_text(linked.reason, lang)}"


def located_lines(answer: Located, lang: str) -> Iterator[str]:
    """Say the whole answer for one point, the most wanted first."""
    place = " · ".join(named.name for named in (answer.town, answer.village) if named)
    yield say("locate.grid", lang, grid=answer.grid.name, code=answer.grid.code, place=place)
    yield "  " + reason_text(answer.reason, lang)
    for linked in answer.responsible:
        yield "  " + deputy_line(linked, lang)
    if not answer.responsible:
        yield "  " + say("locate.nobody", lang)
    for name, role in answer.gridworkers:
        yield "  " + say(f"gridworker.{role}", lang) + " · " + name
    if answer.station:
        yield "  " + say(
            "locate.station", lang, name=answer.station.name, hours=answer.station.hours,
            distance=metres_text(answer.station.metres, lang),
        )  # fmt: skip
    for other in answer.near:
        yield "  " + say("locate.near", lang, grid=other.name, code=other.code, metres=other.metres)
    if answer.synthetic:
        yield "  " + say("synthetic.ribbon", lang)


def statement_frame(found: Statement, lang: str) -> pd.DataFrame:
    """Give a statement as a table: day, act, rule, points, reason."""
    headers = ("日期", "履职", "地点", "规则", "积分", "理由") if lang == "zh" else (
        "date", "act", "place", "rule", "points", "reason")  # fmt: skip
    rows = [
        (line.on.isoformat(), line.title or line.kind, line.place, line.rule, points_text(line.tenths),
         reason_text(line.reason, lang))
        for line in found.lines
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(headers))


def answer_facts(answer: Answer, lang: str) -> dict[str, Any]:
    """Give the facts of a permission answer as words: the roles by their names."""
    comma = "、" if lang == "zh" else ", "
    return {
        name: comma.join(say(f"role.{role}", lang) for role in value) if isinstance(value, list) else value
        for name, value in answer.facts.items()
    }
