"""What a person may do to a ticket: which states allow it, what it asks for, and the log entry that it becomes.

Comes in: the ticket as it stands, an action's name and its fields as JSON has them. Goes out: an `Entry`, or a
refusal. `replay` says what an entry does.

ActionRefused
├── UnknownAction     there is no such action
├── ActionForbidden   the ticket's state does not allow it
└── BadFields         what came with it is wrong or missing; all mistakes at once
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from collector.core.model import Level
from collector.core.ticket import UNDER_WAY, Entry, Ticket, TicketState

_NAME_LENGTH = 200
_TEXT_LENGTH = 10_000


class ActionRefused(Exception):
    """What a person asked for was not done; nothing has changed."""


class UnknownAction(ActionRefused):
    """There is no such action."""

    def __init__(self, action: str) -> None:
        super().__init__(f"there is no action {action!r}; there are {', '.join(ACTIONS)}")
        self.action = action


class ActionForbidden(ActionRefused):
    """The ticket's state does not allow the action."""

    def __init__(self, state: TicketState, action: str, why: str) -> None:
        super().__init__(f"{action} is not possible: {why}")
        self.state = state
        self.action = action


class BadFields(ActionRefused):
    """What came with an action is wrong; `mistakes` has a sentence for each field."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class Kind(StrEnum):
    """What the value of a field is."""

    NAME = "name"  # a short text
    TEXT = "text"
    INSTANT = "instant"  # RFC 3339 with an offset
    LATER = "later"  # an instant that is still to come
    LEVEL = "level"  # 1 to 4
    SCORE = "score"  # 1 to 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that an action asks for."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that a person may do to a ticket in one of `states`."""

    name: str
    states: frozenset[TicketState]
    fields: tuple[Field, ...] = ()


NOTE: Final = Field(name="text", kind=Kind.TEXT)
_SAID: Final = Field(name="text", kind=Kind.TEXT, required=True)
_ANY: Final = frozenset(TicketState)
_DONE: Final = _ANY - UNDER_WAY
_LIST: Final = (
    Action(
        name="acknowledge",
        states=frozenset({TicketState.OPEN}),
        fields=(Field(name="assignee", kind=Kind.NAME), NOTE),
    ),
    Action(
        name="promise",
        states=UNDER_WAY,
        fields=(Field(name="promised_at", kind=Kind.LATER, required=True), NOTE),
    ),
    Action(
        name="dispatch",
        states=UNDER_WAY,
        fields=(
            Field(name="assignee", kind=Kind.NAME, required=True),
            Field(name="expected_at", kind=Kind.LATER),
            NOTE,
        ),
    ),
    Action(name="arrive", states=frozenset({TicketState.OPEN, TicketState.ACKNOWLEDGED}), fields=(NOTE,)),
    Action(
        name="swap",
        states=UNDER_WAY,
        fields=(Field(name="removed", kind=Kind.NAME), Field(name="installed", kind=Kind.NAME), NOTE),
    ),
    Action(name="restore", states=UNDER_WAY, fields=(NOTE,)),
    Action(
        name="resolve",
        states=frozenset({TicketState.ACKNOWLEDGED, TicketState.ON_SITE, TicketState.RESTORED}),
        fields=(Field(name="cause", kind=Kind.TEXT), Field(name="remedy", kind=Kind.TEXT), NOTE),
    ),
    Action(name="close", states=frozenset({TicketState.RESTORED, TicketState.RESOLVED}), fields=(NOTE,)),
    Action(name="reopen", states=_DONE, fields=(NOTE,)),
    Action(
        name="relevel",
        states=UNDER_WAY,
        fields=(Field(name="level", kind=Kind.LEVEL, required=True), NOTE),
    ),
    Action(name="pause", states=UNDER_WAY, fields=(_SAID,)),  # a promise stops for a reason that can be read later
    Action(name="resume", states=UNDER_WAY, fields=(NOTE,)),
    Action(name="comment", states=_ANY, fields=(_SAID,)),
    Action(name="complain", states=_ANY, fields=(Field(name="complainant", kind=Kind.NAME), _SAID)),
    # A complaint is over with the word of whoever made it.
    Action(name="settle", states=_ANY, fields=(Field(name="complainant", kind=Kind.NAME), _SAID)),
    Action(
        name="survey",
        states=_DONE,
        fields=(Field(name="score", kind=Kind.SCORE, required=True), Field(name="answered_by", kind=Kind.NAME), NOTE),
    ),
)
ACTIONS: Final[Mapping[str, Action]] = {action.name: action for action in _LIST}


