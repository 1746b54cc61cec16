"""What moves when deputies leave and households change, for plans solved afresh, kept in mind and repaired."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.ground import SEED, districts, grids, seats, size_of
from gridmap.overlay import pieces
from gridmap.placement import KEEPING, Lock, Plan, place

GROWTH = (0.02, 0.05, 0.10)  # by how much the households of a piece change, as a standard deviation


def run(size: str, *, repeats: int = 1) -> list[dict[str, Any]]:
    """Let one deputy of every district with several leave, and let households change; count who gets another deputy.

    Households that had to change since their deputy left are counted apart from those that the new plan moves beyond
    them; both as percents of the households of these districts. Beside them stand what is gained by moving: the
    largest load over its bound, as a mean, and the territories broken.
    """
    del repeats  # every number here is a count, not a time
    scale = size_of(size)
    layer = pieces(grids(scale.grids), districts(scale.districts, scale.grids))
    layer = layer[layer["joined"].isna()].reset_index(drop=True)
    roster = seats(layer, total=scale.seats)
    before = place(layer, roster)
    return [*_leaving(layer, roster, before), *_growing(layer, roster, before)]


def _leaving(layer: gpd.GeoDataFrame, roster: pd.DataFrame, before: Plan) -> list[dict[str, Any]]:
    chance = np.random.default_rng(SEED)
    several = roster.groupby("district")["seat"].transform("size") > 1
    gone = roster[several].groupby("district")["seat"].agg(lambda codes: codes.iloc[chance.integers(len(codes))])
    stay = roster[several & ~roster["seat"].isin(gone)]
    here = layer[layer["district"].isin(stay["district"])]
    now = before.links[["seat", "grid", "district"]]
    now = now[now["district"].isin(stay["district"])]
    locks = [
        Lock(seat=row.seat, grid=row.grid, district=row.district, reason="in force")
        for row in now[now["seat"].isin(stay["seat"])].itertuples()
    ]
    plans = {
        "afresh": place(here, stay),
        "moves counted, cap as ever": place(here, stay, current=now, keeping=None),
        f"moves counted, cap {KEEPING:.0%}": place(here, stay, current=now),
        "repair": place(here, stay, current=now, locks=locks),
    }
    return [_row("one deputy in each district leaves", rule, now, plan, list(gone)) for rule, plan in plans.items()]


def _growing(layer: gpd.GeoDataFrame, roster: pd.DataFrame, before: Plan) -> list[dict[str, Any]]:
    chance = np.random.default_rng(SEED)
    now, rows = before.links[["seat", "grid", "district"]], []
    for spread in GROWTH:
        factor = np.exp(chance.normal(0.0, spread, len(layer)))
        grown = layer.assign(households=np.maximum(1, np.rint(layer["households"] * factor)).astype(np.int64))
        plans = {
            "afresh": place(grown, roster),
            "moves counted, cap as ever": place(grown, roster, current=now, keeping=None),
            f"kept within {KEEPING:.0%}": place(grown, roster, current=now),
        }
        rows += [_row(f"households change by {spread:.0%}", rule, now, plan, []) for rule, plan in plans.items()]
    return rows


def _row(work: str, rule: str, now: pd.DataFrame, plan: Plan, gone: Sequence[str]) -> dict[str, Any]:
    """Count, among the links of a plan, the households whose deputy is not the one in force."""
    links = plan.links.merge(now.rename(columns={"seat": "was"}), on=["grid", "district"])
    forced = links["was"].isin(gone)
    other = (links["was"] != links["seat"]) & ~forced
    total = links["households"].sum()
    table = plan.districts[plan.districts["seats"] > 0]
    return {
        "work": work,
        "rule": rule,
        "the_leavers_percent": 100.0 * float(links["households"][forced].sum() / total),
        "beyond_percent": 100.0 * float(links["households"][other].sum() / total),
        "districts_touched": int(links["district"][other].nunique()),
        "largest_over_bound": float((table["largest"] / table["bound"].clip(lower=1)).mean()),
        "worst_over_bound": float((table["largest"] / table["bound"].clip(lower=1)).max()),
        "broken": int(table["broken"].sum()),
    }
