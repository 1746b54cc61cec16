"""Uploads: a file sent by a page waits under its SHA-256 to be checked, tried and imported without being sent again."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from services.errors import BadRequestError, NotFoundError, TooLargeError
from services.evidence import plain_name

FOLDER = "uploads"
KEPT = timedelta(days=7)  # after that a file that nobody imported is thrown away
MOST_BYTES = 512 * 1024 * 1024
CHUNK = 1024 * 1024
ENDINGS = (".geojson", ".json", ".gpkg", ".zip", ".shp", ".csv", ".xlsx", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that waits: the 64 hex digits it lies under, its name, its path and its size in bytes."""

    sha256: str
    name: str
    path: Path
    size: int


def take_in(home: Path, stream: BinaryIO, name: str, at: datetime) -> Upload:
    """Lay an uploaded file down and throw away what nobody imported. Raises BadRequestError, TooLargeError."""
    shown = plain_name(name)
    if not shown.lower().endswith(ENDINGS):
        raise BadRequestError("error.upload_type", name=shown, known=" ".join(ENDINGS))
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    throw_away(folder, at)
    draft = folder / f".draft-{at.timestamp():.6f}"
    try:
        sha256, size = write_down(draft, stream)
    except Exception:
        draft.unlink(missing_ok=True)  # a full disk is not kept full
        raise
    place = folder / sha256
    place.mkdir(exist_ok=True, mode=0o700)
    for other in place.iterdir():
        other.unlink()
    path = draft.rename(place / shown)
    path.chmod(0o600)
    return Upload(sha256=sha256, name=shown, path=path, size=size)


def write_down(draft: Path, stream: BinaryIO) -> tuple[str, int]:
    """Write what comes; give its SHA-256 as 64 hex digits and its size in bytes. Raises TooLargeError."""
    digest, size = hashlib.sha256(), 0
    with draft.open("xb") as target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLargeError("error.too_large")
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest(), size


def find_upload(home: Path, sha256: str) -> Upload:
    """Find a file that waits. Raises NotFoundError for one that was never sent or was thrown away."""
    known = len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")
    folder = home / FOLDER / sha256
    files = sorted(folder.iterdir()) if known and folder.is_dir() else []
    if not files:
        raise NotFoundError("error.upload_gone")
    return Upload(sha256=sha256, name=files[0].name, path=files[0], size=files[0].stat().st_size)


def throw_away(folder: Path, at: datetime) -> None:
    """Remove the files that have waited too long."""
    for place in folder.iterdir():
        if place.is_dir() and at - datetime.fromtimestamp(place.stat().st_mtime, UTC) > KEPT:
            shutil.rmtree(place)
