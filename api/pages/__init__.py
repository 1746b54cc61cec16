"""The pages, Chinese first: one module for each thing people come for."""

from fastapi import APIRouter

from api.pages import coverage, deputies, entrance, locate, rankings

routes = APIRouter(include_in_schema=False)
for part in (entrance, locate, coverage, rankings, deputies):
    routes.include_router(part.router)
