"""Reading: clauses become a rule book; which keys stand where is one table that the JSON Schema agrees with."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from scoring.activities import LEVELS, Activity
from scoring.clauses import Clause, day_of
from scoring.points import ROUNDINGS, tenths_of
from scoring.rules import (
    CAPS,
    FLOORS,
    JOINTS,
    LATES,
    LENGTHS_OF_CAPS,
    UNITS,
    WINDOWS_OF_QUOTA,
    Band,
    Category,
    Chapter,
    Example,
    Quota,
    Rate,
    Rule,
    RuleBook,
    Step,
    Total,
)

# What may stand where; True is required. data/rules/rulebook.schema.json says the same, and a test compares them.
KEYS: Mapping[str, Mapping[str, bool]] = {
    "book": {
        "name": True, "title": True, "version": True, "source": True, "quantum": True, "valid": True, "rules": True,
        "assumed": False, "rounding": False, "order_of_caps": False, "late": False, "categories": True, "total": False,
        "bands": False, "quotas": False, "rates": False, "examples": False,
    },
    "words": {"zh": True, "en": True},
    "valid": {"from": True, "until": False},
    "category": {
        "title": True, "cap_per_day": False, "cap_per_month": False, "cap_per_quarter": False, "cap_per_year": False,
        "floor_per_year": False,
    },
    "total": {
        "base": False, "pro_rata": False, "cap_per_day": False, "cap_per_month": False, "cap_per_quarter": False,
        "cap_per_year": False, "floor_per_year": False,
    },
    "band": {"title": True, "from": True},
    "quota": {
        "title": True, "kinds": False, "levels": False, "basis": False, "assumed": False, "pro_rata": False,
        "per_month": False, "per_quarter": False, "per_year": False, "per_term": False, "missed": False,
    },
    "missed": {"each": False, "once": False},
    "rate": {
        "title": True, "attended": True, "missed": True, "steps": True, "window": True, "basis": True, "levels": False,
        "assumed": False,
    },
    "step": {"from": True, "award": True},
    "rule": {
        "title": True, "category": True, "kinds": True, "unit": True, "basis": True, "since": True, "examples": True,
        "modes": False, "levels": False, "roles": False, "joint": False, "best_of": False, "source": False,
        "assumed": False, "evidence": False,
    },
    "chapter": {
        "award": True, "until": False, "per": False, "at_least": False, "steps": False, "nth": False,
        "max_per_act": False, "cap_per_day": False, "cap_per_month": False,
        "cap_per_quarter": False, "cap_per_year": False, "floor_per_year": False,
    },
    "example": {"name": True, "activities": True, "total": True, "entries": False, "cuts": False, "year": False},
    "activity": {
        "kind": True, "on": True, "code": False, "person": False, "seat": False, "level": False, "role": False,
        "mode": False, "hours": False, "half_days": False, "served": False, "members": False, "evidence": False,
        "times": False,
    },
}  # fmt: skip
CUTS = ("none", "act", *CAPS, *FLOORS)
WINDOWS_OF_RATE = ("quarter", "year")
MOST_ACTIVITIES = 1_000  # in one example


def read_book(clause: Clause) -> RuleBook:
    """Read the whole book; every flaw on the way is written down where the clause writes, the caller raises them."""
    fields = clause.fields(KEYS["book"])
    quantum = _quantum(fields.get("quantum"))
    assumed = fields["assumed"].flag() if "assumed" in fields else False
    start, end = _valid(fields.get("valid"))
    rules = {
        name: _rule(name, rule, quantum, assumed)
        for name, rule in (fields["rules"].named() if "rules" in fields else {}).items()
    }
    if "rules" in fields and not rules:
        fields["rules"].flaw("empty")
    categories = fields["categories"].named() if "categories" in fields else {}
    quotas = fields["quotas"].named() if "quotas" in fields else {}
    rates = fields["rates"].named() if "rates" in fields else {}
    return RuleBook(
        name=_name(fields.get("name")),
        title=_words(fields.get("title")),
        version=_text(fields.get("version")),
        assumed=assumed,
        source=_text(fields.get("source")),
        quantum=quantum,
        rounding=fields["rounding"].choice(ROUNDINGS) if "rounding" in fields else "half_up",
        start=start,
        end=end,
        order_of_caps=fields["order_of_caps"].choices(CAPS) if "order_of_caps" in fields else CAPS,
        late=fields["late"].choice(LATES) if "late" in fields else "next_open",
        categories={name: _category(one, quantum) for name, one in categories.items()},
        total=_total(fields["total"], quantum) if "total" in fields else Total(),
        bands=_bands(fields["bands"], quantum) if "bands" in fields else (),
        quotas={name: _quota(name, quota, quantum, assumed) for name, quota in quotas.items()},
        rates={name: _rate(name, rate, quantum, assumed) for name, rate in rates.items()},
        rules=rules,
        examples=_examples(fields["examples"], quantum) if "examples" in fields else (),
        by_kind=_by_kind(rules),
    )


def _quantum(clause: Clause | None) -> int:
    tenths = tenths_of(clause.text()) if clause is not None else 1
    if clause is not None and (tenths is None or tenths < 1):
        clause.flaw("not_points", value=clause.text())
    return max(1, tenths or 1)


def _valid(clause: Clause | None) -> tuple[date, date | None]:
    if clause is None:
        return date.min, None
    fields = clause.fields(KEYS["valid"])
    start = fields["from"].day() if "from" in fields else date.min
    end = fields["until"].day() if "until" in fields else None
    if end is not None and end <= start:
        clause.flaw("ends_before_it_starts", start=start.isoformat(), end=end.isoformat())
    return start, end


def _category(clause: Clause, quantum: int) -> Category:
    fields = clause.fields(KEYS["category"])
    return Category(
        title=_words(fields.get("title")), caps=_caps(fields, "category", quantum),
        floor_per_year=_floor(fields.get("floor_per_year"), quantum),
    )  # fmt: skip


def _total(clause: Clause, quantum: int) -> Total:
    fields = clause.fields(KEYS["total"])
    return Total(
        base=_cap(fields.get("base"), quantum) or 0,
        pro_rata=fields["pro_rata"].flag() if "pro_rata" in fields else False,
        caps=_caps(fields, "total", quantum),
        floor_per_year=_floor(fields.get("floor_per_year"), quantum),
    )


def _caps(fields: Mapping[str, Clause], of: str, quantum: int) -> dict[str, int]:
    """Read the caps of a rule, a category or the total, by their names."""
    caps = {f"{of}_{length}": _cap(fields.get(f"cap_per_{length}"), quantum) for length in LENGTHS_OF_CAPS}
    return {cap: limit for cap, limit in caps.items() if limit is not None}


def _bands(clause: Clause, quantum: int) -> tuple[Band, ...]:
    found: list[Band] = []
    for item in clause.items():
        fields = item.fields(KEYS["band"])
        start = fields["from"].points(quantum) if "from" in fields else 0
        if any(band.start == start for band in found):
            item.flaw("named_twice", value=fields["from"].text() if "from" in fields else "")
        found.append(Band(title=_words(fields.get("title")), start=start))
    return tuple(sorted(found, key=lambda band: -band.start))


def _quota(name: str, clause: Clause, quantum: int, assumed: bool) -> Quota:
    fields = clause.fields(KEYS["quota"])
    windows = [window for window in WINDOWS_OF_QUOTA if f"per_{window}" in fields]
    if len(windows) != 1:
        clause.flaw("one_window_wanted", found=len(windows))
    window = windows[0] if windows else "year"
    missed = fields["missed"].fields(KEYS["missed"]) if "missed" in fields else {}
    if "missed" in fields and len(missed) != 1:
        fields["missed"].flaw("each_or_once_wanted")
    return Quota(
        id=name,
        title=_words(fields.get("title")),
        kinds=fields["kinds"].names() if "kinds" in fields else (name,),
        levels=fields["levels"].choices(LEVELS) if "levels" in fields else (),
        due=fields[f"per_{window}"].whole(least=1) if windows else 1,
        window=window,
        pro_rata=fields["pro_rata"].flag() if "pro_rata" in fields else False,
        basis=_words(fields.get("basis")),
        assumed=fields["assumed"].flag() if "assumed" in fields else assumed,
        missed_each=_floor(missed.get("each"), quantum) or 0,
        missed_once=_floor(missed.get("once"), quantum) or 0,
    )


def _rate(name: str, clause: Clause, quantum: int, assumed: bool) -> Rate:
    fields = clause.fields(KEYS["rate"])
    return Rate(
        id=name,
        title=_words(fields.get("title")),
        attended=fields["attended"].names() if "attended" in fields else (),
        missed=fields["missed"].names() if "missed" in fields else (),
        levels=fields["levels"].choices(LEVELS) if "levels" in fields else (),
        window=fields["window"].choice(WINDOWS_OF_RATE) if "window" in fields else "year",
        steps=_steps(fields["steps"], quantum)[::-1] if "steps" in fields else (),
        basis=_words(fields.get("basis")),
        assumed=fields["assumed"].flag() if "assumed" in fields else assumed,
    )


def _steps(clause: Clause, quantum: int, *, tenths: bool = False) -> tuple[Step, ...]:
    """Read a stair from the lowest step up; tenths: its `from` is a measure such as 1.5, else a whole number."""
    found: list[Step] = []
    for item in clause.items():
        fields = item.fields(KEYS["step"])
        start = 0
        if "from" in fields:
            start = _hours(fields["from"]) if tenths else fields["from"].whole()
        if any(step.start == start for step in found):
            item.flaw("named_twice", value=fields["from"].text() if "from" in fields else "")
        found.append(Step(start=start, award=fields["award"].points(quantum) if "award" in fields else 0))
    if not found:
        clause.flaw("empty")
    return tuple(sorted(found, key=lambda step: step.start))


def _rule(name: str, clause: Clause, quantum: int, assumed: bool) -> Rule:
    fields = clause.fields(KEYS["rule"])
    examples = _examples(fields["examples"], quantum) if "examples" in fields else ()
    if "examples" in fields and not examples:
        fields["examples"].flaw("empty")
    return Rule(
        id=name,
        title=_words(fields.get("title")),
        category=_name(fields.get("category")),
        kinds=fields["kinds"].names() if "kinds" in fields else (),
        modes=fields["modes"].names() if "modes" in fields else (),
        levels=fields["levels"].choices(LEVELS) if "levels" in fields else (),
        unit=fields["unit"].choice(UNITS) if "unit" in fields else "act",
        joint=fields["joint"].choice(JOINTS) if "joint" in fields else "each",
        roles=_roles(fields["roles"]) if "roles" in fields else {},
        best_of=_name(fields.get("best_of")),
        basis=_words(fields.get("basis")),
        source=_text(fields.get("source")),
        assumed=fields["assumed"].flag() if "assumed" in fields else assumed,
        chapters=_chapters(fields["since"], quantum) if "since" in fields else (),
        examples=examples,
        line=clause.line,
        evidence=fields["evidence"].flag() if "evidence" in fields else False,
    )


def _roles(clause: Clause) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for role, share in clause.entries().items():
        thousandths = share.thousandths()
        if not 0 <= thousandths <= 1000:
            share.flaw("share_out_of_range", value=share.text())
        found[role] = Fraction(thousandths, 1000)
    return found


def _chapters(clause: Clause, quantum: int) -> tuple[Chapter, ...]:
    """Read the dated chapters; each ends where it says, or where the next one begins."""
    dated = sorted(
        ((day_of(chapter, key), chapter) for key, chapter in clause.entries().items()), key=lambda pair: pair[0]
    )
    if not dated:
        clause.flaw("empty")
    followers = [*(start for start, _ in dated), None][1:]
    return tuple(
        _chapter(chapter, quantum, start, follower) for (start, chapter), follower in zip(dated, followers, strict=True)
    )


def _chapter(clause: Clause, quantum: int, start: date, follower: date | None) -> Chapter:
    fields = clause.fields(KEYS["chapter"])
    award = fields["award"].points(quantum) if "award" in fields else 0
    end = fields["until"].day() if "until" in fields else follower
    if end is not None and end <= start:
        clause.flaw("ends_before_it_starts", start=start.isoformat(), end=end.isoformat())
    elif end is not None and follower is not None and end > follower:
        clause.flaw("chapters_overlap", end=end.isoformat(), next=follower.isoformat())
    for key in fields:
        if award < 0 and (key.startswith("cap_") or key == "max_per_act"):
            fields[key].flaw("cap_on_deduction", word=key)
        if award >= 0 and key == "floor_per_year":
            fields[key].flaw("floor_on_award", word=key)
    steps = _steps(fields["steps"], quantum, tenths=True) if "steps" in fields else ()
    nth = _steps(fields["nth"], quantum) if "nth" in fields else ()
    for key, of in (("steps", steps), ("nth", nth)):
        if any(step.award * award < 0 for step in of):
            fields[key].flaw("sign_changes", word=key)
    if "per" in fields and steps:
        fields["per"].flaw("per_with_steps")
    return Chapter(
        start=start,
        end=end,
        award=award,
        caps=_caps(fields, "rule", quantum),
        max_per_act=_cap(fields.get("max_per_act"), quantum),
        floor_per_year=_floor(fields.get("floor_per_year"), quantum),
        line=clause.line,
        per=fields["per"].whole(least=1) if "per" in fields else 1,
        at_least=fields["at_least"].whole(least=1) if "at_least" in fields else 0,
        steps=steps,
        nth=nth,
    )


def _examples(clause: Clause, quantum: int) -> tuple[Example, ...]:
    return tuple(_example(item, quantum) for item in clause.items())


def _example(clause: Clause, quantum: int) -> Example:
    fields = clause.fields(KEYS["example"])
    cuts = fields["cuts"].items() if "cuts" in fields else None
    entries = fields["entries"].items() if "entries" in fields else None
    return Example(
        name=_text(fields.get("name")),
        line=clause.line,
        activities=_activities(fields["activities"]) if "activities" in fields else (),
        total=fields["total"].points(quantum) if "total" in fields else 0,
        entries=None if entries is None else tuple(entry.points(quantum) for entry in entries),
        cuts=None if cuts is None else tuple(cut.choice(CUTS).removeprefix("none") for cut in cuts),
        year=fields["year"].whole(least=1) if "year" in fields else None,
    )


def _activities(clause: Clause) -> tuple[Activity, ...]:
    """Read an example's activities; `times` repeats one, codes count up so that the written order holds."""
    found: list[Activity] = []
    for item in clause.items():
        fields = item.fields(KEYS["activity"])
        times = fields["times"].whole(least=1) if "times" in fields else 1
        if len(found) + times > MOST_ACTIVITIES:
            item.flaw("too_large", most=MOST_ACTIVITIES)
            break
        for _ in range(times):
            found.append(_activity(fields, f"{len(found) + 1:04d}"))
    if not found:
        clause.flaw("empty")
    return tuple(found)


