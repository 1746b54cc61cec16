"""Clauses: the YAML text of a rule book as values that remember their line and write their flaws down."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import yaml

from scoring.flaws import FlawList
from scoring.points import tenths_of, thousandths_of

MAX_CHARACTERS = 500_000
MAX_DEPTH = 16
NAME = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,59}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WHOLE = re.compile(r"\d{1,6}", re.ASCII)
FLAGS = {"true": True, "false": False}


class Clause:
    """A node of the text with its path. Readers write a flaw down and give a stand-in, so reading goes on."""

    def __init__(self, node: yaml.Node, path: str, flaws: FlawList) -> None:
        """Hold a node, where it stands and where its flaws go."""
        self.node = node
        self.path = path
        self.flaws = flaws

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return _line(self.node.start_mark)

    def flaw(self, kind: str, **facts: str | int) -> None:
        """Write down what is wrong here."""
        self.flaws.add(self.line, self.path, kind, **facts)

    def entries(self) -> "dict[str, Clause]":
        """Read a mapping with free keys; a key written twice is a flaw."""
        if not isinstance(self.node, yaml.MappingNode):
            self.flaw("wrong_shape", wanted="mapping")
            return {}
        found: dict[str, Clause] = {}
        for key, value in self.node.value:
            line = _line(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                self.flaws.add(line, self.path, "wrong_shape", wanted="key")
            elif key.value in found:
                self.flaws.add(line, self._under(key.value), "duplicate_key", first=found[key.value].line)
            else:
                found[key.value] = Clause(value, self._under(key.value), self.flaws)
        return found

    def named(self) -> "dict[str, Clause]":
        """Read a mapping whose keys are identifiers."""
        found = self.entries()
        for key, clause in found.items():
            if NAME.fullmatch(key) is None:
                clause.flaw("not_a_name", value=key)
        return found

    def fields(self, keys: Mapping[str, bool]) -> "dict[str, Clause]":
        """Read a mapping whose keys are known (True: required); others, and missing ones, are flaws."""
        found = self.entries()
        for key in [key for key in found if key not in keys]:
            found.pop(key).flaw("unknown_key", word=key, known=", ".join(keys))
        if isinstance(self.node, yaml.MappingNode):
            for key in (key for key, required in keys.items() if required and key not in found):
                self.flaws.add(self.line, self._under(key), "missing_key", word=key)
        return found

    def items(self) -> "list[Clause]":
        """Read a sequence."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.flaw("wrong_shape", wanted="list")
            return []
        return [Clause(node, f"{self.path}[{at}]", self.flaws) for at, node in enumerate(self.node.value, start=1)]

    def text(self) -> str:
        """Read a text that is not empty."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.flaw("wrong_shape", wanted="text")
            return ""
        if not self.node.value.strip():
            self.flaw("empty")
        return str(self.node.value).strip()

    def words(self) -> dict[str, str]:
        """Read the same words in Chinese and English."""
        return {language: clause.text() for language, clause in self.fields({"zh": True, "en": True}).items()}

    def name(self) -> str:
        """Read an identifier: small letters, digits, dot, dash, underscore."""
        text = self.text()
        if text and NAME.fullmatch(text) is None:
            self.flaw("not_a_name", value=text)
        return text

    def names(self) -> tuple[str, ...]:
        """Read a list of identifiers that is not empty and has none twice."""
        found = [clause.name() for clause in self.items()]
        self._check_list(found)
        return tuple(found)

    def choices(self, known: Iterable[str]) -> tuple[str, ...]:
        """Read a list of known words that is not empty and has none twice."""
        options = tuple(known)
        found = [clause.choice(options) for clause in self.items()]
        self._check_list(found)
        return tuple(found)

    def choice(self, known: Iterable[str]) -> str:
        """Read one of the known words."""
        text, options = self.text(), tuple(known)
        if text and text not in options:
            self.flaw("unknown_choice", value=text, known=", ".join(options))
        return text

    def flag(self) -> bool:
        """Read true or false."""
        text = self.text()
        if text and text not in FLAGS:
            self.flaw("unknown_choice", value=text, known="true, false")
        return FLAGS.get(text, False)

    def points(self, quantum: int) -> int:
        """Read points as tenths; what is not a multiple of the quantum is a flaw."""
        text = self.text()
        tenths = tenths_of(text)
        if thousandths_of(text) is None and tenths is None:
            if text:
                self.flaw("not_points", value=text)
            return 0
        if tenths is None or tenths % quantum:
            self.flaw("not_multiple_of_quantum", value=text, quantum=f"{quantum // 10}.{quantum % 10}")
            return 0
        return tenths

    def thousandths(self) -> int:
        """Read a decimal of at most three digits as thousandths."""
        text = self.text()
        value = thousandths_of(text)
        if value is None:
            if text:
                self.flaw("not_points", value=text)
            return 0
        return value

    def whole(self, *, least: int = 0) -> int:
        """Read a whole number."""
        text = self.text()
        if text and (WHOLE.fullmatch(text) is None or int(text) < least):
            self.flaw("not_a_whole_number", value=text, least=least)
            return least
        return int(text or least)

    def day(self) -> date:
        """Read a day written YYYY-MM-DD."""
        return day_of(self, self.text())

    def _check_list(self, found: list[str]) -> None:
        if not found and isinstance(self.node, yaml.SequenceNode):
            self.flaw("empty")
        for name in sorted({name for name in found if found.count(name) > 1}):
            self.flaw("named_twice", value=name)

    def _under(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def day_of(clause: Clause, text: str) -> date:
    """Read a day from a clause's value or key; a flaw gives the first day of the calendar as a stand-in."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    if text:
        clause.flaw("not_a_date", value=text)
    return date.min


def clause_of(text: str, flaws: FlawList) -> Clause | None:
    """Read a YAML text as one clause; a text that is not plain YAML gives flaws and None.

    Anchors, aliases and tags are refused: a rule must stand where it is read. So are deep nesting and huge texts.
    """
    if len(text) > MAX_CHARACTERS:
        flaws.add(1, "", "too_large", most=MAX_CHARACTERS)
        return None
    text = text.removeprefix("\ufeff")
    try:
        if not _is_plain(text, flaws):
            return None
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as wrong:
        flaws.add(_line_of(wrong, text), "", "yaml_syntax", problem=str(getattr(wrong, "problem", "") or wrong))
        return None
    if node is None:
        flaws.add(1, "", "empty")
        return None
    return Clause(node, "", flaws)


def _is_plain(text: str, flaws: FlawList) -> bool:
    """Walk the events once, before anything is built, and refuse what a rule book has no use for."""
    before, depth, documents = len(flaws.found), 0, 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            flaws.add(line, "", "several_documents")
            break
        if anchor := getattr(event, "anchor", None):
            flaws.add(line, "", "anchor_refused", anchor=str(anchor))
        if tag := getattr(event, "tag", None):
            flaws.add(line, "", "tag_refused", tag=str(tag))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            flaws.add(line, "", "too_deep", most=MAX_DEPTH)
            break
    return len(flaws.found) == before


def _line(mark: Any) -> int:
    """Count from 1 the line of a mark; PyYAML has two kinds of mark, or none."""
    return int(mark.line) + 1 if mark is not None else 1


def _line_of(wrong: yaml.YAMLError, text: str) -> int:
    if isinstance(wrong, yaml.MarkedYAMLError):
        return _line(wrong.problem_mark or wrong.context_mark)
    position = getattr(wrong, "position", 0)
    return text.count("\n", 0, position if isinstance(position, int) else 0) + 1
