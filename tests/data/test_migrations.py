"""Migrations and tables say the same, on both databases, and the way back works with rows in the tables."""

from datetime import UTC, date, datetime

import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from data.columns import Geometry
from data.migrations.scope import SPATIAL, include_object, spatial_index
from data.store import MIGRATIONS, Store, migrate, step_back
from data.tables import Area, Base, Generation, LedgerEntry, Person, RuleBookRow, Seat, Term

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def our_tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"spatial_ref_sys", "alembic_version"}


def fill(store: Store) -> None:
    """Put in rows that hang on one another, one of them on its own table."""
    with store.unit() as unit:
        term = Term(name="第十七届", starts_on=date(2026, 11, 1))
        book = RuleBookRow(name="631", version="1", text="", sha256="0", adopted_from=date(2026, 1, 1), adopted_at=NOON)
        unit.add_all([term, book, Person(id="p1", code="D1", name="示例甲")])
        unit.flush()
        generation = Generation(term_id=term.id, name="一", created_at=NOON)
        seat = Seat(id="s1", code="S1", term_id=term.id, person_id="p1", level="town", starts_on=date(2026, 11, 1))
        unit.add_all([generation, seat])
        unit.flush()
        unit.add(
            Area(generation_id=generation.id, code="1", name="镇", kind="town", geometry=shapely.box(112, 22, 113, 23))
        )
        entry = LedgerEntry(
            term_id=term.id, person_id="p1", seat_id="s1", rule_book_id=book.id, rule="visit", on=date(2026, 11, 2),
            tenths=10, reason={}, recorded_at=NOON,
        )  # fmt: skip
        unit.add(entry)
        unit.flush()
        unit.add(
            LedgerEntry(
                term_id=term.id,
                person_id="p1",
                seat_id="s1",
                rule_book_id=book.id,
                rule="visit",
                on=date(2026, 11, 2),
                tenths=-10,
                reason={},
                reverses_id=entry.id,
                recorded_at=NOON,
            )
        )


def test_a_new_migration_would_find_nothing_to_do(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": include_object, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_a_forgotten_column_would_be_found(store: Store) -> None:
    with store.unit() as unit:
        unit.execute(text("ALTER TABLE area DROP COLUMN population"))
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include_object})
        found = compare_metadata(context, Base.metadata)
    assert [(act[0], act[2], act[3].name) for act in found] == [("add_column", "area", "population")]


def test_the_way_back_and_forward_works_with_rows_in_the_tables(store: Store) -> None:
    fill(store)
    step_back(store.engine, "base")
    assert our_tables(store.engine) == set()
    migrate(store.engine)
    assert our_tables(store.engine) == set(Base.metadata.tables)
    fill(store)


def test_going_to_the_newest_migration_twice_changes_nothing(store: Store) -> None:
    fill(store)
    migrate(store.engine)
    with store.reading() as look:
        assert look.execute(text("SELECT count(*) FROM ledger_entry")).scalar_one() == 2


def test_a_migration_that_breaks_leaves_the_tables_as_they_were(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    with store.unit() as unit:
        unit.execute(text("CREATE TABLE stranger (seat_id VARCHAR(24) REFERENCES seat (id))"))
        unit.execute(text("INSERT INTO stranger VALUES ('s1')"))
    with pytest.raises(Exception, match=r"(?i)foreign key|depend"):
        step_back(store.engine, "base")
    assert our_tables(store.engine) == {*Base.metadata.tables, "stranger"}


def test_every_geometry_is_named_as_spatial() -> None:
    with_geometry = {
        table.name
        for table in Base.metadata.tables.values()
        if any(isinstance(column.type, Geometry) for column in table.columns)
    }
    assert set(SPATIAL) == with_geometry


@pytest.mark.postgis
def test_postgis_has_a_gist_index_for_every_geometry(postgis_url: str) -> None:
    store = Store.open(postgis_url)
    with store.reading() as look:
        made = look.execute(
            text("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING gist%'")
        ).scalars()
        assert set(made) == {spatial_index(table) for table in SPATIAL}
    store.close()


@pytest.mark.postgis
def test_postgis_knows_the_reference_system_of_what_it_keeps(postgis_url: str) -> None:
    store = Store.open(postgis_url)
    fill(store)
    with store.reading() as look:
        assert look.execute(text("SELECT ST_SRID(geometry) FROM area")).scalar_one() == 4326
    store.close()


def test_the_migrations_form_one_line() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
