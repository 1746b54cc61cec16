"""Locating over HTTP: our route beside an empty FastAPI model route, 32 connections each, every answer compared."""

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.stopwatch import REPEATS
from data.store import Store
from gridmap.datum import Datum
from services.atlas import Atlas, Atlases
from services.locating import locate

CONNECTIONS = 32
REQUESTS = 4_000  # in each round
PATIENCE = 120.0  # seconds for a server to come up
SEED = 20240601

Answer = tuple[float, bytes]  # seconds, body


def run(
    size: str, *, requests: int = REQUESTS, repeats: int = REPEATS, home: Path | None = None
) -> list[dict[str, Any]]:
    """Ask for points of the demo county over HTTP/1.1, one worker a server; `size` other than county is refused.

    The rounds of ours and of the peer's take turns. Rates are the median of the rounds' answers a second, the
    percentiles those of all rounds together. A mismatch is an answer that names another grid, other districts or
    other deputies than the same question asked in process. `home` is an instance of the demo, else one is built.
    """
    if size != "county":
        raise ValueError(f"no size {size}; there is county")
    with tempfile.TemporaryDirectory() as folder:
        place = home or _demo(Path(folder) / "home")
        atlas = Atlases(Store.open(place / "sanlian.db")).on(
            datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
        )
        points = _points(atlas, requests)
        paths = [f"/api/v1/locate?lon={lon}&lat={lat}&datum=wgs84" for lon, lat in points]
        with (
            _served("-m", "api.command", "--home", str(place), "serve", "--port") as ours,
            _served("-m", "benchmarks.model_route") as theirs,
        ):
            rounds = [(asyncio.run(ask(ours, paths)), asyncio.run(ask(theirs, paths))) for _ in range(repeats + 1)][1:]
    wrong = sum(_differs(atlas, point, body) for point, (_, body) in zip(points, rounds[-1][0][1], strict=True))
    our_rate, their_rate = (median(requests / one[side][0] for one in rounds) for side in (0, 1))
    our_p50, our_p99 = _percentiles([answer for one in rounds for answer in one[0][1]])
    their_p50, their_p99 = _percentiles([answer for one in rounds for answer in one[1][1]])
    return [
        {
            "work": f"locate over HTTP, {CONNECTIONS} connections",
            "peer": "FastAPI, an empty model route",
            "answers_per_second": our_rate,
            "peer_answers_per_second": their_rate,
            "ratio": our_rate / their_rate,
            "p50_ms": our_p50,
            "p99_ms": our_p99,
            "p99_over_p50": our_p99 / our_p50,
            "peer_p99_over_p50": their_p99 / their_p50,
            "repeats": repeats,
            "mismatches": wrong,
            "same": wrong == 0,
        }
    ]


async def ask(port: int, paths: Sequence[str]) -> tuple[float, list[Answer]]:
    """Ask for all paths over several connections at once; give the seconds in all, and each answer in order."""
    answers: list[Answer] = [(0.0, b"")] * len(paths)
    waiting = iter(range(len(paths)))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in waiting:
            start = perf_counter()
            writer.write(f"GET {paths[number]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.split(b"\r\n")[0].decode())
            lines = head.lower().split(b"\r\n")
            length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
            answers[number] = (0.0, await reader.readexactly(length))
            answers[number] = (perf_counter() - start, answers[number][1])
        writer.close()

    start = perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return perf_counter() - start, answers


def _percentiles(answers: Sequence[Answer]) -> tuple[float, float]:
    """Give the middle and the 99th percentile, in milliseconds."""
    half, most = np.percentile([1e3 * seconds for seconds, _ in answers], [50, 99])
    return float(half), float(most)


def _points(atlas: Atlas, count: int) -> list[tuple[float, float]]:
    """Scatter points over the county, only those that some grid has."""
    west, south, east, north = atlas.layers.grids.total_bounds
    chance = np.random.default_rng(SEED)
    found: list[tuple[float, float]] = []
    while len(found) < count:
        lonlat = np.round(chance.uniform((west, south), (east, north), (count, 2)), 6)
        inside = atlas.grid_index.locate(lonlat[:, 0], lonlat[:, 1]) >= 0
        found += [(float(lon), float(lat)) for lon, lat in lonlat[inside]]
    return found[:count]


def _differs(atlas: Atlas, point: tuple[float, float], body: bytes) -> bool:
    expected, answer = locate(atlas, *point, Datum.parse("wgs84")), json.loads(body)
    return bool(
        answer["grid"]["code"] != expected.grid.code
        or {layer: one["code"] for layer, one in answer["districts"].items()}
        != {piece.layer: piece.district.code for piece in expected.pieces}
        or [one["deputy"]["id"] for one in answer["responsible"]] != [one.deputy.code for one in expected.responsible]
    )


def _demo(home: Path) -> Path:
    """Build the demo instance."""
    command = [sys.executable, "-m", "api.command", "--home", str(home), "demo", "--no-serve"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return home


@contextmanager
def _served(*command: str) -> Iterator[int]:
    """Serve on a free port while the block runs; the port is the command's last word."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, *command, str(port)], stdout=subprocess.DEVNULL)
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int) -> None:
    start = perf_counter()
    while perf_counter() - start < PATIENCE:
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    raise RuntimeError(f"nothing serves on port {port}")
