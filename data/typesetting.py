"""The typesetter: a paper's template and its facts become PDF, PNG or SVG; facts are text, never markup."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

from data.press import FORMATS, Font

PAPERS = Path(__file__).parent / "papers"
PIXELS_PER_INCH = 192.0


def typeset(paper: str, facts: Mapping[str, Any], form: str, fonts: Sequence[Font]) -> bytes:
    """Set the paper of that name (data/papers) with its facts as pdf, png or svg; png and svg give the first page.

    Facts are plain data: texts, numbers, lists and mappings of them; `font` is added: the families of `fonts` in their
    order. Raises ValueError for another form.
    """
    if form not in FORMATS:
        raise ValueError(f"no form {form}; there are {', '.join(FORMATS)}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for font in fonts:
            (folder / font.path.name).symlink_to(font.path.resolve())
        said = {**facts, "font": list(dict.fromkeys(family(font.path) for font in fonts))}
        (folder / "facts.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")
        (folder / "main.typ").write_text((PAPERS / f"{paper}.typ").read_text("utf-8"), "utf-8")
        made_pages: Any = typst.compile(
            folder / "main.typ",
            font_paths=[folder],
            ignore_system_fonts=True,
            format="pdf" if form == "pdf" else "png" if form == "png" else "svg",
            ppi=PIXELS_PER_INCH,
        )
    return bytes(made_pages[0] if isinstance(made_pages, list) else made_pages)


@lru_cache(maxsize=64)
def family(path: Path) -> str:
    """Read the family that a font file belongs to; of a collection, that of its first font."""
    if path.suffix.lower() == ".ttc":
        with TTCollection(str(path), lazy=True) as collection:
            return _family(collection.fonts[0])
    with TTFont(str(path), lazy=True) as font:
        return _family(font)


def _family(font: TTFont) -> str:
    names = font["name"]
    return str(names.getDebugName(16) or names.getDebugName(1))


def letters_of(facts: Any) -> str:
    """Give every letter that stands in some facts, so that the fonts can be asked for them."""
    return "".join(sorted(set("".join(_texts(facts)))))


def _texts(facts: Any) -> Iterator[str]:
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, Mapping):
        for value in facts.values():
            yield from _texts(value)
    elif isinstance(facts, (list, tuple)):
        for value in facts:
            yield from _texts(value)
    else:
        yield str(facts)
