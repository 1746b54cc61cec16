"""The pages, Chinese first: one module for each thing people come for."""

from fastapi import APIRouter

from api.pages import (
    activities,
    coverage,
    deputies,
    entering,
    entrance,
    locate,
    maps,
    paper,
    periods,
    plans,
    rankings,
    rules,
    seats,
    wallmaps,
)

PARTS = (
    entrance, locate, wallmaps, coverage, maps, rankings, deputies, plans, paper, seats, entering, activities, periods,
    rules,
)  # fmt: skip
routes = APIRouter(include_in_schema=False)
for part in PARTS:
    routes.include_router(part.router)
routes.include_router(activities.export_router)
