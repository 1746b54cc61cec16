"""Accounts: five wrong passwords lock, sessions end, and only hashes of what lets somebody in are kept."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from data.store import Store
from data.tables import Account, AuditRow, Session
from services.accounts import LOCKED_FOR, MAX_FAILURES, SESSION_LIFE, OpenSession, create_account, log_in, log_out, see
from services.act import Act
from services.errors import BadRequestError, ConflictError, UnknownActorError

START = dt.datetime(2026, 3, 1, 1, tzinfo=dt.UTC)
PASSWORD = "正确的密码 horse"
TOKEN = "token-of-high-entropy"


@pytest.fixture
def house(store: Store) -> Store:
    """Give a store with one account."""
    with store.unit() as unit:
        create_account(unit, after(), user="renda", role="congress", password=PASSWORD, scope="440784001", token=TOKEN)
    return store


def after(span: dt.timedelta = dt.timedelta()) -> Act:
    return Act(actor="renda", at=START + span)


def try_in(store: Store, password: str, span: dt.timedelta = dt.timedelta(), user: str = "renda") -> OpenSession | str:
    with store.unit() as unit:
        return log_in(unit, after(span), user=user, password=password)


def opened(store: Store, span: dt.timedelta = dt.timedelta()) -> OpenSession:
    session = try_in(store, PASSWORD, span)
    assert isinstance(session, OpenSession)
    return session


def seen(store: Store, span: dt.timedelta = dt.timedelta(), **secret: str) -> Any:
    with store.reading() as unit:
        return see(unit, after(span), **secret)


def test_the_right_password_opens_a_session_that_is_seen(house: Store) -> None:
    session = opened(house)
    found = seen(house, cookie=session.cookie)
    assert (found.viewer, found.csrf) == (session.viewer, session.csrf)
    assert (found.viewer.user, found.viewer.role, found.viewer.scope) == ("renda", "congress", "440784001")


def test_a_wrong_password_and_an_unknown_user_are_answered_alike(house: Store) -> None:
    assert try_in(house, "falsch") == try_in(house, PASSWORD, user="niemand") == "error.log_in"


def test_five_failures_lock_the_account_for_a_while_even_for_the_right_password(house: Store) -> None:
    for _ in range(MAX_FAILURES):
        assert try_in(house, "falsch") == "error.log_in"
    assert try_in(house, PASSWORD) == "error.locked"
    assert try_in(house, PASSWORD, LOCKED_FOR - dt.timedelta(seconds=1)) == "error.locked"
    opened(house, LOCKED_FOR)
    with house.reading() as unit:
        acts = [row.act for row in unit.scalars(select(AuditRow).order_by(AuditRow.seq))]
    assert acts == ["account.create", "account.lock", "account.log_in"]


def test_a_success_forgives_the_failures_before_it(house: Store) -> None:
    for _ in range(2):
        for _ in range(MAX_FAILURES - 1):
            assert try_in(house, "falsch") == "error.log_in"
        opened(house)


def test_tries_while_locked_do_not_make_the_lock_longer(house: Store) -> None:
    for _ in range(MAX_FAILURES):
        try_in(house, "falsch")
    for _ in range(MAX_FAILURES):
        assert try_in(house, "falsch", LOCKED_FOR / 2) == "error.locked"
    opened(house, LOCKED_FOR)


def test_a_session_ends_when_its_life_is_over_and_is_then_swept_away(house: Store) -> None:
    session = opened(house)
    assert seen(house, SESSION_LIFE - dt.timedelta(seconds=1), cookie=session.cookie) is not None
    assert seen(house, SESSION_LIFE, cookie=session.cookie) is None
    later = opened(house, SESSION_LIFE + dt.timedelta(seconds=1))
    with house.reading() as unit:
        assert len(unit.scalars(select(Session)).all()) == 1
    assert seen(house, SESSION_LIFE + dt.timedelta(hours=1), cookie=later.cookie) is not None


def test_logging_out_ends_this_session_and_no_other(house: Store) -> None:
    one, other = opened(house), opened(house)
    with house.unit() as unit:
        log_out(unit, after(), cookie=one.cookie)
    assert seen(house, cookie=one.cookie) is None
    assert seen(house, cookie=other.cookie) is not None


def test_a_token_is_known_and_an_unknown_one_is_refused(house: Store) -> None:
    assert seen(house, token=TOKEN).viewer.user == "renda"
    with pytest.raises(UnknownActorError):
        seen(house, token=TOKEN + "x")
    assert seen(house) is None
    assert seen(house, cookie="nonsense") is None


def test_no_secret_is_kept_as_it_is(house: Store) -> None:
    session = opened(house)
    with house.reading() as unit:
        account = unit.scalars(select(Account)).one()
        kept = unit.scalars(select(Session)).one()
        papers = repr([row.facts for row in unit.scalars(select(AuditRow))])
    assert account.password_hash.startswith("$argon2id$")
    stored = repr([account.password_hash, account.token_hash, kept.token_hash]) + papers
    assert not [secret for secret in (PASSWORD, TOKEN, session.cookie) if secret in stored]


def test_two_accounts_of_one_name_and_roles_that_do_not_exist_are_refused(house: Store) -> None:
    with house.unit() as unit, pytest.raises(ConflictError, match="account_exists"):
        create_account(unit, after(), user="renda", role="town", password="x")
    with house.unit() as unit, pytest.raises(BadRequestError, match=r"error\.role"):
        create_account(unit, after(), user="neu", role="emperor", password="x")
    with house.reading() as unit:
        assert len(unit.scalars(select(Account)).all()) == 1
