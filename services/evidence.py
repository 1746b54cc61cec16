"""Evidence: a file somebody chose to add, known by its bytes; pictures are made anew, without place and camera."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ActivityRow, Evidence
from services.act import Act, record
from services.errors import BadRequestError, NotFoundError

MOST_BYTES = 10 * 1024 * 1024  # of one file
MOST_FILES = 6  # of one activity
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 4096  # pixels of what is kept
FOLDER = "evidence"
MAGIC = (
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/webp", 8, b"WEBP"),
    ("application/pdf", 0, b"%PDF-"),
)
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "application/pdf": "pdf"}
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file that may be kept: what it is, under which name it is shown, and the bytes that are kept."""

    media: str
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The 64 hex digits under which it lies."""
        return hashlib.sha256(self.content).hexdigest()


def examine(content: bytes, name: str) -> Sound:
    """Make a file fit to be kept. Raises BadRequestError for what is too large, broken or of another type.

    A picture is drawn anew from its pixels, at most 4096 on a side: no place, time or camera goes along.
    """
    shown = plain_name(name)
    if len(content) > MOST_BYTES:
        raise BadRequestError("error.evidence_too_large", name=shown, most=MOST_BYTES // (1024 * 1024))
    media = media_of(content)
    if media is None:
        raise BadRequestError("error.evidence_type", name=shown)
    kept = redrawn(content, media, shown) if media in PICTURES else content
    stem = shown.rsplit(".", 1)[0][:80] or "1"
    return Sound(media=media, name=f"{stem}.{ENDINGS[media]}", content=kept)


def media_of(content: bytes) -> str | None:
    """Tell the type of a file by its first bytes, never by its name."""
    for media, start, magic in MAGIC:
        if content[start : start + len(magic)] == magic and (media != "image/webp" or content[:4] == b"RIFF"):
            return media
    return None


def redrawn(content: bytes, media: str, name: str) -> bytes:
    """Draw a picture anew, upright, from nothing but its pixels."""
    form = PICTURES[media]
    target = BytesIO()
    try:
        with Image.open(BytesIO(content), formats=[form]) as given:
            if given.width * given.height > MOST_PIXELS:
                raise BadRequestError("error.evidence_pixels", name=name, most=MOST_PIXELS // 1_000_000)
            upright = ImageOps.exif_transpose(given)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            clear = form != "JPEG" and (upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info)
            pixels = upright.convert("RGBA" if clear else "RGB")
            fresh = Image.new(pixels.mode, pixels.size)
            fresh.paste(pixels)
            fresh.save(target, form, quality=88) if form != "PNG" else fresh.save(target, form, optimize=True)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError,
            SyntaxError) as wrong:  # fmt: skip
        raise BadRequestError("error.evidence_broken", name=name) from wrong
    return target.getvalue()


def plain_name(name: str) -> str:
    """Give a file's name without folders and without what no name should have."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*/')[:100].strip() or "1"


def place_of(home: Path, sha256: str) -> Path:
    """Give the path under which a file's bytes lie."""
    return home / FOLDER / sha256[:2] / sha256


def lay_down(home: Path, sound: Sound) -> None:
    """Write a file's bytes for their owner's eyes only, whole or not at all; what lies there already stays."""
    target = place_of(home, sound.sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{sound.sha256}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(sound.content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(target)


def attach(unit: Session, act: Act, home: Path, activity: ActivityRow, files: tuple[Sound, ...]) -> int:
    """Add files to an activity, the same one once; give how many are new. Raises BadRequestError for too many."""
    standing = set(unit.scalars(select(Evidence.sha256).where(Evidence.activity_id == activity.id)))
    new = {sound.sha256: sound for sound in files if sound.sha256 not in standing}
    if len(standing) + len(new) > MOST_FILES:
        raise BadRequestError("error.evidence_too_many", most=MOST_FILES)
    for digest, sound in new.items():
        lay_down(home, sound)
        unit.add(
            Evidence(activity_id=activity.id, sha256=digest, media=sound.media, name=sound.name,
                     size=len(sound.content), added_by=act.actor, added_at=act.at)
        )  # fmt: skip
    if new:
        unit.flush()
        record(unit, act, "activity.evidence", activity=activity.code, files=sorted(new))
    return len(new)


def bring_out(home: Path, row: Evidence) -> bytes:
    """Give a kept file's bytes. Raises NotFoundError when they are gone or no longer what was kept."""
    path = place_of(home, row.sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise NotFoundError("error.evidence_gone", name=row.name)
    return content