def entry_for(ticket: Ticket, action: str, fields: Mapping[str, object], *, actor: str, now: datetime) -> Entry:
    """Return the entry that an action adds to the ticket's log.

    Raises UnknownAction, ActionForbidden, BadFields.
    """
    found = ACTIONS.get(action)
    if found is None:
        raise UnknownAction(action)
    why = forbids(ticket, found)
    if why is not None:
        raise ActionForbidden(ticket.state, action, why)
    return Entry(
        number=ticket.version + 1,
        at=max(now, ticket.updated_at),  # a clock that was set back does not turn the log round
        actor=actor,
        action=action,
        fields=checked(found.fields, fields, now=now),
    )


def forbids(ticket: Ticket, action: Action) -> str | None:
    """Say why a ticket does not allow an action now; None: it does."""
    if ticket.state not in action.states:
        return f"the ticket is {ticket.state}"
    match action.name:
        case "pause" if ticket.paused_at is not None:
            return "the clocks are paused already"
        case "resume" if ticket.paused_at is None:
            return "the clocks are not paused"
        case "close" if ticket.complained_at is not None:
            return "a complaint stands; settle it first, with the word of whoever complained"
        case "settle" if ticket.complained_at is None:
            return "no complaint stands"
        case _:
            return None


def checked(asked: tuple[Field, ...], given: Mapping[str, object], *, now: datetime) -> dict[str, object]:
    """Return the given fields as the log keeps them (JSON values, times in UTC); empty ones are left out.

    Raises BadFields with every mistake.
    """
    known = {field.name: field for field in asked}
    mistakes = [
        f"{name}: there is no such field; this takes {', '.join(known) or 'none'}"
        for name in given
        if name not in known
    ]
    kept: dict[str, object] = {}
    for name, field in known.items():
        value = given.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            if field.required:
                mistakes.append(f"{name}: is needed; give {_EXPECTED[field.kind]}")
            continue
        clean = _clean(value, field.kind, now)
        if clean is None:
            mistakes.append(f"{name}: is {_shown(value)}; give {_EXPECTED[field.kind]}")
        else:
            kept[name] = clean
    if mistakes:
        raise BadFields(tuple(mistakes))
    return kept


_EXPECTED: Final[Mapping[Kind, str]] = {
    Kind.NAME: f"a text of at most {_NAME_LENGTH} characters",
    Kind.TEXT: f"a text of at most {_TEXT_LENGTH} characters",
    Kind.INSTANT: 'a time like "2026-11-22T08:30:00Z"',
    Kind.LATER: 'a time to come, like "2026-11-22T08:30:00Z"',
    Kind.LEVEL: "a level from 1 to 4",
    Kind.SCORE: "a score from 1 to 5",
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _clean(value: object, kind: Kind, now: datetime) -> str | int | None:
    """Return the value as the log keeps it, None where it is not of its kind."""
    match kind:
        case Kind.NAME | Kind.TEXT:
            longest = _NAME_LENGTH if kind is Kind.NAME else _TEXT_LENGTH
            return value if isinstance(value, str) and len(value) <= longest and "\0" not in value else None
        case Kind.INSTANT | Kind.LATER:
            at = _instant(value)
            return None if at is None or (kind is Kind.LATER and at <= now) else at.isoformat()
        case Kind.LEVEL | Kind.SCORE:
            highest = max(Level) if kind is Kind.LEVEL else 5
            return value if type(value) is int and 1 <= value <= highest else None


def _instant(value: object) -> datetime | None:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
