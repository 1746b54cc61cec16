"""The legend of how many are linked tells grids apart wherever most of them are, few deputies or many."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.coverage import SCALE, Scale, scales


def links(counts: list[int]) -> Scale:
    """Grade grids with so many linked deputies each."""
    frame = gpd.GeoDataFrame(
        {"linked": [count > 0 for count in counts], "leads": [[]] * len(counts), "load": [0.0] * len(counts),
         "acts": [0] * len(counts), "deputies": counts},
        geometry=[shapely.box(x, 0, x + 1, 1) for x in range(len(counts))], crs="EPSG:4326",
    )  # fmt: skip
    return scales(frame)["links"]


def test_a_few_deputies_have_a_step_for_each_number() -> None:
    assert [step.low for step in links([0, 1, 2, 2, 4]).steps] == [None, 1, 2, 3, 4]
    assert [step.low for step in links([1, 6]).steps] == [None, 1, 2, 3, 4, 5, 6]


def test_many_deputies_are_not_all_in_the_last_step() -> None:
    scale = links([3, 3, 4, 4, 5, 6, 7, 8, 10, 14])
    assert max(step.grids for step in scale.steps) <= 3
    assert [step.high for step in scale.steps][-1] is None


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_every_grid_stands_in_the_step_that_names_its_number(counts: list[int]) -> None:
    scale = links(counts)
    assert len(scale.steps) <= len(SCALE) + 1
    for count, index in zip(counts, scale.index, strict=True):
        step = scale.steps[index]
        if step.low is None:
            assert count == 0
        else:
            assert step.low <= count
            assert step.high is None or count <= step.high
    assert sum(step.grids for step in scale.steps) == len(counts)


@pytest.mark.parametrize("counts", [[0, 0], [0]])
def test_where_nobody_is_linked_the_steps_still_stand(counts: list[int]) -> None:
    assert links(counts).steps[0].grids == len(counts)
