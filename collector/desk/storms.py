"""The faults that a site has had in the last minute, with their tickets. Goes out: the tickets of a storm."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from collector.core.model import SiteId, TicketId
from collector.core.storm import WITHIN, is_storm
from collector.core.ticket import UNDER_WAY
from collector.store.records.cases import Case, load_cases
from collector.store.records.facts import load_recent


class Storms:
    """Reads a site's last minute when it is first asked of it, and goes on from there."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recent: dict[SiteId, list[tuple[datetime, Case]]] = {}
        self._heads: dict[SiteId, list[Case]] = {}
        self._told: set[SiteId] = set()

    def tickets(self, site: SiteId, now: datetime, known: Mapping[TicketId, Case]) -> list[Case]:
        """Return the tickets of the storm that one more fault of a site is part of, the first one first.

        Empty where it does not storm. `known` are the tickets that this transaction has read already.
        """
        if site not in self._recent:
            found = load_recent(self._session, site, now - WITHIN)
            missing = load_cases(self._session, {ticket for _, ticket in found} - known.keys())
            cases = {**missing, **known}
            self._recent[site] = [(at, cases[ticket]) for at, ticket in found]
        recent = self._recent[site]
        if not is_storm([at for at, _ in recent], now):
            return []
        if site not in self._heads:
            under_way = {id(case): case for _, case in recent if case.ticket.state in UNDER_WAY}
            self._heads[site] = list(under_way.values())
        return self._heads[site]

    def is_new(self, site: SiteId) -> bool:
        """Tell, once in a transaction, whether the tickets of a site's storm are still to be looked at."""
        new = site not in self._told
        self._told.add(site)
        return new

    def note(self, site: SiteId, at: datetime, case: Case) -> None:
        """Take in a fault that opened a ticket, or joined that of a storm."""
        self._recent.setdefault(site, []).append((at, case))
