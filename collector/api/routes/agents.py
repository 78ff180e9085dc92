"""Agents: which there are, what runs where; they enrol here, are revoked, and get their configurations."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from collector.api.auth import Caller, address_of
from collector.api.fleet_desk import Engineer, Fleet, ask
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.principal import Principal
from collector.api.problems import ProblemError, not_found
from collector.api.schemas.base import Page, Problem
from collector.api.schemas.fleet import (
    Agent,
    AgentConfig,
    ConfigAsked,
    ConfigState,
    ConfigText,
    EnrolAsked,
    Sighting,
    Trouble,
    Welcome,
)
from collector.api.services import Served, Services
from collector.core.computer import WINDOW, hardware_of, is_same
from collector.core.model import DeviceId, site_of
from collector.desk.board import Board
from collector.fleet.desk import Asked
from collector.store.records import fleet

router = APIRouter(
    tags=["agents"], responses={503: {"model": Problem, "description": "The broker does not play along"}}
)
Chosen = Annotated[list[str], Query()]
_LOOPBACK = ("127.", "::1")
_GUARDED_NAME = "\0enrolment"  # no user's
# What agents say of their computers.
_IN_MEMORY = "classroom.agent.outbox.in_memory"
_JUMPS = "classroom.agent.clock.jumps"
_SLEEPS = "classroom.agent.sleeps"
_NETWORK = "classroom.agent.network.changes"
_TROUBLE = frozenset((_IN_MEMORY, _JUMPS, _SLEEPS, _NETWORK))
# An outbox that had the number of an earlier run so often in a row does not outlive one.
_REPEATS_TO_BE_VOLATILE = 2


@router.get("/agents")
async def list_agents(
    served: Served,
    caller: Caller,
    desk: Fleet,
    site: Chosen = [],  # noqa: B006 - FastAPI copies it
    room: Chosen = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Agent]:
    """List agents by id. `room` is `site/room`, or a room's own id at any site."""
    after = str(read_cursor(cursor, str)[0]) if cursor is not None else ""
    sites: Sequence[str] | None = sorted(caller.sites) if caller.sites is not None else None
    if site:
        sites = [one for one in site if caller.sees(one)]
    found = await served.pool.run(desk.records.agents, sites=sites, rooms=room, after=after, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[_shown(served, one) for one in page], next=following)


@router.post(
    "/agents", status_code=201, responses={429: {"model": Problem, "description": "Too many tries with a wrong code"}}
)
async def enrol_agent(served: Served, desk: Fleet, request: Request, asked: EnrolAsked) -> Welcome:
    """Trade a code for an identity; `roomtone agent enrol` calls this, and needs no other right than its code."""
    address = address_of(request)
    wait_s = served.guard.wait_s(_GUARDED_NAME, address, served.monotonic_s())
    if wait_s > 0:
        wait = str(math.ceil(wait_s))
        raise ProblemError(429, f"too many tries; try again in {wait} s", headers={"Retry-After": wait})
    now = served.now()
    given = await ask(
        served,
        desk.enrol,
        Asked(
            code=asked.code.strip().lower(),
            claim=asked.claim,
            wanted=asked.agent,
            fingerprint=asked.fingerprint,
            asked_host=request.url.hostname or "127.0.0.1",
            is_from_here=address.startswith(_LOOPBACK),
        ),
        now,
    )
    served.guard.forgive(_GUARDED_NAME, address)
    await _note(served, request, now, "agent.enrol", given.id, actor=given.id)
    return Welcome(
        id=given.id,
        site=site_of(given.id),
        agent=given.id.partition(":")[2],
        version=given.version,
        config=given.config,
        password=given.password,
        authority=given.authority,
    )


@router.get("/agents/{id}")
async def get_agent(served: Served, caller: Caller, desk: Fleet, id: str) -> Agent:
    """Show one agent."""
    return _shown(served, await _seen(served, caller, desk, id))


@router.delete("/agents/{id}", status_code=204)
async def revoke_agent(served: Served, caller: Engineer, desk: Fleet, request: Request, id: str) -> Response:
    """Cut an agent off from the broker at once. Its history stays; a new code lets it in again."""
    now = served.now()
    await ask(served, desk.revoke, DeviceId(id), by=caller.name, now=now)
    await _note(served, request, now, "agent.revoke", id, actor=caller.name)
    return Response(status_code=204)


