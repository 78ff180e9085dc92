"""What a test of rules expects, in YAML: devices, incidents, notices, tickets and clocks at a time.

Comes in: an item of `expect`. Goes out: an `Expectation`, or every mistake in it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from collector.core.model import Attribution, DeviceId, Level, State
from collector.core.ticket import ClockState, Step, TicketState
from collector.packs.document import Cursor
from collector.packs.moment import Clock, Moment, MomentReader
from collector.packs.scalar import Choice, Duration, Number, Pattern, Text, device_id
from collector.packs.shape import Json, Key, Many, MapOf, Record, Shape
from collector.trial.case import ClockIs, DeviceIs, Expectation, IncidentIs, NoticeIs, Place, TicketIs


class StateWords:
    """`ok`, `degraded 2`, `ok pending`, `failed 1 pending`."""

    def read(self, cursor: Cursor) -> DeviceIs:
        words = Text().read(cursor).split()
        pending = words[-1] == "pending"
        state, *level = words[:-1] if pending else words
        if state not in set(State) or level not in ([], ["1"], ["2"], ["3"]):
            states = ", ".join(State)
            cursor.refuse(f"must be one of {states}, then perhaps a level and `pending`; is {' '.join(words)!r}")
        return DeviceIs(state=State(state), level=Level(int(level[0])) if level else None, pending=pending)

    def schema(self) -> Json:
        return {"type": "string", "pattern": f"^({'|'.join(State)})( [123])?( pending)?$"}


DEVICE: Final = device_id()
MOMENT: Final = MomentReader()
AT: Final = Key("at", MOMENT, need=True, about="from the start, or a time of the calendar")
RULE: Final = Key("rule", Text(), need=True)
LEVEL: Final = Key("level", Number(low=1, high=3, whole=True), default=None)
OF_DEVICE: Final = Key("device", DEVICE, default=None)
INSTANCE: Final = Key("instance", Text(empty=True), default=None)
ONSET: Final = Key("onset", MOMENT, default=None)
CAUSE: Final = Key("cause", Text(), default=None, about="the rule of the incident that is its cause")
CLEARED: Final = Key("cleared", MOMENT, default=None, about="it is over, since then; without it it is open")
OF_ROOM: Final = Key("room", Text(), default=None, about="site/room")
OVERRIDE: Final = Key(
    "override", Text(empty=True), default=None, about="the `why` of the override that judges it; '' for none"
)
WHOSE: Final = Key("attribution", Choice(Attribution), default=None, about="whose trouble it is")
NOTICE: Final = Shape("a notice", RULE, OF_DEVICE, OF_ROOM, INSTANCE, ONSET, CLEARED, OVERRIDE)
INCIDENT: Final = Shape("an incident", *NOTICE.keys.values(), LEVEL, CAUSE, WHOSE)

CLOCK_STATE: Final = Key("state", Choice(ClockState), default=None)
DUE: Final = Key("due", MOMENT, default=None, about="from the opening, or a time of the calendar")
MET: Final = Key("met", Duration(), default=None, about="from the opening")
CLOCK: Final = Shape("a clock", CLOCK_STATE, DUE, MET)
TICKET_LEVEL: Final = Key("level", Number(low=1, high=4, whole=True), need=True)
TICKET_STATE: Final = Key("state", Choice(TicketState), default=TicketState.OPEN)
MEMBERS: Final = Key("incidents", Number(low=1, whole=True), default=None, about="how many belong to it")
CLOCKS: Final = Key("clocks", MapOf(Choice(Step), CLOCK), default={})
A_RUNG: Final = Pattern(rf"({'|'.join(Step)})/\d+(\.\d+)?", "a step and a share in percent, like respond/50")
ESCALATION: Final = Key("escalation", Many(A_RUNG), default=None, about="rungs reached by then, in order; [] for none")
HELD: Final = Key("held", Many(A_RUNG), default=None, about="rungs that are kept quiet then; [] for none")
TICKET_IS: Final = Shape("a ticket", TICKET_LEVEL, TICKET_STATE, OF_DEVICE, OF_ROOM, MEMBERS, CLOCKS, ESCALATION, HELD)


class Short:
    """A mapping, or its two foremost keys as one text: `component-failed 2`, `2 open`."""

    def __init__(self, shape: Shape, pattern: str, what: str, *keys: Key[object]) -> None:
        self._shape, self._pattern, self._what, self._keys = shape, pattern, what, keys

    def read(self, cursor: Cursor) -> Record:
        if cursor.kind == "a mapping":
            return self._shape.read(cursor)
        words = Pattern(self._pattern, self._what).read(cursor).split()
        values = {
            key.name: key.reader.read(_retagged(cursor, word)) for key, word in zip(self._keys, words, strict=False)
        }
        return Record(cursor, values, {})

    def schema(self) -> Json:
        return {"anyOf": [Pattern(self._pattern, self._what).schema(), self._shape.schema()]}


A_NOTICE: Final = Short(NOTICE, r"\S+", "a rule, like sound-low", RULE)
AN_INCIDENT: Final = Short(INCIDENT, r"\S+ [123]", "a rule and a level, like component-failed 2", RULE, LEVEL)
A_TICKET: Final = Short(TICKET_IS, r"[1234] \w+", "a level and a state, like 2 open", TICKET_LEVEL, TICKET_STATE)
DEVICES_ARE: Final = Key("devices", MapOf(DEVICE, StateWords()), default={}, about="what devices are by then")
INCIDENTS_ARE: Final = Key(
    "incidents", Many(AN_INCIDENT, single=True), default=None, about="all that are open then; [] for none"
)
NOTICES_ARE: Final = Key(
    "notices", Many(A_NOTICE, single=True), default=None, about="all notices that are open then; [] for none"
)
TICKETS_ARE: Final = Key("tickets", Many(A_TICKET, single=True), default=None, about="all tickets; [] for none")
EXPECTED: Final = Shape("an expectation", AT, DEVICES_ARE, INCIDENTS_ARE, NOTICES_ARE, TICKETS_ARE)


class ExpectedReader:
    """Makes an expectation of its record. `at` counts a moment from the start, `place` is where a cursor stands."""

    def __init__(self, *, at: Callable[[Moment], timedelta], zone: ZoneInfo, place: Callable[[Cursor], Place]) -> None:
        self._at = at
        self._zone = zone
        self._place = place

    def expectation(self, record: Record) -> Expectation:
        incidents, notices, tickets = record[INCIDENTS_ARE], record[NOTICES_ARE], record[TICKETS_ARE]
        at = self._at(record[AT])
        if at < timedelta():
            record.at(AT).refuse("is before the start of the test")
        return Expectation(
            at=at,
            place=self._place(record.cursor),
            devices={DeviceId(device): words for device, words in record[DEVICES_ARE].items()},
            incidents=tuple(map(self._incident, incidents)) if incidents is not None else None,
            notices=tuple(map(self._notice, notices)) if notices is not None else None,
            tickets=tuple(map(self._ticket, tickets)) if tickets is not None else None,
        )

    def _notice(self, record: Record) -> NoticeIs:
        onset, cleared, device = record[ONSET], record[CLEARED], record[OF_DEVICE]
        return NoticeIs(
            rule=record[RULE],
            device=DeviceId(device) if device is not None else None,
            room=record[OF_ROOM],
            instance=record[INSTANCE],
            onset=self._at(onset) if onset is not None else None,
            cleared=self._at(cleared) if cleared is not None else None,
            override=record[OVERRIDE],
        )

    def _incident(self, record: Record) -> IncidentIs:
        seen, level = self._notice(record), record[LEVEL]
        return IncidentIs(
            rule=seen.rule,
            device=seen.device,
            room=seen.room,
            instance=seen.instance,
            onset=seen.onset,
            cleared=seen.cleared,
            override=seen.override,
            level=Level(int(level)) if level is not None else None,
            cause=record[CAUSE],
            attribution=record[WHOSE],
        )

    def _ticket(self, record: Record) -> TicketIs:
        device, members = record[OF_DEVICE], record[MEMBERS]
        return TicketIs(
            level=Level(int(record[TICKET_LEVEL])),
            state=record[TICKET_STATE],
            device=DeviceId(device) if device is not None else None,
            room=record[OF_ROOM],
            incidents=int(members) if members is not None else None,
            clocks={step: self._clock(clock) for step, clock in record[CLOCKS].items()},
            escalation=record[ESCALATION],
            held=record[HELD],
        )

    def _clock(self, record: Record) -> ClockIs:
        due = record[DUE]
        return ClockIs(
            state=record[CLOCK_STATE],
            due=due if isinstance(due, timedelta) else None,
            due_at=due.within(self._zone) if isinstance(due, Clock) else None,
            met=record[MET],
        )


def _retagged(cursor: Cursor, word: str) -> Cursor:
    tag = "tag:yaml.org,2002:int" if word.isdigit() else "tag:yaml.org,2002:str"
    mark = cursor.node.start_mark
    return Cursor(cursor.document, yaml.ScalarNode(tag, word, mark, mark), cursor.where)
