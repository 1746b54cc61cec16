"""How Alembic meets the store: on the connection it is handed, inside the transaction that is already open."""

from alembic import context

from data.migrations.scope import include_object
from data.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include_object,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
