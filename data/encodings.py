"""Encodings: finds out whether bytes are UTF-8, GB18030 or a mixture of both, line by line."""

import codecs
import re
from dataclasses import dataclass

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text, its encoding, and the first line (1 is the first) that does not fit; None when all lines do."""

    text: str
    encoding: str
    mixed_at: int | None = None
    broken_at: int | None = None


def decode(raw: bytes) -> Decoded:
    """Decode a text file; a mixture is decoded line by line so that the rest of it can still be checked."""
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return _decode_as(raw[len(bom) :], encoding)
    try:
        return Decoded(text=raw.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError:
        return _decode_by_line(raw.split(b"\n"))


def detect(pieces: list[bytes]) -> Decoded:
    """Tell the encoding of separate pieces of text (the cells of a .dbf); `mixed_at` counts pieces from 1."""
    return _decode_by_line(pieces)


def _decode_as(raw: bytes, encoding: str) -> Decoded:
    """Decode bytes that say what they are; a lie is noted with its line."""
    try:
        return Decoded(text=raw.decode(encoding), encoding=encoding)
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode(encoding, errors="replace")
        return Decoded(text=raw.decode(encoding, errors="replace"), encoding=encoding, broken_at=before.count("\n") + 1)


def _decode_by_line(lines: list[bytes]) -> Decoded:
    """Decide by the lines that can only be one of the two; UTF-8 with Han characters is never GBK by chance."""
    decoded: list[str] = []
    utf: list[int] = []
    gbk: list[int] = []
    broken: list[int] = []
    for number, line in enumerate(lines, start=1):
        if line.isascii():
            decoded.append(line.decode("ascii"))
            continue
        text = _try(line, "utf-8")
        if text is not None and HAN.search(text):
            utf.append(number)
        elif text is None:
            text = _try(line, "gb18030")
            (gbk if text is not None else broken).append(number)
        decoded.append(text if text is not None else line.decode("utf-8", errors="replace"))
    encoding = "gb18030" if len(gbk) > len(utf) else "utf-8"
    if encoding == "gb18030" and not utf and not broken:
        decoded = [line.decode("gb18030") for line in lines]
    odd = utf if encoding == "gb18030" else gbk
    return Decoded(
        text="\n".join(decoded),
        encoding=encoding,
        mixed_at=odd[0] if utf and gbk else None,
        broken_at=broken[0] if broken else None,
    )


def _try(line: bytes, encoding: str) -> str | None:
    """Decode strictly, or give None."""
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
