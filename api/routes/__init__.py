"""The JSON doors under /api/v1, grouped by what is asked."""

from fastapi import APIRouter

from api.routes import activities, calendar, coverage, health, locate, matters, people, points, tiles

routes = APIRouter()
for part in (health, calendar, locate, coverage, people, points, tiles, activities, matters):
    routes.include_router(part.router)
