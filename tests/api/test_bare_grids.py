"""Grids that come without households, villages or a plan still answer over HTTP."""

import asyncio
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import httpx
import pytest
from shapely.geometry import box

from api.application import create_app
from api.settings import Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    file = folder / "grids.geojson"
    frame = gpd.GeoDataFrame({"code": ["Ж 1"], "name": ["Первый"]}, geometry=[box(10, 50, 11, 51)], crs="EPSG:4326")
    frame.to_file(file, driver="GeoJSON")
    home = folder / "ours"
    for words in (
        ("init", "--term", "T1"),
        ("import", "grids", str(file), "--datum", "wgs84", "--generation", "G1"),
        ("generation", "activate", "G1", "--unplaced"),
    ):
        done = subprocess.run([sys.executable, "-m", "api.command", "--home", str(home), *words], check=False)
        assert done.returncode == 0
    return home


@pytest.mark.parametrize(
    "path", ["/api/v1/grids/%D0%96%201", "/api/v1/locate?lon=10.5&lat=50.5&datum=wgs84", "/locate"]
)
def test_it_answers(home: Path, path: str) -> None:
    app = create_app(Settings(home=home))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path, headers={"accept": "text/html"})

    answer = asyncio.run(ask())
    app.state.house.store.close()
    assert answer.status_code == 200
    assert "Первый" in answer.text
