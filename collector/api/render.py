"""From the nouns of the collector to the JSON of the API: names are filled in, clocks are as of now."""

from collections.abc import Mapping
from datetime import datetime

from collector.api.highlight import highlight
from collector.api.schemas.device import Device, Unit
from collector.api.schemas.incident import Correction, Incident, Words
from collector.api.schemas.notice import Notice, TrainingSuggestion
from collector.api.schemas.override import Override, OverridePlace, RuleForm
from collector.api.schemas.place import Room, Site
from collector.api.schemas.ticket import Action, Clock, Escalation, LogEntry, Ticket
from collector.api.sources import RuleWords
from collector.core import action, model, replay
from collector.core import ticket as core
from collector.core.changed import Changed
from collector.core.model import Health, node_of, site_of
from collector.desk.board import Board, LastValues
from collector.desk.board_views import RoomView, SiteView
from collector.desk.changes import IncidentRecord
from collector.store.records.notices import Repeated


class Renderer:
    """Makes the JSON of the API, with what it needs to know for it."""

    def __init__(self, *, board: Board, values: LastValues, words: RuleWords) -> None:
        self._board = board
        self._values = values
        self._words = words

    def site(self, view: SiteView) -> Site:
        """Return a site."""
        return Site.model_validate(view)

    def room(self, view: RoomView) -> Room:
        """Return a room."""
        return Room.model_validate(view)

    def device(self, health: Health) -> Device:
        """Return a device with its newest value."""
        device = health.device
        return Device(
            id=device.id,
            site=site_of(device.id),
            site_name=self._board.site_name(site_of(device.id)),
            room=device.room or None,
            room_name=self._board.room_name(device.room) if device.room else None,
            agent=node_of(device.id),
            role=device.role,
            name=device.name or device.id.rpartition(":")[2],
            unit=Unit.model_validate(device.unit),
            state=health.state,
            level=health.level,
            pending=health.pending,
            since=health.since,
            last_seen=self._board.last_seen(health),
            in_campus=device.in_campus,
            agent_version=device.agent_version,
            os=device.os,
            interval_s=device.interval.total_seconds() if device.interval else None,
            maintenance=self._board.maintenance(device.id),
            highlight=highlight(self._values, device.id, device.role),
        )

    def override(self, changed: Changed) -> Override:
        """Return a rule that an override changes at a device."""
        override, place = changed.override, changed.override.place
        return Override(
            rule=changed.rule,
            words=_shown(self._words(changed.rule)),
            at=override.at,
            why=override.why,
            place=OverridePlace(
                site=place.site or None,
                room=place.room or None,
                device=place.device or None,
                instances=list(place.instances.like) if place.instances is not None else None,
            ),
            instances=list(changed.instances),
            own=[RuleForm.model_validate(form) for form in changed.own],
            here=[RuleForm.model_validate(form) for form in changed.here],
        )

    def incident(self, record: IncidentRecord) -> Incident:
        """Return an incident with the words of its rule."""
        incident = record.incident
        words = self._words(incident.rule)
        return Incident(
            id=incident.id,
            ticket=record.ticket,
            state=incident.state,
            site=site_of(incident.device),
            room=incident.room or None,
            device=incident.device,
            metric=incident.metric,
            instance=incident.instance,
            family=incident.family,
            rule=incident.rule,
            level=incident.level,
            attribution=incident.attribution,
            value=incident.value,
            cause=incident.cause,
            onset_at=incident.onset_at,
            detected_at=incident.detected_at,
            cleared_at=incident.cleared_at,
            flapping=record.flapping,
            late=incident.late,
            maintenance=record.held,
            corrections=[Correction.model_validate(dict(each)) for each in record.corrections],
            words=_shown(words),
        )

    def notice(self, notice: model.Notice) -> Notice:
        """Return a notice with the words of its rule."""
        return Notice(
            id=notice.id,
            state=notice.state,
            site=site_of(notice.device),
            room=notice.room or None,
            room_name=self._board.room_name(notice.room) if notice.room else None,
            device=notice.device,
            metric=notice.metric,
            instance=notice.instance,
            rule=notice.rule,
            value=notice.value,
            onset_at=notice.onset_at,
            detected_at=notice.detected_at,
            cleared_at=notice.cleared_at,
            words=_shown(self._words(notice.rule)),
        )

    def training(self, repeated: Repeated, days: int) -> TrainingSuggestion:
        """Return where training would help."""
        return TrainingSuggestion(
            site=repeated.room.partition("/")[0],
            room=repeated.room,
            room_name=self._board.room_name(repeated.room),
            rule=repeated.rule,
            count=repeated.count,
            days=days,
            last_at=repeated.last_at,
            words=_shown(self._words(repeated.rule)),
        )

    def ticket(self, ticket: core.Ticket, now: datetime) -> Ticket:
        """Return a ticket; clocks that have run out by `now` are breached."""
        shown = replay.as_of(ticket, now)
        device = self._board.described(shown.device) if shown.device else None
        return Ticket(
            id=shown.id,
            level=shown.level,
            state=shown.state,
            source=shown.source,
            title=shown.title,
            symptom=shown.symptom,
            cause=shown.cause,
            remedy=shown.remedy,
            site=shown.site,
            site_name=self._board.site_name(shown.site),
            room=shown.room or None,
            room_name=self._board.room_name(shown.room) if shown.room else None,
            device=shown.device,
            device_name=(device.name or device.id.rpartition(":")[2]) if device else None,
            device_role=device.role if device else None,
            incidents=list(shown.incidents),
            onset_at=shown.onset_at,
            detected_at=shown.detected_at,
            opened_at=shown.opened_at,
            updated_at=shown.updated_at,
            promised_at=shown.promised_at,
            expected_at=shown.expected_at,
            paused_at=shown.paused_at,
            restored_at=shown.restored_at,
            flapping=shown.flapping,
            late=shown.late,
            drill=shown.drill,
            storm=shown.storm,
            calls_at=shown.calls_at,
            called_at=shown.called_at,
            complained_at=shown.complained_at,
            escalation=[Escalation.model_validate(rung) for rung in shown.escalation],
            assignee=shown.assignee,
            coverage=shown.coverage,
            agreement=shown.agreement,
            clocks=[Clock.model_validate(clock) for clock in shown.clocks],
            words=_shown(shown.words),
            actions=[Action(one.name) for one in action.ACTIONS.values() if action.forbids(shown, one) is None],
            version=shown.version,
        )

    def log_entry(self, entry: core.Entry) -> LogEntry:
        """Return a line of a ticket's log."""
        return LogEntry(
            number=entry.number, at=entry.at, actor=entry.actor, action=entry.action, fields=dict(entry.fields)
        )


def _shown(words: Mapping[str, Mapping[str, str]]) -> dict[str, Words]:
    return {language: Words.model_validate(dict(said)) for language, said in words.items()}
