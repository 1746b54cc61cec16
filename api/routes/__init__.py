"""The JSON doors under /api/v1, grouped by what is asked."""

from fastapi import APIRouter

from api.routes import coverage, health, locate, people, points

routes = APIRouter()
for part in (health, locate, coverage, people, points):
    routes.include_router(part.router)
