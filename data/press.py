"""The press: a drawn sheet becomes PDF or PNG, with a Chinese font in it, or is refused with what is missing."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

FORMATS = ("svg", "pdf", "png")
PIXELS_PER_INCH = 200.0
HAN = "人大代表联系网格"  # a font without these is no Chinese font
SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
CHINESE_FONTS = (  # file names begin so, the most wanted first
    "NotoSansSC", "NotoSansCJK", "SourceHanSansSC", "SourceHanSans", "PingFang", "msyh", "Hiragino Sans GB", "wqy",
    "DroidSansFallback", "simhei", "simsun",
)  # fmt: skip
RARE_FONTS = (  # have the rare letters of names that the others lack; on Debian the package fonts-hanazono
    "HanaMin", "BabelStoneHan", "Plangothic", "Jigmo", "simsunb", "SimsunExt", "MingLiUb",
)  # fmt: skip
ENDINGS = (".ttf", ".otf", ".ttc")


class PressError(Exception):
    """A sheet that cannot be printed as it is written; `kind` is no_font or no_glyphs."""

    def __init__(self, kind: str, letters: str = "") -> None:
        super().__init__(f"{kind} {letters}".strip())
        self.kind = kind
        self.letters = letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font file and the letters it can draw."""

    path: Path
    letters: frozenset[int]


def find_fonts(folders: Iterable[Path]) -> tuple[Font, ...]:
    """Find the fonts that can draw Chinese: those of the given folders first, then the system's, then rare letters'."""
    found: dict[str, Path] = {}
    for folder in (*folders, *SYSTEM_FOLDERS):
        if folder.is_dir():
            for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS):
                if path.name.startswith(CHINESE_FONTS + RARE_FONTS):
                    found.setdefault(path.name, path)
    fonts = [Font(path=path, letters=_letters(path)) for path in found.values()]
    chinese = [font for font in fonts if all(ord(letter) in font.letters for letter in HAN)]
    rare = [font for font in fonts if font.path.name.startswith(RARE_FONTS)]
    common = [font for font in chinese if font not in rare]
    return (*common, *rare) if chinese else ()


def chosen(fonts: Sequence[Font], text: str) -> tuple[Font, ...]:
    """Choose the fonts that a text needs, the first family first. Raises PressError.

    A letter that no font has would silently be left out of the paper: it is refused by name instead.
    """
    if not fonts:
        raise PressError("no_font")
    wanted = {ord(letter) for letter in text if not letter.isspace()}
    first = fonts[0]
    family = first.path.name.split("-")[0].split("_")[0]
    kept = [font for font in fonts if font.path.name.startswith(family)]
    missing = wanted - frozenset().union(*(font.letters for font in kept))
    for font in fonts:
        if missing & font.letters and font not in kept:
            kept.append(font)
            missing -= font.letters
    if missing:
        raise PressError("no_glyphs", "".join(chr(letter) for letter in sorted(missing)))
    return tuple(kept)


def printed(svg: str, form: str, fonts: Sequence[Font], *, width: float, height: float, title: str) -> bytes:
    """Print a sheet of `width` by `height` millimetres as svg, pdf or png. Raises ValueError for another form."""
    if form not in FORMATS:
        raise ValueError(f"no form {form}; there are {', '.join(FORMATS)}")
    if form == "svg":
        return svg.encode()
    page = (
        f"#set page(width: {width}mm, height: {height}mm, margin: 0mm)\n"
        "#set document(title: sys.inputs.title, date: none)\n"
        f'#image("sheet.svg", width: {width}mm, height: {height}mm, alt: sys.inputs.title)\n'
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for font in fonts:
            (folder / font.path.name).symlink_to(font.path.resolve())
        (folder / "sheet.svg").write_text(svg, "utf-8")
        (folder / "main.typ").write_text(page, "utf-8")
        return typst.compile(
            folder / "main.typ",
            font_paths=[folder],
            ignore_system_fonts=True,
            format="pdf" if form == "pdf" else "png",
            ppi=PIXELS_PER_INCH,
            sys_inputs={"title": title},
        )


@lru_cache(maxsize=64)
def _letters(path: Path) -> frozenset[int]:
    """Read which letters a font has; of a collection, the first that has them all."""
    if path.suffix.lower() == ".ttc":
        with TTCollection(str(path), lazy=True) as collection:
            return frozenset(collection.fonts[0].getBestCmap() or {})
    with TTFont(str(path), lazy=True) as font:
        return frozenset(font.getBestCmap() or {})
