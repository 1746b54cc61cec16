"""The shelf makes a thing once, also where one making asks for another."""

from concurrent.futures import ThreadPoolExecutor

from services.tiling import TileShelf


def test_what_is_kept_is_made_once_however_many_ask() -> None:
    shelf, made = TileShelf(), []

    def make() -> int:
        made.append(1)
        return shelf.kept(("inner",), lambda: 7)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shelf.kept(("outer",), make), range(40)))
    assert found == [7] * 40
    assert made == [1]


def test_another_version_is_made_anew() -> None:
    shelf = TileShelf()
    assert [shelf.kept(("map", version), lambda version=version: version) for version in "aba"] == ["a", "b", "a"]
