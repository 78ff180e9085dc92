"""When a ticket's escalation goes on, and whether something holds it."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; tickets of before have agreements without a ladder."""
    op.add_column("tickets", sa.Column("escalates_at", Instant(), nullable=True))
    op.add_column("tickets", sa.Column("escalation_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_tickets_escalates_at", "tickets", ["escalates_at"])
    op.create_index("ix_tickets_escalation_held", "tickets", ["escalation_held", "state"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_tickets_escalation_held", "tickets")
    op.drop_index("ix_tickets_escalates_at", "tickets")
    op.drop_column("tickets", "escalation_held")
    op.drop_column("tickets", "escalates_at")
