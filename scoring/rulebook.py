"""The rule book's door: a YAML text becomes a rule book or all its flaws at once, and proves its own examples."""

from dataclasses import dataclass
from datetime import date

from scoring.agreement import check_agreement
from scoring.awards import award, base_points
from scoring.clauses import clause_of
from scoring.entries import Entry
from scoring.flaws import FlawList, RuleBookError, RuleFlaw
from scoring.periods import Period
from scoring.reading import KEYS, read_book
from scoring.reckoning import reckonings
from scoring.rules import Example, RuleBook
from scoring.tenure import Tenure

__all__ = ["KEYS", "Outcome", "RuleBook", "RuleBookError", "RuleFlaw", "parse", "run_examples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one worked example; points in tenths.

    rule: the rule that carries it, empty for an example of the whole book.  entries and cuts are None where the
    example does not say what they should be.
    """

    rule: str
    name: str
    line: int
    total: int
    wanted_total: int
    entries: tuple[int, ...]
    wanted_entries: tuple[int, ...] | None
    cuts: tuple[str, ...]
    wanted_cuts: tuple[str, ...] | None

    @property
    def holds(self) -> bool:
        """Whether the rules give what the example says."""
        return (
            self.total == self.wanted_total
            and self.wanted_entries in (None, self.entries)
            and self.wanted_cuts in (None, self.cuts)
        )


def parse(text: str, *, name: str) -> RuleBook:
    """Read a rule book. Raises RuleBookError with every flaw, each with its line; name is the file's, for the flaws."""
    flaws = FlawList(name)
    clause = clause_of(text, flaws)
    flaws.raise_any()
    if clause is None:  # a text without a clause has left a flaw above
        raise RuleBookError(())
    book = read_book(clause)
    check_agreement(book, flaws)
    flaws.raise_any()
    return book


def run_examples(book: RuleBook) -> list[Outcome]:
    """Award the activities of every worked example, rule by rule and then the book's own."""
    carried = [(rule.id, example) for rule in book.rules.values() for example in rule.examples]
    return [_outcome(book, rule, example) for rule, example in [*carried, *(("", one) for one in book.examples)]]


def _outcome(book: RuleBook, rule: str, example: Example) -> Outcome:
    entries = award(example.activities, book)
    if example.year is not None:
        entries += _whole_year(book, example, example.year)
    return Outcome(
        rule=rule,
        name=example.name,
        line=example.line,
        total=sum(entry.tenths for entry in entries),
        wanted_total=example.total,
        entries=tuple(entry.tenths for entry in entries),
        wanted_entries=example.entries,
        cuts=tuple(str(entry.reason_facts.get("cut_by", "")) for entry in entries),
        wanted_cuts=example.cuts,
    )


def _whole_year(book: RuleBook, example: Example, year: int) -> list[Entry]:
    """Give what a year adds to the acts of an example: base points, then missed duties and rates."""
    seats = {
        one.seat: Tenure(seat=one.seat, person=one.person, level=one.level, start=date(year, 1, 1))
        for one in example.activities
    }
    period = Period.parse(f"{year:04d}")
    return base_points(seats.values(), book, year) + reckonings(
        example.activities, book, seats.values(), period, until=period.end, term=period
    )
