"""The gazetteer (地名录): every place by what people call it, found in a blink though it is written with a slip."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from services.spelling import numbers, spelled

Rows = NDArray[np.int64]
Keys = NDArray[np.uint64]

KINDS = ("town", "village", "station", "grid", "group", "estate", "district", "deputy", "house")  # equals, in order
CANDIDATES = 60  # of each kind that are compared letter by letter
LEAST_SHARED = 0.25  # of the weight of the question's pairs of letters: less is another place
LEAST_ALIKE = 62.0  # of 100: less is not shown
SURE = 80.0  # of 100: nothing so good found, the places that the question mentions are offered too
WRONG_NUMBER = 30.0  # what it costs when every number of the question is another one in the place
SHORT = 4  # letters: a slip leaves such a word hardly a pair, it is compared with every name
CODE = re.compile(r"[0-9a-z][0-9a-z_.-]+")
WHOLE_CODE = 3  # letters: a shorter code is only found whole
LETTER_BITS = np.uint64(21)  # what a Unicode letter's number takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place: what it is, its code and name, where it lies (None where nobody knows), and all that it is called."""

    kind: str
    code: str
    name: str
    note: str = ""
    lon: float | None = None
    lat: float | None = None
    called: str = ""  # the whole text to be found by; the name where empty
    levels: tuple[str, ...] = ()  # of a deputy


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry found: 3 by its very code or name, 2 the words stand in it, 1 alike, 0 the question mentions it."""

    entry: Entry
    way: int
    alike: float  # 0 to 100


class Gazetteer:
    """An index of places by pairs of letters. Never changed; safe to share between threads."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Build the index; entries of one kind are ordered by code."""
        self._entries = sorted(entries, key=lambda entry: (KINDS.index(entry.kind), entry.code, entry.name))
        self._texts = [spelled(entry.called or entry.name) for entry in self._entries]
        self._names = [spelled(entry.name) for entry in self._entries]
        self._codes = [entry.code.casefold() for entry in self._entries]
        self._by_code = sorted(range(len(self._codes)), key=self._codes.__getitem__)
        self._sorted_codes = [self._codes[row] for row in self._by_code]
        self._parts = _runs([entry.kind for entry in self._entries])
        self._few = [row for row, entry in enumerate(self._entries) if entry.kind != "house"]
        self._few_names = [self._names[row] for row in self._few]
        self._lengths = np.array([len(text) for text in self._texts], dtype=np.float64)
        self._keys, self._starts, self._rows = _pairs(self._texts)

    def __len__(self) -> int:
        """Count the places."""
        return len(self._entries)

    def find(self, question: str) -> list[Hit]:
        """Find the places that a question means, the likeliest first; nothing where no place is like it.

        Places that are only alike are given where none holds the very words.
        """
        words = [word for word in (spelled(part) for part in question.split()) if word]
        wanted = "".join(words)
        if not wanted:
            return []
        hits = {row: Hit(entry=self._entries[row], way=3, alike=100.0) for row in self._coded(question)}
        for row in self._candidates(words):
            hit = self._judged(row, words, wanted)
            if hit is not None and row not in hits:
                hits[row] = hit
        if any(hit.way > 1 for hit in hits.values()):
            hits = {row: hit for row, hit in hits.items() if hit.way > 1}
        elif max((hit.alike for hit in hits.values()), default=0.0) < SURE:
            hits = self._mentioned(wanted) | hits
        return [hits[row] for row in sorted(hits, key=lambda row: self._order(hits[row], row))]

    def _coded(self, question: str) -> Iterator[int]:
        """Give the places whose code is the question, or begins with it, the lowest codes."""
        code = unicodedata.normalize("NFKC", question).casefold().strip()
        if CODE.fullmatch(code) is None:
            return
        first = bisect_left(self._sorted_codes, code)
        for place in range(first, min(first + CANDIDATES, len(self._sorted_codes))):
            found = self._sorted_codes[place]
            if found != code and (len(code) < WHOLE_CODE or not found.startswith(code)):
                return
            yield self._by_code[place]

    def _candidates(self, words: Sequence[str]) -> Iterator[int]:
        """Choose the places worth comparing: those that share rare pairs of letters, the shortest first of equals."""
        shared, whole = np.zeros(len(self._texts)), 0.0
        for word in words:
            for first, second in pairwise(word):
                rows = self._having(first, second)
                weight = float(np.log1p(len(self._texts) / max(len(rows), 1)))
                whole += weight
                shared[rows] += weight
            if len(word) == 1:
                rows = np.array([row for row, text in enumerate(self._texts) if word in text], dtype=np.int64)
                whole += 1.0
                shared[rows] += 1.0
        order = shared - self._lengths * 1e-6
        for begin, end in self._parts:
            best = begin + np.argsort(-order[begin:end], kind="stable")[:CANDIDATES]
            yield from (int(row) for row in best if shared[row] >= LEAST_SHARED * whole and shared[row] > 0)
        if all(len(word) <= SHORT for word in words) and max(map(len, words)) > 1:
            alike = process.extract(
                "".join(words), self._few_names, scorer=fuzz.partial_ratio, score_cutoff=LEAST_ALIKE, limit=CANDIDATES
            )
            yield from (self._few[place] for _, _, place in alike)

    def _having(self, first: str, second: str) -> Rows:
        """Give the places in which two letters follow each other."""
        key = (np.uint64(ord(first)) << LETTER_BITS) | np.uint64(ord(second))
        place = int(np.searchsorted(self._keys, key))
        if place == len(self._keys) or self._keys[place] != key:
            return np.empty(0, dtype=np.int64)
        return self._rows[self._starts[place] : self._starts[place + 1]]

    def _judged(self, row: int, words: Sequence[str], wanted: str) -> Hit | None:
        """Compare a place with the question letter by letter; None when it is too unlike."""
        text, name = self._texts[row], self._names[row]
        if name == wanted:
            return Hit(entry=self._entries[row], way=3, alike=100.0)
        asked = numbers(wanted)
        missing = len(asked - numbers(text)) / len(asked) if asked else 0.0
        alike = sum(len(word) * _likeness(word, text) for word in words) / len(wanted) - WRONG_NUMBER * missing
        if alike < LEAST_ALIKE:
            return None
        whole = missing == 0.0 and all(word in text for word in words)
        return Hit(entry=self._entries[row], way=2 if whole else 1, alike=round(alike, 1))

    def _mentioned(self, wanted: str) -> dict[int, Hit]:
        """Give the places, other than houses, whose own name stands in the question; the longest names only."""
        said = [row for row in self._few if 2 <= len(self._names[row]) <= len(wanted) and self._names[row] in wanted]
        longest = max((len(self._names[row]) for row in said), default=0)
        return {
            row: Hit(entry=self._entries[row], way=0, alike=round(100.0 * longest / len(wanted), 1))
            for row in said
            if len(self._names[row]) == longest
        }

    def _order(self, hit: Hit, row: int) -> tuple[int, float, int, int, int]:
        """Order by way, likeness (in steps of five), kind, length, then the entry's own place."""
        return (-hit.way, -round(hit.alike / 5), KINDS.index(hit.entry.kind), len(self._names[row]), row)


