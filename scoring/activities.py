"""Activities: what a deputy did, as the rule book sees it; read from values, mappings or a frame."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

import pandas as pd

LEVELS = ("national", "province", "prefecture", "county", "town")
REQUIRED = ("code", "kind", "on", "person", "seat", "level")
COUNTS = ("hours_tenths", "half_days", "served", "members", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One deputy's part in one activity, credited to one seat.

    hours_tenths: tenths of an hour; half_days, served (people received or helped) and members (deputies who took
    part together) are whole numbers; evidence is how many files were kept with it. Raises ValueError for a measure
    below zero or a seat without a level.
    """

    code: str
    kind: str
    on: date
    person: str
    seat: str
    level: str
    role: str = "lead"
    mode: str = ""
    hours_tenths: int | None = None
    half_days: int | None = None
    served: int | None = None
    members: int = 1
    evidence: int = 0

    def __post_init__(self) -> None:
        """Refuse what no rule could count."""
        if self.level not in LEVELS:
            raise ValueError(f"activity {self.code!r}: unknown level {self.level!r}; known: {', '.join(LEVELS)}")
        for name in COUNTS:
            value = getattr(self, name)
            if value is not None and value < (1 if name == "members" else 0):
                raise ValueError(f"activity {self.code!r}: {name} is {value}")


NAMES = tuple(field.name for field in fields(Activity))

Source = pd.DataFrame | Iterable[Activity | Mapping[str, object]]


def activities_of(source: Source) -> list[Activity]:
    """Read activities from a frame (one row each) or from values and mappings; other columns are left alone.

    Dates may be dates or ISO text. Raises ValueError naming the activity and the field that cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        known = [str(name) for name in source.columns if str(name) in NAMES]
        columns = [source[name].tolist() for name in known]
        return [_from_mapping(dict(zip(known, row, strict=True))) for row in zip(*columns, strict=True)]
    return [item if isinstance(item, Activity) else _from_mapping(item) for item in source]


def _from_mapping(row: Mapping[str, object]) -> Activity:
    code = str(row.get("code", ""))
    given = {name: row[name] for name in NAMES if name in row and not _is_missing(row[name])}
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        raise ValueError(f"activity {code!r}: without {', '.join(missing)}")
    counts = {name: _whole(code, name, given[name]) for name in COUNTS if name in given}
    return Activity(
        code=code, kind=str(given["kind"]), on=_day(code, given["on"]), person=str(given["person"]),
        seat=str(given["seat"]), level=str(given["level"]), role=str(given.get("role", "lead")),
        mode=str(given.get("mode", "")), hours_tenths=counts.get("hours_tenths"), half_days=counts.get("half_days"),
        served=counts.get("served"), members=counts.get("members", 1),
        evidence=counts.get("evidence", 0),
    )  # fmt: skip


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value)


def _day(code: str, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as wrong:
        raise ValueError(f"activity {code!r}: on is not a date: {value!r}") from wrong


def _whole(code: str, name: str, value: object) -> int:
    """Read a whole number; a frame that has gaps hands whole numbers in as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(str(value))
    except ValueError as wrong:
        raise ValueError(f"activity {code!r}: {name} is not a whole number: {value!r}") from wrong
