"""Headers as offices write them: stars, spaces, full-width letters, capitals and cut-off names mean the same column."""

import unicodedata

SHAPEFILE_BYTES = 10  # a shapefile keeps no more of a field's name


def header_key(text: str) -> str:
    """Give the form in which headers are compared: NFKC, case folded, without spaces, stars, underscores and dashes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if not letter.isspace() and letter not in "*_-\u200b\ufeff")


def readings(header: str) -> tuple[str, ...]:
    """Give the keys a header can be read as: the whole, each of its lines, and what stands outside or in brackets."""
    parts = [header, *header.splitlines()]
    opened, _, rest = unicodedata.normalize("NFKC", header).partition("(")
    if rest:
        parts += [opened, rest.partition(")")[0]]
    return tuple(dict.fromkeys(key for key in map(header_key, parts) if key))


def cut_names(name: str) -> set[str]:
    """Give what a shapefile leaves of a name: ten bytes, in GBK or in UTF-8, or ten letters."""
    cut = {name[:SHAPEFILE_BYTES]}
    for encoding in ("gb18030", "utf-8"):
        cut.add(name.encode(encoding)[:SHAPEFILE_BYTES].decode(encoding, errors="ignore"))
    return {short for short in cut if short and short != name}
