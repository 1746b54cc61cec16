"""The deputy a grid's page shows big is the one to whom a matter of that grid goes."""

from datetime import date
from pathlib import Path

from api.pages.answering import at_grid
from data.store import Store
from services.atlas import Atlases
from services.matters_routing import Spot, find_way


def test_every_grid_shows_first_whoever_takes_its_matters(demo_home: Path) -> None:
    store = Store.open(demo_home / "sanlian.db")
    atlas = Atlases(store).on(date(2026, 6, 1))
    with store.reading() as unit:
        differing = [
            code
            for code in atlas.layers.grids["code"]
            if (at_grid(atlas, code).responsible[0].deputy.code if at_grid(atlas, code).responsible else "")
            != find_way(unit, atlas, Spot(grid=code)).person
        ]
    assert differing == []


def test_nobody_linked_to_a_grid_is_lost_when_its_lead_comes_first(demo_home: Path) -> None:
    atlas = Atlases(Store.open(demo_home / "sanlian.db")).on(date(2026, 6, 1))
    for code in atlas.layers.grids["code"]:
        found = at_grid(atlas, code)
        shown = [linked.seat for linked in (*found.responsible, *found.others)]
        assert sorted(shown) == sorted({link.seat for link in atlas.by_grid[code]})