@router.get("/agents/{id}/config")
async def get_agent_config(
    served: Served,
    caller: Engineer,
    desk: Fleet,
    id: str,
    version: Annotated[int | None, Query(ge=1, lt=1 << 31)] = None,
) -> ConfigText:
    """Show an agent's configuration as it was handed out, the newest where no version is named."""
    found = await served.pool.run(desk.records.configuration, DeviceId(id), version)
    if found is None:
        raise not_found("configuration of agent", id)
    return ConfigText(version=found.version, config=found.text, made_at=found.made_at, made_by=found.made_by)


@router.put("/agents/{id}/config", status_code=202)
async def put_agent_config(
    served: Served, caller: Engineer, desk: Fleet, request: Request, id: str, asked: ConfigAsked
) -> ConfigText:
    """Hand an agent a new configuration. Whether it runs it, `GET /agents/{id}` tells within minutes."""
    now = served.now()
    made = await ask(served, desk.configure, DeviceId(id), asked.config, by=caller.name, now=now)
    await _note(served, request, now, "agent.configure", id, actor=caller.name, version=made.version)
    return ConfigText(version=made.version, config=made.text, made_at=made.made_at, made_by=made.made_by)


async def _note(
    served: Services, request: Request, at: datetime, action: str, subject: str, *, actor: str, **fields: object
) -> None:
    await served.pool.run(
        served.accounts.note,
        at=at, actor=actor, action=action, subject=subject, address=address_of(request), fields=fields,
    )  # fmt: skip


async def _seen(served: Services, caller: Principal, desk: Fleet, id_: str) -> fleet.Agent:
    found = await served.pool.run(desk.records.agent, DeviceId(id_))
    if found is None or not caller.sees(found.site):
        raise not_found("agent", id_)
    return found


def _trouble(board: Board, id_: DeviceId) -> Trouble:
    counted = board.values_of(id_, _TROUBLE)
    return Trouble(
        in_memory=bool(counted.get(_IN_MEMORY)),
        clock_jumps=round(sum(value for name, value in counted.items() if name.startswith(_JUMPS))),
        untold_sleeps=round(counted.get(f"{_SLEEPS}[untold]", 0)),
        network_changes=round(counted.get(_NETWORK, 0)),
    )


def _shown(served: Services, one: fleet.Agent) -> Agent:
    board = served.settled_board()
    health = board.device(one.id)
    said = one.said
    room = (health.device.room.partition("/")[2] if health else "") or one.room
    now = served.now()
    living = [
        Sighting(label=seen.label, heard_at=seen.heard_at) for seen in one.computers if now - seen.heard_at < WINDOW
    ]
    return Agent(
        id=one.id,
        site=one.site,
        room=room or None,
        state=health.state if health else None,
        last_seen=board.last_seen(health) if health else None,
        born_at=one.born_at,
        agent_version=said.get("agent_version", ""),
        os=said.get("os", ""),
        address=said.get("address", ""),
        serial=said.get("serial", ""),
        fingerprint=said.get("fingerprint", ""),
        spool="volatile" if one.repeats >= _REPEATS_TO_BE_VOLATILE else said.get("spool", ""),
        trouble=_trouble(board, one.id),
        moved=not is_same(frozenset(one.hardware), hardware_of(said.get("fingerprint", ""))),
        computers=living if len(living) > 1 else [],
        config=_config(one),
        enrolled_at=one.enrolled_at,
        enrolled_by=one.enrolled_by,
        revoked_at=one.revoked_at,
        revoked_by=one.revoked_by,
    )


def _config(one: fleet.Agent) -> AgentConfig:
    word, tried = one.said.get("config_state", ""), _number(one.said.get("config_tried"))
    has_failed = one.configuration > one.running and tried == one.configuration
    state = ConfigState.APPLIED if one.running else ConfigState.LOCAL
    if has_failed or one.running == one.configuration:
        state = ConfigState(word) if word in set(ConfigState) else state
    elif one.configuration > one.running:
        state = ConfigState.PENDING
    return AgentConfig(
        version=one.running,
        newest=max(one.configuration, one.running),
        state=state,
        error=one.said.get("config_error", "") if has_failed else "",
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
