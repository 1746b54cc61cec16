"""The .dbf of a shapefile: only as much of it as tells in which encoding its text is written."""

from dataclasses import dataclass

from data.encodings import HAN, Decoded, detect

HEADER = 32
FIELD = 32
END_OF_FIELDS = 0x0D
SAMPLE = 20_000  # rows that are looked at
CODE_PAGES = {"65001": "utf-8", "utf8": "utf-8", "utf": "utf-8"}
CHINESE = ("936", "gb", "ansi", "hz", "oem", "cp936")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """A text field: where it begins in a row, and how many bytes it has."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dbase:
    """The outline of a .dbf: its row count, and where the rows and their text fields lie."""

    raw: bytes
    rows: int
    first: int
    width: int
    names: tuple[bytes, ...]
    texts: tuple[TextField, ...]

    @classmethod
    def parse(cls, raw: bytes) -> "Dbase | None":
        """Read the outline; None for bytes that are no .dbf or that end before their rows do."""
        if len(raw) < HEADER + 1:
            return None
        rows = int.from_bytes(raw[4:8], "little")
        first = int.from_bytes(raw[8:10], "little")
        width = int.from_bytes(raw[10:12], "little")
        if first < HEADER + 1 or width < 1 or len(raw) < first + rows * width:
            return None
        names: list[bytes] = []
        texts: list[TextField] = []
        start = 1  # a row begins with its mark of deletion
        for at in range(HEADER, first - 1, FIELD):
            if raw[at] == END_OF_FIELDS or at + FIELD > first:
                break
            length = raw[at + 16]
            names.append(raw[at : at + 11].partition(b"\x00")[0])
            if raw[at + 11 : at + 12] == b"C":
                texts.append(TextField(start=start, length=length))
            start += length
        return cls(raw=raw, rows=rows, first=first, width=width, names=tuple(names), texts=tuple(texts))

    def encoding(self) -> Decoded:
        """Tell the encoding of the names and cells; a character that the field's end cuts in two does not count."""
        pieces = list(self.names)
        for row in range(min(self.rows, SAMPLE)):
            base = self.first + row * self.width
            for text in self.texts:
                cell = self.raw[base + text.start : base + text.start + text.length]
                if not cell.isascii():
                    pieces.append(_whole(cell, full=cell[-1:] not in b" \x00"))
        return detect(pieces)


def declared_encoding(cpg: bytes) -> str | None:
    """Read a .cpg; None when it says nothing known."""
    word = cpg.decode("ascii", errors="ignore").strip().casefold().replace("-", "").replace("_", "")
    if word in CODE_PAGES:
        return CODE_PAGES[word]
    return "gb18030" if any(mark in word for mark in CHINESE) else None


def _whole(cell: bytes, *, full: bool) -> bytes:
    """Leave off padding, and at the end of a full cell the character that did not fit.

    A long enough run of UTF-8 with Han characters is UTF-8 even where its bytes could be read as GBK too.
    """
    cell = cell.rstrip(b" \x00")
    if not full or _text(cell, "utf-8"):
        return cell
    for cut in range(1, min(3, len(cell)) + 1):
        if HAN.search(_text(cell[:-cut], "utf-8")):
            return cell[:-cut]
    return cell if _text(cell, "gb18030") or not _text(cell[:-1], "gb18030") else cell[:-1]


def _text(cell: bytes, encoding: str) -> str:
    """Decode strictly; empty where that cannot be done."""
    try:
        return cell.decode(encoding)
    except UnicodeDecodeError:
        return ""
