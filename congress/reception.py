"""Reception times: reads `每月15日 9:00–11:30` and its kin into days that recur, and leaves any other text a note."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
NTH = {"一": 1, "1": 1, "二": 2, "2": 2, "三": 3, "3": 3, "四": 4, "4": 4}
MONTHS = {"每": tuple(range(1, 13)), "单": tuple(range(1, 13, 2)), "双": tuple(range(2, 13, 2))}
DASHES = str.maketrans(dict.fromkeys("–—―~～〜至到", "-"))
TIMES = r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})"
WEEKLY = re.compile(rf"每(?:周|星期)([一二三四五六日天、,周星期-]+){TIMES}")
MONTHLY = re.compile(rf"([每单双])(?:个)?月((?:\d{{1,2}}[日号]?[、,])*\d{{1,2}}[日号]){TIMES}")
NTH_WEEKDAY = re.compile(rf"每(?:个)?月第([一二三四1234])个?(?:周|星期)([一二三四五六日天]){TIMES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """A time that recurs: on weekdays (0 is Monday) of every week, on days of these months, or on the nth weekday.

    Exactly one of `days` (of the month) and `weekdays` is set; `nth` goes with one weekday.
    """

    opens: time
    closes: time
    weekdays: tuple[int, ...] = ()
    nth: int = 0
    days: tuple[int, ...] = ()
    months: tuple[int, ...] = MONTHS["每"]

    def on(self, day: date) -> bool:
        """Tell whether it falls on a day. A month without the day (31) has no reception."""
        if self.days:
            return day.month in self.months and day.day in self.days
        return day.weekday() in self.weekdays and (not self.nth or (day.day - 1) // 7 + 1 == self.nth)

    def between(self, start: date, end: date) -> Iterator[date]:
        """List its days in a period, half-open."""
        days = (start + timedelta(days=step) for step in range((end - start).days))
        return (day for day in days if self.on(day))


def parse_hours(text: str) -> tuple[Reception, ...] | None:
    """Read a station's hours, several times parted by `；` or `;`; None when any part is not of the known forms.

    Known: `每周三 9:00–11:30`, `每周一、周四 …`, `每周一至周五 …`, `每月15日 …`, `每月5日、20日 …`, `单月15日 …`,
    `双月15日 …`, `每月第二个周四 …`; full-width signs are read too.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(DASHES)
    parts = [part for part in re.split(r"[;。]", plain) if part]
    found = [_one(part) for part in parts]
    known = tuple(one for one in found if one is not None)
    return known if known and len(known) == len(parts) else None


def _one(part: str) -> Reception | None:
    """Read one time."""
    for pattern in (NTH_WEEKDAY, MONTHLY, WEEKLY):
        found = pattern.fullmatch(part)
        if found is None:
            continue
        hours = _hours(*found.groups()[-4:])
        if hours is None:
            return None
        opens, closes = hours
        if pattern is NTH_WEEKDAY:
            return Reception(opens=opens, closes=closes, weekdays=(WEEKDAYS[found[2]],), nth=NTH[found[1]])
        if pattern is MONTHLY:
            days = tuple(sorted({int(day) for day in re.findall(r"\d+", found[2])}))
            fits = all(1 <= day <= 31 for day in days)
            return Reception(opens=opens, closes=closes, days=days, months=MONTHS[found[1]]) if fits else None
        weekdays = _weekdays(found[1])
        return Reception(opens=opens, closes=closes, weekdays=weekdays) if weekdays else None
    return None


def _hours(open_hour: str, open_minute: str, close_hour: str, close_minute: str) -> tuple[time, time] | None:
    """Read opening and closing; None when they are no times of a day or close before they open."""
    figures = (int(open_hour), int(open_minute), int(close_hour), int(close_minute))
    if figures[0] > 23 or figures[2] > 23 or figures[1] > 59 or figures[3] > 59:
        return None
    opens, closes = time(*figures[:2]), time(*figures[2:])
    return (opens, closes) if opens < closes else None


def _weekdays(text: str) -> tuple[int, ...]:
    """Read `三`, `一、周四` or `一-周五`; empty when it is none of them."""
    bare = re.sub(r"周|星期", "", text)
    if found := re.fullmatch(r"([一二三四五六日天])-([一二三四五六日天])", bare):
        first, last = WEEKDAYS[found[1]], WEEKDAYS[found[2]]
        return tuple(range(first, last + 1)) if first < last else ()
    letters = re.split(r"[、,]", bare) if re.search(r"[、,]", bare) else list(bare)
    return tuple(sorted({WEEKDAYS[letter] for letter in letters})) if all(x in WEEKDAYS for x in letters) else ()
