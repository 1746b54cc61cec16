"""The lists of the coverage page come by pages that cover them whole, and lead back to themselves."""

from hypothesis import given
from hypothesis import strategies as st

from api.pages.coverage import paged


@given(st.integers(0, 230), st.integers(1, 9))
def test_the_pages_of_a_list_are_the_list(count: int, number: int) -> None:
    items = [{"grid": str(row)} for row in range(count)]
    _, first = paged(items, 1, "uncovered")
    assert [item for page in range(1, first.pages + 1) for item in paged(items, page, "uncovered")[0]] == items
    shown, pager = paged(items, number, "uncovered")
    assert pager.page == min(number, pager.pages)
    assert pager.total == count
    assert (pager.next == "") == (pager.page == pager.pages)
    assert pager.previous in ("", f"/maps/coverage?uncovered={pager.page - 1}#uncovered")
    assert len(shown) <= 50
