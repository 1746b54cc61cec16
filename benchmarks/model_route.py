"""The peer of locating over HTTP: FastAPI with one empty model route, served as we serve."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Point(BaseModel):
    """What the empty route answers with: the point that it was asked about."""

    lon: float
    lat: float
    datum: str


@app.get("/api/v1/locate")
def echo(lon: float, lat: float, datum: str) -> Point:
    """Give the point back."""
    return Point(lon=lon, lat=lat, datum=datum)


@app.get("/healthz")
def health() -> dict[str, str]:
    """Say that it serves."""
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
