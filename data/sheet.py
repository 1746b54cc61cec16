"""What a sheet is: columns with names in two languages, types, choices, and how a header finds its column."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from data.headers import cut_names, header_key, readings

Type = Literal["code", "codes", "text", "int", "tenths", "date", "bool", "choice", "number", "wkt"]
Presence = Literal["required", "optional", "none"]
Shape = Literal["", "polygon", "point", "either"]

TYPE_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "code": ("代码(文本)", "code (text)"),
        "codes": ("代码, 以 ; 分隔", "codes, `;` between"),
        "text": ("文本", "text"),
        "int": ("整数", "whole number"),
        "tenths": ("数, 至多一位小数", "number, one decimal at most"),
        "date": ("日期", "date"),
        "bool": ("是/否", "yes/no"),
        "choice": ("选项", "choice"),
        "number": ("数", "number"),
        "wkt": ("WKT 几何", "WKT geometry"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One allowed value: as it is kept, as an office writes it, and how else it is met."""

    value: str
    zh: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its names, whether a row needs it, what may stand in it and what that means."""

    name: str
    zh: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    type: Type = "text"
    choices: tuple[Choice, ...] = ()
    default: str = ""
    longest: int = 0  # characters; 0 = no limit
    least: int | None = None
    most: int | None = None
    meaning_zh: str
    meaning_en: str
    example: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every full header this column is known by."""
        return (self.zh, self.name, *self.aliases)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One kind of file: its columns, what makes a row unique, and whether it has places on the map."""

    kind: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("code",)
    geometry: Presence = "none"
    shape: Shape = ""
    meaning_zh: str
    meaning_en: str

    def column(self, name: str) -> Column:
        """Give a column by its English name. Raises KeyError."""
        return self._by_name[name]

    def column_for(self, header: str) -> Column | None:
        """Give the column that a header of a file means; None for a header that is nobody's."""
        for key in readings(header):
            if key in self._by_header:
                return self._by_header[key]
        return None

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns that every file of this kind must have."""
        return tuple(column for column in self.columns if column.required)

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _by_header(self) -> Mapping[str, Column]:
        """Full headers first; a cut-off one only where it can mean no other column."""
        full = {header_key(name): column for column in self.columns for name in column.names}
        cut = {
            (header_key(short), column.name) for column in self.columns for n in column.names for short in cut_names(n)
        }
        clear = Counter(key for key, _ in cut)
        return full | {key: self._by_name[name] for key, name in cut if clear[key] == 1 and key not in full}
