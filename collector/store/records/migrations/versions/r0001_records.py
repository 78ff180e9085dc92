"""Devices and their health, incidents, tickets and their logs.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.String()
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _watched()
    _records()
    _kept()
    _make_the_log_append_only()


def _watched() -> None:
    op.create_table(
        "devices",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("vendor", _TEXT, nullable=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("serial", _TEXT, nullable=False),
        sa.Column("firmware", _TEXT, nullable=False),
        sa.Column("in_campus", sa.Boolean(), nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=True),
        sa.Column("agent_version", _TEXT, nullable=False),
        sa.Column("os", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("last_seen", _INSTANT, nullable=True),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("known_from", _INSTANT, nullable=False),
    )
    op.create_index("ix_devices_site", "devices", ["site"])
    op.create_table(
        "health_log",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("device", _TEXT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
    )
    op.create_index("ix_health_log_device_at", "health_log", ["device", "at"])
    op.create_table(
        "phases",
        sa.Column("device", _TEXT, primary_key=True),
        sa.Column("rule", _TEXT, primary_key=True),
        sa.Column("instance", _TEXT, primary_key=True),
        sa.Column("phase", _JSON, nullable=False),
    )


def _records() -> None:
    op.create_table(
        "agreements",
        sa.Column("digest", _TEXT, primary_key=True),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("terms", _JSON, nullable=False),
    )
    op.create_table(
        "tickets",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("device", _TEXT, nullable=True),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=True),
        sa.Column("terms", _TEXT, sa.ForeignKey("agreements.digest"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket", _JSON, nullable=False),
    )
    op.create_index("ix_tickets_state_due", "tickets", ["state", "due_at"])
    for column in ("site", "room", "device"):
        op.create_index(f"ix_tickets_{column}", "tickets", [column])
    op.create_table(
        "ticket_log",
        sa.Column("ticket", _NUMBER, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("fields", _JSON, nullable=False),
    )
    op.create_table(
        "incidents",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("site", _TEXT, nullable=False),
        sa.Column("room", _TEXT, nullable=False),
        sa.Column("device", _TEXT, nullable=False),
        sa.Column("metric", _TEXT, nullable=False),
        sa.Column("instance", _TEXT, nullable=False),
        sa.Column("family", _TEXT, nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("onset_at", _INSTANT, nullable=False),
        sa.Column("detected_at", _INSTANT, nullable=False),
        sa.Column("cleared_at", _INSTANT, nullable=True),
        sa.Column("cause", _TEXT, nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("ticket", _NUMBER, sa.ForeignKey("tickets.id"), nullable=True),
    )
    op.create_index("ix_incidents_onset", "incidents", ["onset_at", "id"])
    op.create_index("ix_incidents_fault", "incidents", ["device", "family", "instance"])
    for column in ("site", "cleared_at", "ticket"):
        op.create_index(f"ix_incidents_{column}", "incidents", [column])


def _kept() -> None:
    op.create_table(
        "requests",
        sa.Column("actor", _TEXT, primary_key=True),
        sa.Column("key", _TEXT, primary_key=True),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("ticket", _NUMBER, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_requests_at", "requests", ["at"])
    op.create_table(
        "numbers",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
    )


def _make_the_log_append_only() -> None:
    """Have the database itself refuse to change or remove what a ticket's log says."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER ticket_log_no_{verb} BEFORE {verb.upper()} ON ticket_log "
                "BEGIN SELECT RAISE(ABORT, 'the log of a ticket is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ticket_log_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log of a ticket is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ticket_log_append_only BEFORE UPDATE OR DELETE ON ticket_log "
        "FOR EACH ROW EXECUTE FUNCTION ticket_log_append_only()"
    )
