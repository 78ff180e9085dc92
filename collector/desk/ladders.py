"""Escalation carried out: rungs that are due are written into the logs of their tickets, or why they are held.

Comes in: the tickets with rungs due or held, what is known of their incidents and devices, planned maintenance. Goes
out: entries `escalated` (role, contact, promise) and `escalation_held`. Whoever delivers reads the entries: one entry,
one message.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.escalation import due_rungs, hold_of
from collector.core.model import Incident, IncidentId
from collector.core.replay import open_incidents
from collector.core.storm import is_led
from collector.core.ticket import UNDER_WAY, Escalation, Hold, RungState
from collector.store.records.cases import Case, load_cases
from collector.store.records.facts import load_health, load_incidents

Tell = Callable[[Case, str, Mapping[str, object]], None]


class Ladders:
    """Looks at tickets with what the database knows of them at `now`."""

    def __init__(self, session: Session, worked_on: Callable[[Incident], bool], now: datetime) -> None:
        self._session = session
        self._worked_on = worked_on
        self._now = now

    def climb(self, cases: Iterable[Case], tell: Tell) -> None:
        """Say of each ticket which rungs are reached now, and which are held."""
        cases = [case for case in cases if any(due_rungs(case.ticket, self._now, None))]
        if not cases:
            return
        standing = {id(case): open_incidents(case.log) for case in cases}
        led = {case.ticket.storm for case in cases if is_led(case.ticket) and case.ticket.storm is not None}
        known = load_incidents(self._session, {*led, *(each for found in standing.values() for each in found)})
        devices = {record.incident.device for record in known.values()}
        hidden = {device for device, health in load_health(self._session, devices).items() if health.hidden}
        heads = load_cases(
            self._session, {record.ticket for name, record in known.items() if name in led and record.ticket}
        )

        def head_is_under_way(first: IncidentId | None) -> bool:
            ticket = known[first].ticket if first is not None and first in known else None
            return ticket is not None and ticket in heads and heads[ticket].ticket.state in UNDER_WAY

        for case in cases:
            incidents = [known[each].incident for each in standing[id(case)] if each in known]
            hold = hold_of(
                case.ticket,
                incidents,
                worked_on=self._worked_on,
                is_hidden=hidden.__contains__,
                storm_is_led=head_is_under_way(case.ticket.storm),
            )
            for rung in due_rungs(case.ticket, self._now, hold):
                self._say(case, rung, hold, tell)

    @staticmethod
    def _say(case: Case, rung: Escalation, hold: Hold | None, tell: Tell) -> None:
        contact = case.agreement.contact(rung.to)
        fields: dict[str, object] = {
            "rung": rung.rung,
            "to": rung.to,
            "due_at": rung.due_at.isoformat(),
        }
        if rung.step is not None:
            fields |= {"step": rung.step.value, "share": rung.share}
        if rung.state is RungState.REACHED:
            tell(case, "escalated", {**fields, "name": contact.name, "level": case.ticket.level.value})
        elif hold is not None:
            tell(case, "escalation_held", {**fields, "by": hold.value})
