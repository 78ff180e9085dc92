"""What a transaction of the desk changed: saved first, told to people (board, live events) second."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.core.model import Corrected, Health, Incident, Notice, TicketId
from collector.core.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """An incident and the ticket that it belongs to; None where none was opened (evidence that came too late).

    `flapping`: the fault comes and goes, and its ticket is held open until it is steady. `held`: a maintenance window
    keeps it from opening a ticket. `corrections`: what readings that came late have corrected, the first one first;
    each is what a ticket's log says of it, and `at`, when it was known.
    """

    incident: Incident
    ticket: TicketId | None
    flapping: bool = False
    held: bool = False
    corrections: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that is different now, each thing once, as it stands after the transaction."""

    devices: tuple[Health, ...] = ()
    incidents: tuple[IncidentRecord, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.devices or self.incidents or self.tickets or self.notices)


def what_changed(known: Incident, corrected: Corrected) -> dict[str, object]:
    """Return what a log says of a correction: what is so now, what was said before, and how many readings say it."""
    now = corrected.incident
    fields: dict[str, object] = {"readings": corrected.readings}
    for name, after, before in (
        ("onset_at", now.onset_at, known.onset_at),
        ("cleared_at", now.cleared_at, known.cleared_at),
    ):
        if after is not None and before is not None and after != before:
            fields |= {name: after.isoformat(), f"{name}_before": before.isoformat()}
    if now.attribution is not known.attribution:
        fields |= {"attribution": now.attribution.value, "attribution_before": known.attribution.value}
    return {**fields, "late": True} if now.late else fields
