"""Tickets: what is broken, who is at it, and which promises run."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Request

from collector.api.auth import Actor, Caller, address_of
from collector.api.narrowing import Levels, Words, narrow
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.principal import Principal
from collector.api.problems import ProblemError, bad_request, not_found
from collector.api.schemas.base import Mistake, Page, Problem
from collector.api.schemas.ticket import Action, LogEntry, Ticket, TicketAsked, TicketFilter
from collector.api.services import Served, Services
from collector.core import ticket as core
from collector.core.action import ActionForbidden, BadFields, UnknownAction
from collector.core.model import TicketId
from collector.core.ticket import TicketState
from collector.desk.changes import Changes
from collector.desk.errors import UnknownTicket
from collector.store.records.accounts import Role

router = APIRouter(tags=["tickets"])

Id = Annotated[int, Path(ge=1, lt=1 << 62)]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", max_length=200, description="The same key again does nothing twice")
]
Fields = Annotated[dict[str, object], Body(default_factory=dict, description="What the action asks for")]
_CUSTOMER_MAY = frozenset({Action.COMMENT, Action.COMPLAIN, Action.SETTLE, Action.SURVEY})


@router.get("/tickets")
async def list_tickets(
    served: Served,
    caller: Caller,
    state: Annotated[list[TicketFilter], Query(description="`live` is all but closed")] = [],  # noqa: B006
    level: Levels = [],  # noqa: B006 - FastAPI copies it
    site: Words = [],  # noqa: B006
    room: Words = [],  # noqa: B006
    device: Words = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Ticket]:
    """List tickets, the newest first."""
    before = TicketId(int(read_cursor(cursor, int)[0])) if cursor is not None else None
    chosen = narrow(caller, served.settled_board(), sites=site, rooms=room, devices=device, levels=level)
    found = await served.pool.run(served.tickets.tickets, chosen, states=_states(state), before=before, limit=limit + 1)
    page = found[:limit]
    now = served.now()
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[served.renderer.ticket(one, now) for one in page], next=following)


@router.post("/tickets", status_code=201, responses={409: {"model": Problem}})
async def open_ticket(served: Served, caller: Actor, request: Request, asked: TicketAsked, key: Key = None) -> Ticket:
    """Open a ticket that a person reports."""
    if caller.sites is not None and asked.site is None:
        raise bad_request([Mistake(where="site", what="is needed")])
    if asked.site is not None and not caller.sees(asked.site):
        raise not_found("site", asked.site)
    now = served.now()
    fields = asked.model_dump(exclude_none=True)
    try:
        changes = await served.pool.run(served.desk.open_by_person, fields, actor=caller.name, now=now, key=key)
    except BadFields as error:
        raise _bad_fields(error) from error
    ticket = changes.tickets[0]
    await _done(served, caller, request, changes, "ticket.open", ticket.id)
    return served.renderer.ticket(ticket, served.now())


@router.get("/tickets/{id}")
async def get_ticket(served: Served, caller: Caller, id: Id) -> Ticket:
    """Show one ticket."""
    return served.renderer.ticket(await _seen(served, caller, id), served.now())


@router.get("/tickets/{id}/log")
async def list_ticket_log(
    served: Served,
    caller: Caller,
    id: Id,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LogEntry]:
    """List the log of a ticket from its first entry on."""
    after = int(read_cursor(cursor, int)[0]) if cursor is not None else 0
    ticket = await _seen(served, caller, id)
    entries = await served.pool.run(served.tickets.log, ticket.id, after=after, limit=limit + 1)
    page = entries[:limit]
    following = write_cursor(page[-1].number) if len(entries) > limit else None
    return Page(items=[served.renderer.log_entry(entry) for entry in page], next=following)


@router.post(
    "/tickets/{id}/{action}", responses={409: {"model": Problem, "description": "The ticket's state forbids it"}}
)
async def act_on_ticket(
    served: Served,
    caller: Actor,
    request: Request,
    id: Id,
    action: Action,
    fields: Fields,
    key: Key = None,
) -> Ticket:
    """Act on a ticket, and show it as it stands then."""
    if caller.role is Role.CUSTOMER and action not in _CUSTOMER_MAY:
        raise ProblemError(403, f"a customer may {', '.join(sorted(_CUSTOMER_MAY))} on a ticket, not {action}")
    ticket = await _seen(served, caller, id)
    now = served.now()
    try:
        changes = await served.pool.run(
            served.desk.act, ticket.id, action.value, fields, actor=caller.name, now=now, key=key
        )
    except ActionForbidden as error:
        raise ProblemError(409, str(error)) from error
    except (UnknownAction, UnknownTicket) as error:
        raise ProblemError(404, str(error)) from error
    except BadFields as error:
        raise _bad_fields(error) from error
    await _done(served, caller, request, changes, f"ticket.{action.value}", id)
    changed = next((one for one in changes.tickets if one.id == id), None)
    if changed is None:  # the key was known: it had been done before
        changed = await _seen(served, caller, id)
    return served.renderer.ticket(changed, served.now())


async def _seen(served: Services, caller: Principal, id_: int) -> core.Ticket:
    ticket = await served.pool.run(served.tickets.ticket, TicketId(id_))
    if ticket is None or not caller.sees(ticket.site):
        raise not_found("ticket", id_)
    return ticket


async def _done(served: Services, caller: Principal, request: Request, changes: Changes, action: str, id_: int) -> None:
    served.board.apply(changes)
    await served.pool.run(
        served.accounts.note,
        at=served.now(),
        actor=caller.name,
        action=action,
        subject=str(id_),
        address=address_of(request),
        fields={"via": caller.via.value},
    )


def _states(chosen: Sequence[TicketFilter]) -> frozenset[TicketState]:
    """Return the states to list; all where none is asked for."""
    if not chosen:
        return frozenset(TicketState)
    named = {TicketState(one.value) for one in chosen if one is not TicketFilter.LIVE}
    live = set(TicketState) - {TicketState.CLOSED} if TicketFilter.LIVE in chosen else set()
    return frozenset(named | live)


def _bad_fields(error: BadFields) -> ProblemError:
    mistakes = [
        Mistake(where=where, what=what.strip()) for where, _, what in (one.partition(":") for one in error.mistakes)
    ]
    return bad_request(mistakes)
