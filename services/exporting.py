"""Exporting: a table goes out in a form that people can open, or the refusal says which forms there are."""

from pathlib import Path
from typing import BinaryIO, get_args

import pandas as pd

from data.exports import Format, write_table
from services.errors import BadRequestError

FORMATS: tuple[Format, ...] = get_args(Format)


def export_table(frame: pd.DataFrame, target: Path | BinaryIO, fmt: str, *, title: str, synthetic: bool) -> None:
    """Write a table as `fmt`. Raises BadRequestError naming the known forms."""
    for known in FORMATS:
        if fmt == known:
            write_table(frame, target, known, title=title, synthetic=synthetic)
            return
    raise BadRequestError("error.export_format", format=fmt, known=" ".join(FORMATS))
