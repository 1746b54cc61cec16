"""Accounts: log-in with lock-out, sessions and tokens of which only hashes are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Unit

from congress.permissions import ROLES, Viewer
from data.tables import Account, Person, Session
from services.act import Act, record
from services.errors import BadRequestError, ConflictError, NotFoundError, UnknownActorError

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session just opened: the secrets go to the browser, their hashes stay here."""

    cookie: str
    csrf: str
    viewer: Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Who is looking, and the form token of their session (empty with a bearer token)."""

    viewer: Viewer
    csrf: str


def digest(secret: str) -> str:
    """Hash a random secret of high entropy; passwords go through argon2 instead."""
    return hashlib.sha256(secret.encode()).hexdigest()


def viewer_of(account: Account) -> Viewer:
    """Give the account as the permission question knows it."""
    return Viewer(user=account.user, role=account.role, scope=account.scope_code, person=account.person_id or "")


def create_account(
    unit: Unit,
    act: Act,
    *,
    user: str,
    role: str,
    password: str,
    scope: str = "",
    person: str | None = None,
    token: str | None = None,
    demo: bool = False,
) -> Account:
    """Create an account with one role and one scope. Raises BadRequestError and ConflictError."""
    if role not in ROLES:
        raise BadRequestError("error.role", role=role, known=" ".join(ROLES))
    if unit.scalar(select(Account.id).where(Account.user == user)) is not None:
        raise ConflictError("error.account_exists", user=user)
    account = Account(
        user=user, role=role, scope_code=scope, person_id=person, password_hash=PasswordHasher().hash(password),
        token_hash=digest(token) if token else None, demo=demo,
    )  # fmt: skip
    unit.add(account)
    unit.flush()
    record(unit, act, "account.create", user=user, role=role, scope=scope)
    return account


def log_in(unit: Unit, act: Act, *, user: str, password: str) -> OpenSession | str:
    """Open a session, or give the message key of the refusal; failures are counted in the same transaction.

    A wrong user and a wrong password are answered alike; after five failures the account is locked for a while.
    """
    account = unit.scalar(select(Account).where(Account.user == user).with_for_update())
    if account is None:
        PasswordHasher().hash(password)  # as slow as a real check
        return "error.log_in"
    if account.locked_until is not None and account.locked_until > act.at:
        return "error.locked"
    try:
        PasswordHasher().verify(account.password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        account.failures += 1
        if account.failures >= MAX_FAILURES:
            account.locked_until, account.failures = act.at + LOCKED_FOR, 0
            record(unit, act, "account.lock", user=user)
        return "error.log_in"
    account.failures, account.locked_until = 0, None
    unit.execute(delete(Session).where(Session.expires_at < act.at))
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    unit.add(
        Session(
            token_hash=digest(cookie), account_id=account.id, csrf=csrf, opened_at=act.at,
            expires_at=act.at + SESSION_LIFE,
        )
    )  # fmt: skip
    record(unit, act, "account.log_in", user=user)
    return OpenSession(cookie=cookie, csrf=csrf, viewer=viewer_of(account))


def log_out(unit: Unit, act: Act, *, cookie: str) -> None:
    """End a session."""
    unit.execute(delete(Session).where(Session.token_hash == digest(cookie)))
    record(unit, act, "account.log_out")


def see(unit: Unit, act: Act, *, cookie: str = "", token: str = "") -> Seen | None:
    """Say who is looking. Raises UnknownActorError for a token that is not known."""
    if token:
        account = unit.scalar(select(Account).where(Account.token_hash == digest(token)))
        if account is None:
            raise UnknownActorError("error.token")
        return Seen(viewer=viewer_of(account), csrf="")
    if not cookie:
        return None
    row = unit.execute(
        select(Account, Session)
        .join(Session, Session.account_id == Account.id)
        .where(Session.token_hash == digest(cookie), Session.expires_at > act.at)
    ).first()
    return Seen(viewer=viewer_of(row[0]), csrf=row[1].csrf) if row else None


def person_of(unit: Unit, code: str) -> str:
    """Give the id of the person with this roster number. Raises NotFoundError."""
    found = unit.scalar(select(Person.id).where(Person.code == code))
    if found is None:
        raise NotFoundError("error.no_such_deputy", deputy=code)
    return found


def list_accounts(unit: Unit) -> list[dict[str, str]]:
    """List the log-ins: user, role and scope."""
    return [
        {"user": row.user, "role": row.role, "scope": row.scope_code}
        for row in unit.scalars(select(Account).order_by(Account.user))
    ]
