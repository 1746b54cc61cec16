"""Column types that behave the same on SQLite and on PostgreSQL with PostGIS."""

from datetime import UTC, datetime
from typing import Any

import shapely
from geoalchemy2 import Geometry as PostgisGeometry
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

STORED_SRID = 4326


class Geometry(TypeDecorator[Any]):
    """A shapely geometry in lon/lat: WKB bytes in SQLite, geometry(4326) in PostGIS."""

    impl = LargeBinary
    cache_ok = True
    spatial_index = False  # GeoAlchemy2 asks the decorator, not what it decorates; migrations make the GiST indexes

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        """Choose the column of the database at hand (GeoAlchemy2 asks with None while it inspects)."""
        if dialect is not None and dialect.name == "postgresql":
            return dialect.type_descriptor(
                PostgisGeometry(geometry_type="GEOMETRY", srid=STORED_SRID, spatial_index=False)
            )
        return LargeBinary()

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> Any:
        """Hand the database what it stores."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return from_shape(value, srid=STORED_SRID)
        return shapely.to_wkb(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """Hand the caller a shapely geometry."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return to_shape(value)
        return shapely.from_wkb(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; a naive one is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive instants, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)
