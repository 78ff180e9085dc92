"""Which devices are out of sight because of another."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark devices."""
    op.add_column("devices", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Remove the mark."""
    op.drop_column("devices", "hidden")
