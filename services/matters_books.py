"""The process books of matters: which one new matters come in under, and the text that each old one keeps."""

import hashlib
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from congress.process.book import ProcessBook, ProcessBookError, parse
from data.practices import UnknownPracticeError
from data.practices import text as shipped_text
from data.tables import ProcessBookRow
from services.act import Act, record
from services.errors import BadRequestError
from services.instance import setting


@cache
def read_book(text: str, name: str) -> ProcessBook:
    """Parse a book's text; the same text is parsed once."""
    return parse(text, name=name)


def book_in_use(unit: Session, act: Act, name: str = "") -> ProcessBookRow:
    """Give the book that a new matter comes in under (named, else the setting's), kept at its first use.

    Raises BadRequestError for a name that is neither shipped nor kept.
    """
    wanted = name or str(setting(unit, "matters.book"))
    try:
        text = shipped_text(wanted)
        book = read_book(text, wanted)
    except (UnknownPracticeError, ProcessBookError) as wrong:
        raise BadRequestError("error.process_book", book=wanted) from wrong
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = unit.scalar(select(ProcessBookRow).where(ProcessBookRow.sha256 == digest))
    if row is None:
        row = ProcessBookRow(name=wanted, version=book.version, text=text, sha256=digest, kept_at=act.at)
        unit.add(row)
        unit.flush()
        record(unit, act, "matter.book", book=wanted, version=book.version, sha256=digest)
    return row


def book_of(unit: Session, book_id: int) -> ProcessBook:
    """Give the book that a matter came in under."""
    row = unit.get_one(ProcessBookRow, book_id)
    return read_book(row.text, row.name)
