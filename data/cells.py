"""Cells: what may stand in a cell of each type, what it becomes, and what is wrong with it otherwise."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from data.headers import header_key
from data.sheet import Column

SCIENTIFIC = re.compile(r"\d(?:\.(\d+))?[eE]\+(\d+)")  # as spreadsheets print a long number; 3E01 is a code
WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
CODE = re.compile(r"\w(?: ?[\w\-.()·])*")  # single blanks inside: other countries number their wards so
WHOLE = re.compile(r"([+-]?\d+)(?:\.0+)?")
GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
DAY_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
PLACEHOLDERS = frozenset(
    ("-", "--", "—", "——", "/", "\\", "无", "暂无", "不详", "未知", "n/a", "na", "null", "none", "nan")
)
EXCEL_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"))
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200e\u200f\u202a-\u202e\u2061-\u206f\ufff9-\ufffb\ud800-\udfff]")
EXACT = 10**15  # a spreadsheet keeps no more than 15 digits of a number
SEPARATORS = re.compile(r"\s*[;；,，、]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a cell; a warning when it can be taken all the same."""

    kind: str
    fatal: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


Parsed = tuple[Any, Problem | None]


def parse(column: Column, cell: Any) -> Parsed:
    """Read one cell that is not empty; give its value (None when unusable) and what is wrong with it."""
    if isinstance(cell, str):
        text = clean(cell)
        if text in EXCEL_ERRORS:
            return None, Problem(kind="excel_error")
        if CONTROL.search(text):
            return None, Problem(kind="control_character")
        if "\ufffd" in text:
            return None, Problem(kind="garbled")
        cell = text
    value, problem = PARSERS[column.type](column, cell)
    if column.longest and isinstance(value, str) and len(value) > column.longest:
        return None, Problem(kind="too_long", facts={"most": column.longest, "length": len(value)})
    return value, problem


def clean(text: str) -> str:
    """Take away what nobody sees: blanks around, invisible joiners; line breaks inside become blanks."""
    stripped = text.strip()
    if stripped.isprintable() and stripped.isascii():
        return stripped
    for mark in INVISIBLE:
        stripped = stripped.replace(mark, "")
    return re.sub(r"[\r\n\t\u00a0\u2028\u2029]+", " ", stripped).strip()


def shown(cell: Any) -> str:
    """Give the start of a cell for a report, with a mark for everything that would not be seen."""
    return CONTROL.sub("\ufffd", str(cell)[:60])


def is_empty(cell: Any) -> bool:
    """Tell a cell in which nothing stands."""
    return cell is None or (isinstance(cell, str) and not clean(cell))


def parse_code(_column: Column, cell: Any) -> Parsed:
    """Read a code: text; a number is taken with a warning while it surely has all its digits."""
    if isinstance(cell, (bool, date)):
        return None, Problem(kind="code_is_date" if isinstance(cell, date) else "bad_code")
    if isinstance(cell, (int, float)):
        return _code_of_number(cell)
    text = cell.removeprefix("'")
    folded = unicodedata.normalize("NFKC", text)
    widened = Problem(kind="fullwidth", fatal=False) if folded != text else None
    scientific = SCIENTIFIC.fullmatch(folded)
    if scientific:
        digits, power = len((scientific[1] or "").rstrip("0")), int(scientific[2])
        if digits < power or power >= 15:
            return None, Problem(kind="digits_lost")
        return str(int(Decimal(folded))), Problem(kind="number_code", fatal=False)
    whole = WHOLE_FLOAT.fullmatch(folded)
    if whole:
        return whole[1], Problem(kind="number_code", fatal=False)
    if not CODE.fullmatch(folded):
        return None, Problem(kind="bad_code")
    return folded, widened


def parse_codes(column: Column, cell: Any) -> Parsed:
    """Read several codes; they come back with one `;` between. A code given twice is fatal.

    Blanks part them too, where no other separator does: a code with a blank inside needs a `;` behind it.
    """
    parts = _parts(cell) if isinstance(cell, str) else [cell]
    values = []
    warning = None
    for part in parts:
        value, problem = parse_code(column, part)
        if problem is not None and problem.fatal:
            return None, problem
        warning = warning or problem
        values.append(value)
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        return None, Problem(kind="repeated_code", facts={"codes": twice})
    too_long = next((value for value in values if len(value) > 40), None)
    if too_long is not None:
        return None, Problem(kind="too_long", facts={"most": 40, "length": len(too_long)})
    return ";".join(values), warning


