"""Points are exact: whole tenths, read from decimal text, rounded once and written back as text."""

import re

DECIMAL = re.compile(r"(-?)(\d{1,7})(?:\.(\d{1,6}))?", re.ASCII)
ROUNDINGS = ("half_up", "down", "up")


def thousandths_of(text: str) -> int | None:
    """Read a decimal text such as `0.333` as whole thousandths; None when it is not one, or is finer."""
    return _scaled(text, 3)


def tenths_of(text: str) -> int | None:
    """Read a decimal text such as `2`, `2.5` or `-1.0` as whole tenths; None when it is not one, or is finer."""
    return _scaled(text, 1)


def text_of(tenths: int) -> str:
    """Write tenths as the shortest decimal text: 25 is `2.5`, 20 is `2`, -5 is `-0.5`."""
    whole, rest = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}{f'.{rest}' if rest else ''}"


def rounded(numerator: int, denominator: int, *, quantum: int, rounding: str) -> int:
    """Round numerator/denominator to a multiple of the quantum (all in tenths).

    The size is rounded and the sign kept, so that a deduction rounds like an award: `half_up` takes a half
    away from zero, `down` towards zero, `up` away from zero. Raises ValueError for another rounding.
    """
    size, step = abs(numerator), denominator * quantum
    if rounding == "half_up":
        steps = (2 * size + step) // (2 * step)
    elif rounding == "down":
        steps = size // step
    elif rounding == "up":
        steps = -(-size // step)
    else:
        raise ValueError(f"unknown rounding {rounding!r}; known: {', '.join(ROUNDINGS)}")
    return steps * quantum if numerator >= 0 else -steps * quantum


def _scaled(text: str, digits: int) -> int | None:
    found = DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.group(1), found.group(2), (found.group(3) or "").rstrip("0")
    if len(fraction) > digits:
        return None
    size = int(whole + fraction.ljust(digits, "0"))
    return -size if sign else size
