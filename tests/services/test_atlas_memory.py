"""The atlases of a process: days that differ are not all kept, whoever asks for however many of them."""

import datetime as dt
from typing import Any

from services.atlas import Atlases
from services.seats import suspend_seat

FIRST = dt.date(2026, 3, 1)
SEATS = ("T1", "T2", "T3", "T4", "T5", "T6")


def test_days_on_which_others_were_away_are_forgotten_beyond_what_is_kept(swift: Any) -> None:
    days = [FIRST + dt.timedelta(days=10 * number) for number in range(len(SEATS))]
    with swift.store.unit() as unit:
        for seat, day in zip(SEATS, days, strict=True):
            until = day + dt.timedelta(days=5)
            suspend_seat(unit, swift.act(), seat=seat, on=day, until=until, decision="决定")
    atlases = Atlases(swift.store, keep=2)
    found = [atlases.on(day) for day in days]
    assert [seat in atlas.holders for seat, atlas in zip(SEATS, found, strict=True)] == [False] * len(SEATS)
    assert atlases.on(days[-1]) is found[-1]
    assert atlases.on(days[0]) is not found[0]
    assert atlases.on(days[0]).version == found[0].version