def _parts(cell: str) -> list[str]:
    """Split a cell of several codes."""
    parts = SEPARATORS.split(cell)
    return [part for part in parts if part] if len(parts) > 1 else cell.split()


def parse_text(_column: Column, cell: Any) -> Parsed:
    """Read text; a number or a date is written out. What looks like a formula stays text."""
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        cell = int(cell)
    return str(cell), None


def parse_int(column: Column, cell: Any) -> Parsed:
    """Read a whole number; `1,234` and full-width digits are read too."""
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell)
        if text.casefold() in PLACEHOLDERS:
            return None, Problem(kind="placeholder", fatal=False)
        match = WHOLE.fullmatch(text.replace(",", "") if GROUPED.fullmatch(text) else text)
        if match is None or len(match[1]) > 15:
            return None, Problem(kind="bad_int")
        number = int(match[1])
    elif isinstance(cell, bool) or not isinstance(cell, (int, float)) or not math.isfinite(cell) or cell != int(cell):
        return None, Problem(kind="bad_int")
    else:
        number = int(cell)
    return _within(column, number)


def parse_tenths(column: Column, cell: Any) -> Parsed:
    """Read a number of at most one decimal, exactly."""
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell)
        if text.casefold() in PLACEHOLDERS:
            return None, Problem(kind="placeholder", fatal=False)
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        text = f"{cell:.10g}"
    else:
        return None, Problem(kind="bad_number")
    if not NUMBER.fullmatch(text):
        return None, Problem(kind="bad_number")
    number = Decimal(text)
    if number * 10 != (number * 10).to_integral_value():
        return None, Problem(kind="too_fine")
    return _within(column, number)


def parse_date(_column: Column, cell: Any) -> Parsed:
    """Read a day: a spreadsheet's date, 2026-11-23, 2026/11/23, 2026年11月23日 or 20261123."""
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    else:
        text = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else str(cell)
        if text.casefold() in PLACEHOLDERS:
            return None, Problem(kind="placeholder", fatal=False)
        match = DAY.fullmatch(text) or DAY_DIGITS.fullmatch(text)
        if match is None:
            return None, Problem(kind="bad_date")
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None, Problem(kind="bad_date")
    return (day, None) if 1900 <= day.year <= 2200 else (None, Problem(kind="bad_date"))


def parse_choice(column: Column, cell: Any) -> Parsed:
    """Read one of the allowed values, in either language."""
    if isinstance(cell, bool):
        cell = "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    key = header_key(str(cell))
    for choice in column.choices:
        if key in {header_key(name) for name in (choice.value, choice.zh, *choice.also)}:
            return choice.value, None
    return None, Problem(kind="bad_choice", facts={"allowed": [choice.zh for choice in column.choices]})


def parse_bool(column: Column, cell: Any) -> Parsed:
    """Read yes or no."""
    value, problem = parse_choice(column, cell)
    return (None if value is None else value == "true"), problem


def parse_number(_column: Column, cell: Any) -> Parsed:
    """Read a coordinate; whether it can be one on the ground is judged with its partner."""
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell)
        if not NUMBER.fullmatch(text):
            return None, Problem(kind="bad_coordinate")
        cell = float(text)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not math.isfinite(cell):
        return None, Problem(kind="bad_coordinate")
    return float(cell), None


def _code_of_number(cell: float) -> Parsed:
    """Take a number for a code while every digit is sure."""
    if not math.isfinite(cell) or cell != int(cell) or cell < 0:
        return None, Problem(kind="bad_code")
    if cell >= EXACT:
        return None, Problem(kind="digits_lost")
    return str(int(cell)), Problem(kind="number_code", fatal=False)


def _within(column: Column, number: Any) -> Parsed:
    """Keep a number to its column's bounds."""
    low, high = column.least, column.most
    if (low is not None and number < low) or (high is not None and number > high):
        return None, Problem(kind="out_of_range", facts={"least": low, "most": high})
    return number, None


PARSERS: Mapping[str, Callable[[Column, Any], Parsed]] = MappingProxyType(
    {
        "code": parse_code,
        "codes": parse_codes,
        "text": parse_text,
        "int": parse_int,
        "tenths": parse_tenths,
        "date": parse_date,
        "bool": parse_bool,
        "choice": parse_choice,
        "number": parse_number,
        "wkt": parse_text,
    }
)
