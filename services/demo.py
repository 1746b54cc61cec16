"""The demo: Heshan built through the same door as a user's own files, and one log-in per role."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.rules import text as rule_text
from data.store import Store
from data.synthetic import write_files
from data.tables import Account, ActivityPerson, Area, Grid, Person, Seat, Setting, Station
from services.accounts import create_account
from services.act import Act, record
from services.activation import activate_plan, approve_plan
from services.atlas import atlas_within
from services.demo_matters import DEPARTMENT, invent_matters
from services.imports import Imported, bring
from services.instance import change_setting, open_term
from services.placing import Placed, propose_plan
from services.points import Scored, adopt, score

TERM = "第十七届"
TERM_STARTS = date(2021, 11, 1)
GENERATION = "示例图层·2021"
RULE_BOOK = "heshan-631"
SEED = 440784
VERSION = "2026.3"  # grows whenever the demo would be built otherwise
SOURCE = "synthetic 示例数据 · docs/data-heshan.md"

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """A log-in of the demo: its secrets are made anew for every demo and stand only in its own file."""

    role: str
    user: str
    password: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo built."""

    imported: tuple[Imported, ...]
    placed: Placed
    scored: Scored
    accounts: tuple[DemoAccount, ...]


def build_demo(store: Store, act: Act, *, folder: Path, step: Step) -> Demo:
    """Build the whole demo in an empty store; `step` is told what begins."""
    step("demo.step.files")
    files = write_files(folder, seed=SEED)
    with store.unit() as unit:
        open_term(unit, act, name=TERM, name_en="17th term", starts_on=TERM_STARTS)
        change_setting(unit, act, "instance.name", "鹤山市（示例）")
        change_setting(unit, act, "instance.demo", True)
        change_setting(unit, act, "rankings", "internal")
    imported = []
    for file in files:
        step(f"demo.step.{file.kind}")
        with store.unit() as unit:
            imported.append(
                bring(
                    unit, act, kind=file.kind, path=file.path, datum=file.datum, layer=file.layer,
                    generation=GENERATION, source=SOURCE,
                )
            )  # fmt: skip
    step("demo.step.place")
    with store.unit() as unit:
        placed = propose_plan(unit, act, generation=GENERATION)
        approve_plan(unit, act, plan=placed.plan, reason="示例：演示数据的联系方案")
        activate_plan(unit, act, plan=placed.plan, valid_from=TERM_STARTS)
    step("demo.step.score")
    with store.unit() as unit:
        adopt(unit, act, text=rule_text(RULE_BOOK), name=RULE_BOOK, adopted_from=TERM_STARTS)
        scored = score(unit, act)
    step("demo.step.accounts")
    with store.unit() as unit:
        accounts = open_accounts(unit, act)
    step("demo.step.matters")
    with store.unit() as unit:
        invent(unit, act)
        record(unit, act, "demo.build", people=placed.people, seats=placed.seats)
    return Demo(imported=tuple(imported), placed=placed, scored=scored, accounts=accounts)


def invent(unit: Session, act: Act) -> None:
    """Make the demo's matters around the places of its log-ins."""
    atlas = atlas_within(unit, act.today)
    people = {row.role: row for row in unit.scalars(select(Account).where(Account.demo.is_(True)))}
    if atlas is not None:
        invent_matters(
            unit, act, atlas=atlas, town=people["town"].scope_code, person=people["deputy"].person_id or "",
            station=people["station"].scope_code,
        )  # fmt: skip


def open_accounts(unit: Session, act: Act) -> tuple[DemoAccount, ...]:
    """Open one log-in per role, each with the scope such a person would have."""
    busy = unit.execute(
        select(Person.id, Seat.town_code)
        .join(Seat, Seat.person_id == Person.id)
        .join(ActivityPerson, ActivityPerson.seat_id == Seat.id)
        .where(Seat.level == "town")
        .group_by(Person.id, Seat.town_code)
        .order_by(func.count().desc(), Person.id)
        .limit(1)
    ).one()
    town = busy.town_code
    station = unit.scalars(select(Station.code).where(Station.town_code == town).order_by(Station.code)).first() or ""
    villages = select(Area.code).where(Area.parent_code == town)
    grid = unit.scalars(select(Grid.code).where(Grid.village_code.in_(villages)).order_by(Grid.code)).first() or ""
    wanted = (
        ("congress", "renda", "", None),
        ("deputy", "daibiao", town, busy.id),
        ("grid_worker", "wangge", grid, None),
        ("town", "zhenjie", town, None),
        ("station", "lianluozhan", station, None),
        ("department", "bumen", DEPARTMENT, None),
        ("auditor", "shenji", "", None),
        ("admin", "guanli", "", None),
    )
    accounts = []
    for role, user, scope, person in wanted:
        password, token = secrets.token_urlsafe(9), secrets.token_urlsafe(32)
        create_account(
            unit, act, user=user, role=role, password=password, scope=scope, person=person, token=token, demo=True
        )
        accounts.append(DemoAccount(role=role, user=user, password=password, token=token))
    return tuple(accounts)


def keep_accounts(path: Path, accounts: tuple[DemoAccount, ...]) -> None:
    """Write the demo's log-ins where only their owner can read them."""
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_accounts(path: Path) -> tuple[DemoAccount, ...]:
    """Read the demo's log-ins back."""
    return tuple(DemoAccount(**row) for row in json.loads(path.read_text("utf-8")))


def is_demo(unit: Session) -> bool:
    """Tell whether this instance is the demo."""
    row = unit.get(Setting, "instance.demo")
    return bool(row and row.value)
