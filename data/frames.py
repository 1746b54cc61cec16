"""Frames: the rows of a frame as named values, one after the other."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Give each row with its columns as attributes, in order."""
    return iter(frame.itertuples(index=False))
