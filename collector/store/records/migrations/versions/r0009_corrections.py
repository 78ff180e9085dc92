"""What came late and corrected an incident, kept with the incident: one without a ticket has no other log."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them."""
    op.add_column("incidents", sa.Column("corrections", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("incidents", "corrections")
