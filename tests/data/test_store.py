"""The store keeps an act whole, shows one moment, and behaves the same on both databases."""

import multiprocessing
import stat
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from data import store as store_module
from data.store import Store, StoreBusyError, StoreTooNewError, UnknownStoreError
from data.tables import Area, AtlasVersion, Generation, Setting, Term

SQUARE = shapely.box(112.9, 22.7, 113.0, 22.8)
MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def a_generation(store: Store) -> int:
    with store.unit() as unit:
        term = Term(name="第十七届", starts_on=date(2026, 11, 1))
        unit.add(term)
        unit.flush()
        generation = Generation(term_id=term.id, name="一", created_at=MORNING)
        unit.add(generation)
        unit.flush()
        return generation.id


def test_what_a_unit_wrote_is_there_after_it(store: Store) -> None:
    with store.unit() as unit:
        unit.add(Setting(key="datum", value={"name": "wgs84", "注": "坐标"}))
    with store.reading() as look:
        assert look.get_one(Setting, "datum").value == {"name": "wgs84", "注": "坐标"}


def test_an_error_inside_a_unit_leaves_nothing_behind(store: Store) -> None:

    def stumble() -> None:
        with store.unit() as unit:
            unit.add(Setting(key="datum", value="wgs84"))
            unit.flush()
            raise LookupError("the act found out that it may not")

    with pytest.raises(LookupError):
        stumble()
    with store.reading() as look:
        assert look.scalars(select(Setting)).all() == []


def test_an_error_quotes_no_value_that_was_to_be_written(store: Store) -> None:
    with store.unit() as unit:
        unit.add(Setting(key="datum", value="wgs84"))
    with pytest.raises(IntegrityError) as wrong, store.unit() as unit:
        unit.execute(insert(Setting), [{"key": "datum", "value": "张三家漏水"}])
    assert "datum" in str(wrong.value) or "UNIQUE" in str(wrong.value)
    assert "张三" not in str(wrong.value)
    assert "\\u5f20" not in str(wrong.value)


def test_geometry_instants_and_dates_come_back_as_they_went_in(store: Store) -> None:
    generation = a_generation(store)
    with store.unit() as unit:
        unit.add(Area(generation_id=generation, code="440784", name="鹤山市", kind="county", geometry=SQUARE))
        unit.add(Area(generation_id=generation, code="440784450", name="林场", kind="unit", geometry=None))
    with store.reading() as look:
        county, forest = look.scalars(select(Area).order_by(Area.code)).all()
        assert county.geometry.equals_exact(SQUARE, 0.0)
        assert forest.geometry is None
        born = look.scalars(select(Generation)).one().created_at
        assert (born, born.tzinfo) == (MORNING, UTC)
        assert look.scalars(select(Term)).one().starts_on == date(2026, 11, 1)


def test_a_naive_instant_is_refused(store: Store) -> None:
    naive = update(Generation).values(created_at=MORNING.replace(tzinfo=None))
    with pytest.raises(StatementError, match="time zone"), store.unit() as unit:
        unit.execute(naive)


def test_a_row_without_its_parent_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError), store.unit() as unit:
        unit.add(Area(generation_id=999, code="1", name="无", kind="town"))


def test_a_reading_session_cannot_write(store: Store) -> None:
    with store.reading() as look:
        look.add(Setting(key="datum", value="wgs84"))
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            look.flush()


def test_a_reading_session_sees_one_moment_while_others_write(store: Store) -> None:
    with store.unit() as unit:
        unit.add(AtlasVersion(id=1, version=1))
    with store.reading() as look:
        before = look.execute(select(AtlasVersion.version)).scalar_one()
        with store.unit() as unit:
            unit.get_one(AtlasVersion, 1).version = 2
        assert look.execute(select(AtlasVersion.version)).scalar_one() == before == 1
    with store.reading() as look:
        assert look.execute(select(AtlasVersion.version)).scalar_one() == 2


def test_a_writer_after_a_reader_on_the_same_connection_can_write(store: Store) -> None:
    for number in range(3):
        with store.reading() as look:
            assert len(look.scalars(select(Setting)).all()) == number
        with store.unit() as unit:
            unit.add(Setting(key=str(number), value=number))


def test_units_queue_so_that_no_increment_is_lost(store: Store) -> None:
    with store.unit() as unit:
        unit.add(AtlasVersion(id=1, version=0))

    def grow() -> None:
        for _ in range(10):
            with store.unit() as unit:
                row = unit.get_one(AtlasVersion, 1)
                row.version = row.version + 1

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as look:
        assert look.get_one(AtlasVersion, 1).version == 40


def test_a_writer_that_waits_too_long_is_told_so(store_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE", 0.05 if "://" not in store_address else 1)
    store = Store.open(store_address)
    with store.unit(), pytest.raises(StoreBusyError), store.unit():
        pass
    with store.unit() as unit:
        unit.add(Setting(key="later", value=True))
    store.close()


def test_sqlite_connections_keep_their_promises(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "sanlian.sqlite")
    with store.unit() as unit:
        ask = {
            name: unit.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()
    assert ask == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_an_sqlite_store_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "sanlian.sqlite"
    Store.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "address",
    ["mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:", "http://example.org", "/no/such/folder/x"],
)
def test_an_address_that_is_no_store_is_refused(address: str) -> None:
    with pytest.raises(UnknownStoreError):
        Store.open(address)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(UnknownStoreError):
        Store.open(tmp_path)


def test_an_sqlite_url_and_a_path_name_the_same_store(tmp_path: Path) -> None:
    path = tmp_path / "鹤山 100%.sqlite"
    first = Store.open(path)
    with first.unit() as unit:
        unit.add(Setting(key="name", value="鹤山"))
    first.close()
    second = Store.open(f"sqlite:///{path}")
    with second.reading() as look:
        assert look.get_one(Setting, "name").value == "鹤山"
    second.close()


def test_a_store_of_a_newer_program_is_left_alone(store_address: str) -> None:
    store = Store.open(store_address)
    with store.unit() as unit:
        unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreTooNewError, match="9999"):
        Store.open(store_address)


def open_and_close(address: str) -> None:
    Store.open(address).close()


def test_processes_that_open_a_new_store_at_once_all_succeed(bare_address: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_close, args=(bare_address,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
