"""Checks of an activity: what a verifier should look at twice, each with its facts; none of them forbids anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

DAY_MINUTES = 24 * 60
HALF_DAYS = 2  # of one day
HOUR = timedelta(hours=1)

Fact = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An activity as the checks see it: who did what, on which day, where; no position, only codes.

    code: empty while it is not stored.  starts: minutes after midnight, None where nobody wrote a time.
    hours_tenths: tenths of an hour.
    """

    code: str
    kind: str
    on: date
    people: tuple[str, ...]
    grid: str = ""
    station: str = ""
    town: str = ""
    starts: int | None = None
    hours_tenths: int | None = None
    half_days: int | None = None

    @property
    def place(self) -> str:
        """The code of the place, empty where none is named."""
        return self.grid or self.station


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The grids and stations that a deputy is linked to, and the towns of their seats."""

    places: frozenset[str]
    towns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at: a kind with words in data/messages (`activity.check.<kind>`) and its facts.

    person: whom it is about, empty where it is about the whole activity.  other: the other activity's code.
    """

    kind: str
    person: str = ""
    other: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


def findings(deed: Deed, others: Iterable[Deed], homes: Mapping[str, Home]) -> tuple[Finding, ...]:
    """Compare an activity with what the same people did that day, and with their own grids and stations.

    others: any activities; those of another day, of other people, or the activity itself are passed over.
    homes: by person; a person who is not there is not checked for the place.
    """
    same_day = sorted(
        (
            other
            for other in others
            if other.on == deed.on
            and (not deed.code or other.code != deed.code)
            and set(other.people) & set(deed.people)
        ),
        key=lambda other: other.code,
    )
    twice = [other for other in same_day if is_duplicate(deed, other)]
    found = [Finding(kind="duplicate", other=other.code) for other in twice]
    for person in deed.people:
        elsewhere = [other for other in same_day if person in other.people and other not in twice]
        found += [finding for other in elsewhere if (finding := _two_places(deed, other, person))]
        found += _long_day(deed, [other for other in same_day if person in other.people], person)
        found += _away(deed, person, homes.get(person))
    return tuple(found)


def is_duplicate(one: Deed, other: Deed) -> bool:
    """Say whether two activities are likely one: same kind, day and place, somebody in both, and no different times."""
    apart = one.starts is not None and other.starts is not None and one.starts != other.starts
    return (
        one.kind == other.kind
        and one.on == other.on
        and one.place == other.place
        and bool(set(one.people) & set(other.people))
        and not apart
    )


def overlap_minutes(one: Deed, other: Deed) -> int:
    """Give how many minutes two activities of one day share; 0 unless both have a start and hours."""
    if one.starts is None or other.starts is None or not one.hours_tenths or not other.hours_tenths:
        return 0
    end = min(one.starts + one.hours_tenths * 6, other.starts + other.hours_tenths * 6)
    return max(0, end - max(one.starts, other.starts))


def batch_at_deadline(
    entered: Sequence[datetime], last_day: date, *, at: date, number: int, days: int
) -> Finding | None:
    """Notice when at least `number` acts were entered within one hour in the last `days` days of a period.

    entered: the instants at which one hand entered acts.  last_day: of the period.  at: the day of entering.
    """
    if not last_day - timedelta(days=days - 1) <= at <= last_day:
        return None
    instants = sorted(entered)
    first, most = 0, 0
    for last, instant in enumerate(instants):
        while instant - instants[first] > HOUR:
            first += 1
        most = max(most, last - first + 1)
    if most < number:
        return None
    return Finding(kind="batch_at_deadline", facts={"number": most, "last_day": last_day.isoformat()})


def _two_places(deed: Deed, other: Deed, person: str) -> Finding | None:
    """Notice one person in two places: at overlapping hours, or, softly, in two towns on one day."""
    minutes = overlap_minutes(deed, other)
    if minutes:
        return Finding(kind="two_places", person=person, other=other.code, facts={"minutes": minutes})
    if deed.town and other.town and deed.town != other.town:
        return Finding(
            kind="two_towns", person=person, other=other.code, facts={"town": deed.town, "other_town": other.town}
        )
    return None


def _long_day(deed: Deed, others: Iterable[Deed], person: str) -> list[Finding]:
    """Notice a day with more than two half-days or more than 24 hours of activities."""
    day = [deed, *others]
    half_days = sum(one.half_days or 0 for one in day)
    tenths = sum(one.hours_tenths or 0 for one in day)
    if len(day) == 1 or (half_days <= HALF_DAYS and tenths * 6 <= DAY_MINUTES):
        return []
    return [Finding(kind="long_day", person=person, facts={"half_days": half_days, "hours": tenths // 10})]


def _away(deed: Deed, person: str, home: Home | None) -> list[Finding]:
    """Notice, softly, a place that is none of the deputy's own grids and stations."""
    if home is None or not deed.place or deed.place in home.places:
        return []
    near = bool(deed.town) and deed.town in home.towns
    return [Finding(kind="own_town" if near else "outside", person=person, facts={"place": deed.place})]
