"""The faults that a site has had in the last minute, with their tickets. Goes out: the storm that one more joins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.model import IncidentId, SiteId, TicketId
from collector.core.storm import GATHERED, LIMIT, WITHIN, within_minute
from collector.core.ticket import UNDER_WAY
from collector.store.records.cases import Case, load_cases
from collector.store.records.facts import load_recent


@dataclass(frozen=True, slots=True)
class Storm:
    """The tickets of a storm that are under way, the first one first, and whether one more fault joins one of them."""

    cases: list[Case]
    gathers: bool

    @property
    def head(self) -> Case:
        """The first of the worst tickets: people are called for it."""
        return min(self.cases, key=lambda case: case.ticket.level)

    @property
    def first(self) -> IncidentId:
        """The incident whose ticket speaks for the others."""
        return self.head.ticket.incidents[0]


class Storms:
    """Reads a site's last minute when it is first asked of it, and goes on from there."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recent: dict[SiteId, list[tuple[datetime, Case]]] = {}

    def storm(self, site: SiteId, now: datetime, known: Mapping[TicketId, Case]) -> Storm | None:
        """Return the storm that one more fault of a site is part of; None where it does not storm.

        `known` are the tickets that this transaction has read already.
        """
        if site not in self._recent:
            found = load_recent(self._session, site, now - WITHIN)
            missing = load_cases(self._session, {ticket for _, ticket in found} - known.keys())
            cases = {**missing, **known}
            self._recent[site] = [(at, cases[ticket]) for at, ticket in found]
        recent = self._recent[site]
        count = within_minute((at for at, _ in recent), now)
        if count < LIMIT:
            return None
        under_way = {id(case): case for _, case in recent if case.ticket.state in UNDER_WAY}
        return Storm(list(under_way.values()), gathers=count >= GATHERED) if under_way else None

    def note(self, site: SiteId, at: datetime, case: Case) -> None:
        """Take in a fault that opened a ticket, or joined that of a storm."""
        self._recent.setdefault(site, []).append((at, case))
