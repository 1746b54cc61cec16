"""Feeds as iCalendar text: words in the reader's language, civil time of Asia/Shanghai, the same bytes each time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar

from api.telling import said
from congress.calendar import Reason
from data.messages import say
from services.feeds import Feed, Occasion

PRODUCT = "-//Sanlian//Sanlian//ZH"
ZONE = "Asia/Shanghai"
EIGHT = timedelta(hours=8)
SINCE = datetime(1992, 1, 1)  # noqa: DTZ001  a time zone's own start is written without one; no summer time since


def ics(feed: Feed, lang: str) -> bytes:
    """Write a feed as an iCalendar file."""
    calendar = icalendar.Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", said(feed.name, lang))
    calendar.add("X-WR-TIMEZONE", ZONE)
    if feed.synthetic:
        calendar.add("X-WR-CALDESC", say("feed.synthetic", lang))
    calendar.add_component(zone())
    for occasion in feed.occasions:
        calendar.add_component(event(occasion, feed, lang))
    content: bytes = calendar.to_ical()
    return content


def zone() -> icalendar.Timezone:
    """Describe the civil time of China: eight hours ahead, no summer time since 1992."""
    standard = icalendar.TimezoneStandard()
    standard.add("DTSTART", SINCE)
    standard.add("TZOFFSETFROM", EIGHT)
    standard.add("TZOFFSETTO", EIGHT)
    standard.add("TZNAME", "CST")
    found = icalendar.Timezone()
    found.add("TZID", ZONE)
    found.add_component(standard)
    return found


def event(occasion: Occasion, feed: Feed, lang: str) -> icalendar.Event:
    """Write one entry; its stamp is when what it shows was recorded, not when it was asked for."""
    found = icalendar.Event()
    found.add("UID", occasion.uid)
    found.add("DTSTAMP", feed.stamp.astimezone(UTC))
    found.add("DTSTART", occasion.start)
    found.add("DTEND", occasion.end)
    found.add("SUMMARY", said(occasion.title, lang))
    notes = [*occasion.notes, *([Reason(key="feed.synthetic", facts={})] if feed.synthetic else [])]
    if notes:
        found.add("DESCRIPTION", "\n".join(said(note, lang) for note in notes))
    if occasion.rule:
        found.add("RRULE", rule(occasion))
    if not isinstance(occasion.start, datetime):
        found.add("TRANSP", "TRANSPARENT")
    return found


def rule(occasion: Occasion) -> icalendar.vRecur:
    """Write a recurrence; its end is in UTC, as the standard wants beside a start with a time zone."""
    parts: dict[str, Any] = dict(occasion.rule)
    if "UNTIL" in parts:
        parts["UNTIL"] = parts["UNTIL"].astimezone(UTC) - timedelta(seconds=1)
    return icalendar.vRecur(parts)
