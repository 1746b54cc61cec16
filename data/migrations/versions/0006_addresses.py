"""House numbers of a generation, with their households and places."""

import sqlalchemy as sa
from alembic import op

from data.columns import Geometry
from data.migrations.scope import spatial_index

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; on PostgreSQL also its GiST index."""
    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("group_name", sa.String(80), nullable=False),
        sa.Column("estate", sa.String(80), nullable=False),
        sa.Column("grid_code", sa.String(40), nullable=False),
        sa.Column("village_code", sa.String(40), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("geometry", Geometry(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["generation_id"], ["generation.id"], name="fk_address_generation_id_generation"),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
        sa.UniqueConstraint("generation_id", "code", name="uq_address_generation_id_code"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(spatial_index("address"), "address", ["geometry"], postgresql_using="gist")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("address")
