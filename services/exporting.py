"""Exporting: a table goes out in a form that people can open, or the refusal says which forms there are."""

from pathlib import Path
from typing import Any, BinaryIO, get_args

import pandas as pd
from sqlalchemy.orm import Session

from data.exports import Format, write_table
from services.act import Act, record
from services.errors import BadRequestError

FORMATS: tuple[Format, ...] = get_args(Format)


def export_table(frame: pd.DataFrame, target: Path | BinaryIO, fmt: str, *, title: str, synthetic: bool) -> None:
    """Write a table as `fmt`. Raises BadRequestError naming the known forms."""
    for known in FORMATS:
        if fmt == known:
            write_table(frame, target, known, title=title, synthetic=synthetic)
            return
    raise BadRequestError("error.export_format", format=fmt, known=" ".join(FORMATS))


def record_export(unit: Session, act: Act, what: str, *, form: str, **facts: Any) -> None:
    """Write down that a paper with people's names was taken out: which, in which form, of what, by whom and when."""
    record(unit, act, "paper.export", paper=what, form=form, **facts)
