"""A file that a page sends lies down whole under its digest, or leaves nothing behind."""

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest

from services.errors import NotFoundError
from services.uploads import CHUNK, FOLDER, find_upload, take_in

AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


class Torn(io.BytesIO):
    """A file whose second piece never comes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the line went dead")
        return super().read(size)


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="dead"):
        take_in(tmp_path, Torn(b"x" * (CHUNK + 1)), "people.csv", AT)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_file_is_found_by_its_digest_and_by_nothing_else(tmp_path: Path) -> None:
    content = "姓名\n甲".encode()
    sent = take_in(tmp_path, io.BytesIO(content), "../../名册.csv", AT)
    assert (sent.sha256, sent.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert sent.path == tmp_path / FOLDER / sent.sha256 / "名册.csv"
    assert find_upload(tmp_path, sent.sha256) == sent
    for other in ("..", "0" * 64, sent.sha256.upper(), f"{sent.sha256}/.."):
        with pytest.raises(NotFoundError):
            find_upload(tmp_path, other)
