"""The pages, Chinese first: one module for each thing people come for."""

from fastapi import APIRouter

from api.pages import (
    activities,
    cards,
    correcting,
    coverage,
    cuts,
    decisions,
    deputies,
    entering,
    entrance,
    fairness,
    generations,
    grid,
    heat,
    importing,
    kiosk,
    locate,
    locks,
    maps,
    matter_follow,
    matter_measures,
    matter_new,
    matter_one,
    matters,
    paper,
    papers,
    periods,
    plans,
    proposing,
    published,
    rankings,
    rules,
    schemas,
    seats,
    statements,
    terms,
    wallmaps,
)

PARTS = (
    entrance, locate, wallmaps, coverage, maps, rankings, deputies, cuts, paper, plans, papers, seats, statements,
    entering, correcting,
    activities, periods, rules,
    published, proposing, locks, generations, importing, terms, decisions,
    grid, cards, heat, matter_new, matter_follow, matter_measures, matters, matter_one, kiosk,
    fairness, schemas,
)  # fmt: skip
routes = APIRouter(include_in_schema=False)
for part in PARTS:
    routes.include_router(part.router)
routes.include_router(activities.export_router)
routes.include_router(matters.export_router)
