"""The press: Chinese letters, rare ones too, really stand in the PDF and in the picture, or nothing is printed."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from data.press import Font, PressError, chosen, find_fonts, printed

RARE = "𠮷䶮㭎镕堃"
SHEET = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="60mm" viewBox="0 0 100 60" '
    'font-family="Noto Sans SC, Noto Sans CJK SC">{}</svg>'
)


def written(*lines: str) -> str:
    return SHEET.format(
        "".join(f'<text x="5" y="{12 * (n + 1)}" font-size="8">{line}</text>' for n, line in enumerate(lines))
    )


def press(svg: str, form: str, text: str) -> bytes:
    return printed(svg, form, chosen(find_fonts(()), text), width=100, height=60, title="试印")


def test_rare_letters_are_text_in_the_pdf_and_their_font_is_embedded() -> None:
    content = press(written("人大代表", RARE), "pdf", "人大代表" + RARE)
    (page,) = PdfReader(BytesIO(content)).pages
    assert RARE in page.extract_text()
    assert "人大代表" in page.extract_text()
    assert float(page.mediabox.width) == pytest.approx(100 / 25.4 * 72, abs=0.1)
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.parametrize("letter", list(RARE + "网"))
def test_each_letter_is_drawn_in_the_picture_and_not_as_an_empty_box(letter: str) -> None:
    image = Image.open(BytesIO(press(written(letter), "png", letter))).convert("L")
    blank = Image.open(BytesIO(press(written(""), "png", "网"))).convert("L")
    assert image.size == blank.size
    ink = sum(image.histogram()[:128])
    assert ink > 300
    boxed = Image.open(BytesIO(press(written("口"), "png", "口"))).convert("L")
    assert image.tobytes() != boxed.tobytes()


def test_a_letter_that_no_font_has_is_named_and_nothing_is_printed() -> None:
    with pytest.raises(PressError) as refused:
        chosen(find_fonts(()), "人大\U0003ffff")
    assert (refused.value.kind, refused.value.letters) == ("no_glyphs", "\U0003ffff")


def test_without_a_chinese_font_nothing_is_printed() -> None:
    with pytest.raises(PressError) as refused:
        chosen((), "人大")
    assert refused.value.kind == "no_font"


def test_a_letter_that_the_first_family_lacks_brings_another_font() -> None:
    first = Font(path=Path("One-Regular.otf"), letters=frozenset(map(ord, "人大")))
    bold = Font(path=Path("One-Bold.otf"), letters=frozenset(map(ord, "人大")))
    other = Font(path=Path("Two.ttf"), letters=frozenset(map(ord, "人大𠮷")))
    assert chosen((first, bold, other), "人") == (first, bold)
    assert chosen((first, bold, other), "人𠮷") == (first, bold, other)


def test_the_same_sheet_is_the_same_file() -> None:
    svg = written("人大代表")
    for form in ("pdf", "png", "svg"):
        assert press(svg, form, "人大代表") == press(svg, form, "人大代表")


def test_a_form_that_is_not_printed_is_refused() -> None:
    with pytest.raises(ValueError, match="svg, pdf, png"):
        press(written("人"), "gif", "人")