def _activity(fields: Mapping[str, Clause], code: str) -> Activity:
    level = fields["level"].choice(LEVELS) if "level" in fields else "county"
    return Activity(
        code=fields["code"].text() if "code" in fields else code,
        kind=_name(fields.get("kind")),
        on=fields["on"].day() if "on" in fields else date.min,
        person=fields["person"].text() if "person" in fields else "person",
        seat=fields["seat"].text() if "seat" in fields else "seat",
        level=level if level in LEVELS else "county",
        role=fields["role"].text() if "role" in fields else "lead",
        mode=fields["mode"].text() if "mode" in fields else "",
        hours_tenths=_hours(fields["hours"]) if "hours" in fields else None,
        half_days=fields["half_days"].whole() if "half_days" in fields else None,
        served=fields["served"].whole() if "served" in fields else None,
        members=fields["members"].whole(least=1) if "members" in fields else 1,
        evidence=fields["evidence"].whole() if "evidence" in fields else 0,
    )


def _hours(clause: Clause) -> int:
    tenths = tenths_of(clause.text())
    if tenths is None or tenths < 0:
        clause.flaw("not_points", value=clause.text())
        return 0
    return tenths


def _by_kind(rules: Mapping[str, Rule]) -> dict[str, tuple[Rule, ...]]:
    kinds = sorted({kind for rule in rules.values() for kind in rule.kinds})
    return {kind: tuple(rules[name] for name in sorted(rules) if kind in rules[name].kinds) for kind in kinds}


def _cap(clause: Clause | None, quantum: int) -> int | None:
    if clause is None:
        return None
    tenths = clause.points(quantum)
    if tenths < 0:
        clause.flaw("below_zero", value=clause.text())
    return tenths


def _floor(clause: Clause | None, quantum: int) -> int | None:
    if clause is None:
        return None
    tenths = clause.points(quantum)
    if tenths > 0:
        clause.flaw("above_zero", value=clause.text())
    return tenths


def _text(clause: Clause | None) -> str:
    return clause.text() if clause is not None else ""


def _name(clause: Clause | None) -> str:
    return clause.name() if clause is not None else ""


def _words(clause: Clause | None) -> dict[str, str]:
    return clause.words() if clause is not None else {}
