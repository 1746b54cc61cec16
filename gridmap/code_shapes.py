"""Code shapes: two lists that speak of the same things in differently written codes, and the rule that joins them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Rewrite = Callable[[str], str | None]

PATTERNS = (
    "full_width", "marks", "decimal", "case", "zeros_lost", "zeros_behind", "zeros_missing_behind", "prefix_missing",
    "suffix_behind", "suffix_missing", "scientific",
)  # fmt: skip
EXAMPLES = 3
SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
DECIMAL = re.compile(r"(\d+)\.0+")
MARKS = re.compile(r"[\s'’`\-_./·]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """How the codes of one list have to be rewritten to be those of the other.

    pattern: one of PATTERNS, the first that explains most; scientific means that digits are lost for good.
    matched: how many different codes it joins, of how many that were unknown; examples: (as written, as known).
    """

    pattern: str
    matched: int
    unknown: int
    examples: tuple[tuple[str, str], ...]
    mapping: dict[str, str]


def mismatch(written: Iterable[str], known: Iterable[str]) -> Mismatch | None:
    """Find the one rule that turns most unknown codes into known ones; None when none turns at least half of them.

    A rule counts only where it leads to one known code, and never joins two written codes to one.
    """
    there = set(known)
    unknown = sorted(set(written) - there - {""})
    if not unknown or not there:
        return None
    found = [(name, _joined(unknown, rewrite, there)) for name, rewrite in _rules(there)]
    name, mapping = max(found, key=lambda pair: len(pair[1]), default=("", {}))
    if 2 * len(mapping) >= len(unknown) and mapping:
        return _told(name, mapping, len(unknown))
    lost = {code: "" for code in unknown if SCIENTIFIC.fullmatch(code)}
    return _told("scientific", lost, len(unknown)) if 2 * len(lost) >= len(unknown) else None


def shape_of(codes: Iterable[str]) -> str:
    """Say how codes are written: 9 for a digit, A for a letter, runs counted: 9×12; several shapes joined by ` / `."""
    shapes = sorted({_shape(code) for code in codes if code})
    return " / ".join(shapes[:EXAMPLES]) + (" …" if len(shapes) > EXAMPLES else "")


def _told(name: str, mapping: dict[str, str], unknown: int) -> Mismatch:
    return Mismatch(
        pattern=name, matched=len(mapping), unknown=unknown, examples=tuple(sorted(mapping.items())[:EXAMPLES]),
        mapping=mapping,
    )  # fmt: skip


def _joined(unknown: Sequence[str], rewrite: Rewrite, known: set[str]) -> dict[str, str]:
    """Rewrite every unknown code; keep what is known then, unless two codes would become one."""
    mapping: dict[str, str] = {}
    for code in unknown:
        rewritten = rewrite(code)
        if rewritten is not None and rewritten in known:
            mapping[code] = rewritten
    targets = list(mapping.values())
    return mapping if len(set(targets)) == len(targets) else {}


def _rules(known: set[str]) -> list[tuple[str, Rewrite]]:
    """List the rules in the order in which they are believed."""
    lengths = sorted({len(code) for code in known})

    def longer(code: str) -> list[int]:
        return [size for size in lengths if size > len(code)]

    def shorter(code: str) -> list[int]:
        return [size for size in reversed(lengths) if size < len(code)]

    by_tail = _unique(known, lambda code, size: code[-size:])
    by_head = _unique(known, lambda code, size: code[:size])
    folded = {code.casefold(): code for code in known}
    return [
        ("full_width", lambda code: unicodedata.normalize("NFKC", code).strip()),
        ("marks", lambda code: MARKS.sub("", unicodedata.normalize("NFKC", code))),
        ("decimal", lambda code: found[1] if (found := DECIMAL.fullmatch(code)) else None),
        ("case", lambda code: folded.get(code.casefold())),
        ("zeros_lost", lambda code: _first((code.rjust(size, "0") for size in longer(code)), known)),
        ("zeros_behind", lambda code: _first((code[:n] for n in shorter(code) if not code[n:].strip("0")), known)),
        ("zeros_missing_behind", lambda code: _first((code.ljust(size, "0") for size in longer(code)), known)),
        ("prefix_missing", lambda code: by_tail(code) if len(code) >= 3 else None),
        ("suffix_behind", lambda code: _first((code[:size] for size in shorter(code)), known)),
        ("suffix_missing", lambda code: by_head(code) if len(code) >= 6 else None),
    ]  # fmt: skip


def _unique(known: set[str], part: Callable[[str, int], str]) -> Rewrite:
    """Look a code up as the beginning or end of a longer known one; only where there is one alone."""
    tables: dict[int, dict[str, str | None]] = {}

    def look(code: str) -> str | None:
        size = len(code)
        if size not in tables:
            table: dict[str, str | None] = {}
            for one in known:
                if len(one) > size:
                    key = part(one, size)
                    table[key] = None if key in table else one
            tables[size] = table
        return tables[size].get(code)

    return look


def _first(codes: Iterable[str], known: set[str]) -> str | None:
    return next((code for code in codes if code in known), None)


def _shape(code: str) -> str:
    """Write the shape of one code: 440784001A → 9×9 A×1."""
    runs = re.findall(r"[0-9]+|[０-９]+|[^\W\d_]+|[\W_]+", code)
    return " ".join(f"{_class(run[0])}×{len(run)}" for run in runs)


def _class(letter: str) -> str:
    if letter in "0123456789":
        return "9"
    if letter.isdigit():
        return "９"
    return "A" if letter.isalpha() else letter
