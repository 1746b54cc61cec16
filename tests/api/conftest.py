"""What the tests of the doors know of the demo: its atlas, read from the served store, and a few of its places."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from data.store import Store
from services.act import Act
from services.atlas import Atlas, Atlases

if TYPE_CHECKING:
    from tests.conftest import Served


class Spot(NamedTuple):
    """A point inside a grid, or on its border."""

    lon: float
    lat: float
    grid: str


@pytest.fixture(scope="session")
def atlas(heshan: "Served") -> Iterator[Atlas]:
    """Give the atlas that the served demo answers from."""
    store = Store.open(heshan.home / "sanlian.db")
    yield Atlases(store).on(Act(actor="test", at=datetime.now(UTC)).today)
    store.close()


@pytest.fixture(scope="session")
def inside(atlas: Atlas) -> Spot:
    """Give a point well inside a grid of a town, which has both layers."""
    town = atlas.layers.grids[atlas.layers.grids["town"] == "440784103"].iloc[3]
    point = town.geometry.representative_point()
    return Spot(round(point.x, 6), round(point.y, 6), str(town["code"]))


@pytest.fixture(scope="session")
def corner(atlas: Atlas) -> Spot:
    """Give a vertex that two grids share, with the lower of their codes."""
    grids = atlas.layers.grids
    met: dict[tuple[float, float], str] = {}
    for code, shape in zip(grids["code"], grids.geometry, strict=True):
        for vertex in shape.exterior.coords:
            if vertex in met and met[vertex] != code:
                return Spot(vertex[0], vertex[1], min(met[vertex], str(code)))
            met[vertex] = str(code)
    raise AssertionError("no two grids of the demo touch")
