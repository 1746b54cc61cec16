"""What a dressed figure promises: a nonce on every tag, every link from here, nothing that the policy would block."""

import re
from html.parser import HTMLParser

import folium
import geopandas as gpd
import pytest
import shapely
from branca.element import Element, Figure

from api.assets import UnknownLinkError
from api.figures import UnsafeMarkupError, content_policy, parts
from gridmap.coverage import draw_small

NONCE = "n0nce-A_1"


class Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed(markup)
    return reader.seen


def small_map(name: str = "一格") -> folium.Map:
    towns = gpd.GeoDataFrame(
        {"code": ["t"], "name": ["古劳镇"]}, geometry=[shapely.box(112.9, 22.7, 113, 22.8)], crs="EPSG:4326"
    )
    stations = towns.assign(kind="central").set_geometry(towns.representative_point())
    return draw_small(towns.assign(layer="town", name=name), towns=towns, stations=stations)


def with_header(markup: str) -> folium.Map:
    drawing = small_map()
    figure = drawing.get_root()
    assert isinstance(figure, Figure)
    figure.header.add_child(Element(markup), name="extra")
    return drawing


def test_every_script_style_and_link_tag_carries_the_nonce() -> None:
    made = parts(with_header("<style>.a { color: red }</style><script>var a = 1 && 2;</script>"), NONCE)
    carried = [
        (tag, attributes.get("nonce"))
        for tag, attributes in tags(made.head + made.body + made.script)
        if tag in ("script", "style", "link")
    ]
    assert sorted(carried) == [
        ("link", NONCE),
        ("script", NONCE),
        ("script", NONCE),
        ("script", NONCE),
        ("style", NONCE),
    ]
    assert "var a = 1 && 2;" in made.head


def test_every_link_is_served_from_here() -> None:
    made = parts(small_map(), NONCE)
    links = [a.get("src") or a.get("href") for _, a in tags(made.head) if a.get("src") or a.get("href")]
    assert links == ["/static/vendor/leaflet-1.9.4/leaflet.js", "/static/vendor/leaflet-1.9.4/leaflet.css"]
    assert not re.search(r"https?://", made.head + made.body + made.script)


def test_the_page_keeps_its_own_viewport_and_charset() -> None:
    assert "<meta" not in parts(small_map(), NONCE).head


def test_the_body_is_the_map_s_box() -> None:
    made = parts(small_map(), NONCE)
    assert ("div", {"class": "folium-map", "id": "map_pieces"}) in tags(made.body)
    assert "L.map(" in made.script
    assert "L.map(" not in made.body


def test_a_stock_folium_map_is_refused_for_its_outside_links() -> None:
    with pytest.raises(UnknownLinkError, match="jquery"):
        parts(folium.Map(location=[22.7, 112.9], tiles=None), NONCE)


def test_a_tile_layer_is_refused_for_its_outside_address() -> None:
    drawing = small_map()
    folium.TileLayer("OpenStreetMap").add_to(drawing)
    with pytest.raises(UnknownLinkError, match="tile"):
        parts(drawing, NONCE)


@pytest.mark.parametrize(
    "markup",
    [
        "<script src='https://evil.example/a.js'></script>",
        "<link rel='stylesheet' href='//evil.example/a.css'>",
        "<img src='https://evil.example/pixel.gif'>",
        "<style>@import 'https://evil.example/a.css';</style>",
        "<script>fetch('https://evil.example/')</script>",
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_an_unknown_link_in_the_markup_is_refused(markup: str) -> None:
    with pytest.raises(UnknownLinkError):
        parts(with_header(markup), NONCE)


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='/static/a.png' onerror='alert(1)'>",
        "<div ONCLICK='alert(1)'></div>",
        "<div style='color: red'></div>",
        "<iframe src='/static/a.html'></iframe>",
        "<base href='/static/'>",
        "<form action='/static/x'></form>",
    ],
)
def test_what_the_policy_would_block_is_refused(markup: str) -> None:
    with pytest.raises(UnsafeMarkupError):
        parts(with_header(markup), NONCE)


def test_a_nonce_that_the_figure_brings_is_replaced() -> None:
    made = parts(with_header("<script nonce='guessed'>var b;</script>"), NONCE)
    assert "guessed" not in made.head


def test_a_hostile_name_stays_data() -> None:
    made = parts(small_map("</script><img src=x onerror=alert(1)> https://evil.example"), NONCE)
    assert [tag for tag, _ in tags(made.script)] == ["script"]
    assert "<img" not in made.script


def test_a_drawing_outside_a_figure_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="figure"):
        parts(Element("x"), NONCE)


def test_the_same_drawing_is_dressed_twice_with_two_nonces() -> None:
    drawing = small_map()
    first, second = parts(drawing, "one"), parts(drawing, "two")
    assert first.script.replace('nonce="one"', 'nonce="two"') == second.script
    assert 'nonce="one"' not in second.head


def test_an_empty_figure_has_an_empty_body() -> None:
    assert parts(Figure(), NONCE).body == ""


def test_the_policy_allows_this_house_and_nothing_else() -> None:
    assert content_policy(NONCE) == (
        "default-src 'none'; script-src 'self' 'nonce-n0nce-A_1'; style-src 'self' 'nonce-n0nce-A_1'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'self'"
    )
