"""What came to light late: incidents, and what devices were."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and mark incidents."""
    op.add_column("incidents", sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "health_corrections",
        sa.Column("device", sa.String(), primary_key=True),
        sa.Column("start", Instant(), primary_key=True),
        sa.Column("end", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
    )


def downgrade() -> None:
    """Remove the table and the mark."""
    op.drop_table("health_corrections")
    op.drop_column("incidents", "late")
