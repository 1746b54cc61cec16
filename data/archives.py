"""Archives: looks into a zip without trusting it, and unpacks only what was asked for, only as much as is allowed."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from data.paper import Limits, Report

CHUNK = 1 << 20
ENCRYPTED = 0x1
DAMAGE = (BadZipFile, EOFError, zlib.error, OSError, NotImplementedError, ValueError)


@contextmanager
def opened(path: Path, limits: Limits, report: Report) -> Iterator["Archive"]:
    """Open a zip and check its table of contents; whatever is wrong with it ends the reading."""
    try:
        archive = ZipFile(path)
    except DAMAGE as error:
        raise report.stop("broken_archive") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > limits.members:
            raise report.stop("too_many_members", count=len(infos), most=limits.members)
        if sum(info.file_size for info in infos) > limits.unpacked_bytes:
            raise report.stop("zip_bomb", most=limits.unpacked_bytes // 1_000_000)
        for info in infos:
            if _leaves_its_folder(info.filename):
                raise report.stop("unsafe_path", name=info.filename)
            if info.flag_bits & ENCRYPTED:
                raise report.stop("encrypted_archive")
        yield Archive(archive, infos, limits, report)


class Archive:
    """An open zip whose contents are read with one common allowance."""

    def __init__(self, archive: ZipFile, infos: list[ZipInfo], limits: Limits, report: Report) -> None:
        self._archive = archive
        self._left = limits.unpacked_bytes
        self._limits = limits
        self._report = report
        self.infos = infos

    def content(self, info: ZipInfo) -> bytes:
        """Read one member, checked against its checksum and against the allowance, whatever its header says."""
        parts = []
        try:
            with self._archive.open(info) as stream:
                while part := stream.read(CHUNK):
                    self._left -= len(part)
                    if self._left < 0:
                        raise self._report.stop("zip_bomb", most=self._limits.unpacked_bytes // 1_000_000)
                    parts.append(part)
        except DAMAGE as error:
            raise self._report.stop("broken_archive") from error
        return b"".join(parts)


def member_name(info: ZipInfo) -> str:
    """Give a member's name as its maker saw it: old Chinese zips write GBK and say nothing."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def _leaves_its_folder(name: str) -> bool:
    """Tell a name that would land outside the folder it is unpacked in."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or (path.parts[:1] != () and path.parts[0].endswith(":"))
