"""Which state allows which action, what it asks for, and what it makes of the ticket."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from collector.core.action import ACTIONS, ActionForbidden, BadFields, UnknownAction, entry_for
from collector.core.model import Level
from collector.core.ticket import TicketState
from tests.unit.core.ticket_scene import OPENED, SAID, Scene, after, in_state, without_version

O, A, S = TicketState.OPEN, TicketState.ACKNOWLEDGED, TicketState.ON_SITE  # noqa: E741
R, V, C = TicketState.RESTORED, TicketState.RESOLVED, TicketState.CLOSED
ALLOWED: dict[str, dict[TicketState, TicketState]] = {
    "acknowledge": {O: A},
    "promise": {O: O, A: A, S: S},
    "dispatch": {O: O, A: A, S: S},
    "arrive": {O: S, A: S},
    "swap": {O: R, A: R, S: R},
    "restore": {O: R, A: R, S: R},
    "resolve": {A: V, S: V, R: V},
    "close": {R: C, V: C},
    "reopen": {R: O, V: O, C: O},
    "relevel": {O: O, A: A, S: S},
    "pause": {O: O, A: A, S: S},
    "resume": {},
    "comment": {state: state for state in TicketState},
    "complain": {state: state for state in TicketState},
    "settle": {},
    "survey": {R: R, V: V, C: C},
}


def test_every_action_of_the_interface_is_in_the_table() -> None:
    promised = (
        "acknowledge promise dispatch arrive swap restore resolve close reopen relevel pause resume comment complain"
    )
    assert [*promised.split(), "settle", "survey"] == list(ACTIONS) == list(ALLOWED)


@pytest.mark.parametrize(("action", "state"), list(product(ALLOWED, TicketState)), ids=lambda value: str(value))
def test_an_action_does_what_the_state_allows_and_nothing_else(action: str, state: TicketState) -> None:
    scene = in_state(state)
    if state in ALLOWED[action]:
        assert scene.act(action, 20).state is ALLOWED[action][state]
        assert scene.ticket.version == len(scene.log)
    else:
        with pytest.raises(ActionForbidden) as caught:
            scene.act(action, 20)
        assert (caught.value.state, caught.value.action) == (state, action)


@pytest.mark.parametrize("state", [O, A, S], ids=str)
def test_only_a_paused_ticket_resumes_and_only_a_running_one_pauses(state: TicketState) -> None:
    scene = in_state(state)
    assert scene.act("pause", 20).paused_at == after(20)
    with pytest.raises(ActionForbidden, match="paused already"):
        scene.act("pause", 21)
    assert scene.act("resume", 22).paused_at is None
    with pytest.raises(ActionForbidden, match="not paused"):
        scene.act("resume", 23)


@pytest.mark.parametrize("state", [R, V], ids=str)
def test_a_ticket_is_closed_only_when_whoever_complained_is_content(state: TicketState) -> None:
    scene = in_state(state)
    with pytest.raises(ActionForbidden, match="no complaint stands"):
        scene.act("settle", 20, {"text": "all is well"})
    assert scene.act("complain", 20, {"text": "nobody came", "complainant": "Chen"}).complained_at == after(20)
    assert scene.act("complain", 25).complained_at == after(20)
    with pytest.raises(ActionForbidden, match="a complaint stands"):
        scene.act("close", 26)
    with pytest.raises(BadFields, match="text: is needed"):
        scene.act("settle", 27, {"text": " "})
    assert scene.act("settle", 28, {"text": "content since the visit"}).complained_at is None
    assert scene.act("close", 29).state is C


def test_an_action_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownAction, match=r"'explode'.*acknowledge"):
        Scene().act("explode", 1)


@pytest.mark.parametrize(
    ("action", "fields", "mistake"),
    [
        pytest.param("comment", {}, "text: is needed", id="a comment without words"),
        pytest.param("comment", {"text": "   "}, "text: is needed", id="a comment of blanks"),
        pytest.param("comment", {"text": 5}, "text: is 5", id="a comment that is a number"),
        pytest.param("comment", {"text": "x" * 10_001}, "at most 10000", id="a comment without end"),
        pytest.param("comment", {"text": "a\0b"}, "text: is", id="a comment with a zero byte"),
        pytest.param("promise", {"promised_at": None}, "promised_at: is needed", id="a promise without a time"),
        pytest.param("promise", {"promised_at": "soon"}, "promised_at: is 'soon'", id="a promise of no time"),
        pytest.param("promise", {"promised_at": "2026-12-01T10:00"}, "a time to come", id="a time without its zone"),
        pytest.param("promise", {"promised_at": "2020-01-01T00:00:00Z"}, "a time to come", id="a promise of the past"),
        pytest.param("relevel", {"level": 5}, "a level from 1 to 4", id="a level that there is not"),
        pytest.param("relevel", {"level": True}, "a level from 1 to 4", id="a level that is a boolean"),
        pytest.param("dispatch", {"assignee": ""}, "assignee: is needed", id="nobody is sent"),
        pytest.param("acknowledge", {"colour": "red"}, "colour: there is no such field", id="a field too many"),
    ],
)
def test_wrong_fields_are_refused(action: str, fields: dict[str, object], mistake: str) -> None:
    with pytest.raises(BadFields, match=mistake):
        entry_for(Scene().ticket, action, fields, actor="li", now=after(5))


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadFields) as caught:
        Scene().act("dispatch", 5, {"assignee": "", "expected_at": "then", "van": 3})
    assert [mistake.split(":")[0] for mistake in caught.value.mistakes] == ["van", "assignee", "expected_at"]


def test_who_acknowledges_has_the_ticket_unless_they_name_another() -> None:
    assert Scene().act("acknowledge", 3, actor="li").assignee == "li"
    assert Scene().act("acknowledge", 3, {"assignee": "Chen"}, actor="li").assignee == "Chen"


def test_what_people_say_is_on_the_ticket() -> None:
    scene = Scene()
    scene.act("acknowledge", 3)
    scene.act("promise", 4, {"promised_at": "2026-11-19T18:00:00+08:00"})
    scene.act("dispatch", 5, {"assignee": "Wang", "expected_at": "2026-11-19T11:05:00+08:00"})
    scene.act("arrive", 60, actor="Wang")
    scene.act("swap", 90, {"removed": "RX-1", "installed": "RX-2"})
    ticket = scene.act("resolve", 95, {"cause": "worn disk", "remedy": "new recorder"})
    assert (ticket.assignee, ticket.cause, ticket.remedy) == ("Wang", "worn disk", "new recorder")
    assert (ticket.promised_at, ticket.expected_at, ticket.restored_at) == (after(480), after(65), after(90))


def test_a_comment_changes_nothing_but_the_log() -> None:
    scene = Scene()
    before = scene.ticket
    after_it = scene.act("comment", 5)
    assert without_version(after_it) == without_version(before)
    assert (after_it.version, after_it.updated_at) == (2, after(5))


def test_a_clock_that_was_set_back_does_not_turn_the_log_round() -> None:
    scene = Scene()
    scene.act("comment", 30)
    assert scene.act("acknowledge", 20).updated_at == after(30)


def test_times_are_kept_in_utc() -> None:
    entry = entry_for(Scene().ticket, "promise", {"promised_at": "2026-11-19T18:00:00+08:00"}, actor="li", now=OPENED)
    assert entry.fields == {"promised_at": "2026-11-19T10:00:00+00:00"}


def test_a_new_level_is_on_the_ticket_at_once() -> None:
    assert Scene(3).act("relevel", 5, {"level": 1}).level is Level.OUTAGE


def test_what_needs_nothing_takes_an_empty_object() -> None:
    for action in set(ACTIONS) - set(SAID) - {"resume"}:
        state = next(iter(ALLOWED[action]))
        ticket = in_state(state).ticket
        assert entry_for(ticket, action, {}, actor="li", now=ticket.updated_at + timedelta(minutes=1)).fields == {}


def test_an_entry_of_a_newer_version_is_kept_and_passed_over() -> None:
    scene = Scene()
    before = scene.ticket
    told = scene.tell("teleported", 5, where="moon")
    assert without_version(told) == without_version(before)
    assert told == replace(before, version=2, updated_at=after(5))
