"""Published schemas: what editors check a rule book against while it is written; for everybody, without a log-in."""

from fastapi import APIRouter
from fastapi.responses import Response

from data.rules import schema

router = APIRouter()


@router.get("/schemas/rulebook.json")
def rulebook_schema() -> Response:
    """Give the JSON Schema of rule books."""
    return Response(schema(), media_type="application/schema+json", headers={"Access-Control-Allow-Origin": "*"})