def _likeness(word: str, text: str) -> float:
    """Compare a word with a text, 0 to 100: how much of it stands there in order, and how much of that in one place.

    People leave out what they take for granted (坡山二组14号 for 坡山村第二村民小组14号). A word longer than the text
    is compared with the whole of it.
    """
    if len(word) > len(text):
        return fuzz.ratio(word, text)
    return (100.0 * LCSseq.similarity(word, text) / len(word) + fuzz.partial_ratio(word, text)) / 2.0


def _runs(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Give first and last position (half-open) of every kind."""
    found, first = [], 0
    for _, group in groupby(kinds):
        last = first + sum(1 for _ in group)
        found.append((first, last))
        first = last
    return found


def _pairs(texts: Sequence[str]) -> tuple[Keys, Rows, Rows]:
    """Index pairs of letters: sorted keys, where each key's rows begin (one more at the end), and the rows."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    inside = owner[1:] == owner[:-1]
    key = ((letters[:-1] << LETTER_BITS) | letters[1:])[inside]
    rows = owner[:-1][inside]
    order = np.argsort(key, kind="stable")
    key, rows = key[order], rows[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = (key[1:] != key[:-1]) | (rows[1:] != rows[:-1])
    key, rows = key[first], rows[first]
    keys, starts = np.unique(key, return_index=True)
    return keys, np.append(starts, len(rows)).astype(np.int64), rows.astype(np.int64)
