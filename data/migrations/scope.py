"""What Alembic may compare: our tables, and neither PostGIS's own table nor the indexes that only PostGIS has."""

from typing import Any

SPATIAL = ("address", "area", "district", "grid", "piece", "station")  # the tables with a geometry column


def spatial_index(table: str) -> str:
    """Name the GiST index of a table; it exists on PostgreSQL only and is made by hand in a migration."""
    return f"ix_{table}_geometry"


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:  # noqa: ARG001
    """Leave PostGIS's own table and our hand-made GiST indexes out of every comparison."""
    if kind == "table":
        return name != "spatial_ref_sys"
    if kind == "index" and reflected:
        return name not in {spatial_index(table) for table in SPATIAL}
    return True
