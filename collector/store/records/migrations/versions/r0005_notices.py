"""What the people in a room should know, and whose trouble an incident is."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.String()


def upgrade() -> None:
    """Make the table, and say of every incident that there is whose trouble it is."""
    op.add_column("incidents", sa.Column("attribution", _TEXT, nullable=False, server_default="equipment"))
    op.create_table(
        "notices",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("device", _TEXT, nullable=False),
        sa.Column("metric", _TEXT, nullable=False),
        sa.Column("instance", _TEXT, nullable=False),
        sa.Column("family", _TEXT, nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("onset_at", Instant(), nullable=False),
        sa.Column("detected_at", Instant(), nullable=False),
        sa.Column("cleared_at", Instant(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("state", _TEXT, nullable=False),
    )
    op.create_index("ix_notices_site", "notices", ["site"])
    op.create_index("ix_notices_onset", "notices", ["onset_at", "id"])
    op.create_index("ix_notices_room", "notices", ["room", "rule", "onset_at"])


def downgrade() -> None:
    """Remove the table and the column."""
    op.drop_table("notices")
    op.drop_column("incidents", "attribution")
