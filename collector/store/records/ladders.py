"""Which tickets escalate, and when. Everything here happens within the transaction of the session that is handed in."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from collector.core.model import TicketId
from collector.core.ticket import UNDER_WAY
from collector.store.records.tables import TicketRow

_UNDER_WAY = [state.value for state in UNDER_WAY]


def load_escalating(session: Session, now: datetime) -> list[TicketId]:
    """Return the tickets with a rung that is due by `now`, and those with one that is held, by number."""
    held = TicketRow.escalation_held.is_(True) & TicketRow.state.in_(_UNDER_WAY)
    query = select(TicketRow.id).where(or_(TicketRow.escalates_at <= now, held)).order_by(TicketRow.id)
    return [TicketId(number) for number in session.scalars(query)]


def next_escalation(session: Session) -> datetime | None:
    """Return when the next rung of any ticket is due."""
    return session.scalar(select(func.min(TicketRow.escalates_at)))


def any_held(session: Session) -> bool:
    """Tell whether a rung of any ticket that is under way is held."""
    query = select(TicketRow.id).where(TicketRow.escalation_held.is_(True), TicketRow.state.in_(_UNDER_WAY)).limit(1)
    return session.scalar(query) is not None
