"""How faults come and go, maintenance windows, and what they hold back."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.String()
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and mark incidents."""
    for mark in ("flapping", "held"):
        op.add_column("incidents", sa.Column(mark, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_incidents_held", "incidents", ["held", "state"])
    op.create_table(
        "flaps",
        sa.Column("device", _TEXT, primary_key=True),
        sa.Column("family", _TEXT, primary_key=True),
        sa.Column("instance", _TEXT, primary_key=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
    )
    op.create_index("ix_flaps_due_at", "flaps", ["due_at"])
    op.create_table(
        "maintenance",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=True),
        sa.Column("device", _TEXT, nullable=True),
        sa.Column("rule", _TEXT, nullable=True),
        sa.Column("start", Instant(), nullable=False),
        sa.Column("end", Instant(), nullable=False),
        sa.Column("repeats", _TEXT, nullable=False),
        sa.Column("time_zone", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", _TEXT, nullable=False),
        sa.Column("cut_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", _TEXT, nullable=True),
    )


def downgrade() -> None:
    """Remove the tables and the marks."""
    op.drop_table("maintenance")
    op.drop_table("flaps")
    op.drop_index("ix_incidents_held", "incidents")
    for mark in ("held", "flapping"):
        op.drop_column("incidents", mark)
