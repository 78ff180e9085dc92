"""Enrolment codes, the agents that used one or were heard, and the configurations handed to them."""

import sqlalchemy as sa
from alembic import op

from collector.store.records.columns import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.String()
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "enrolments",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("agent", _TEXT, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", _TEXT, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("used_by", _TEXT, nullable=True),
        sa.Column("claim_hash", sa.String(64), nullable=True),
    )
    op.create_table(
        "agents",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("hardware", Json, nullable=False),
        sa.Column("enrolled_at", Instant(), nullable=True),
        sa.Column("enrolled_by", _TEXT, nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("revoked_by", _TEXT, nullable=True),
        sa.Column("born_at", Instant(), nullable=True),
        sa.Column("said", Json, nullable=False),
        sa.Column("epoch", _TEXT, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("twins", _TEXT, nullable=False),
        sa.Column("computers", Json, nullable=False),
    )
    op.create_index("ix_agents_site", "agents", ["site"])
    op.create_table(
        "agent_configurations",
        sa.Column("agent", _TEXT, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", _TEXT, nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("agent_configurations", "agents", "enrolments"):
        op.drop_table(table)
