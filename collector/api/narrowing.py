"""What a list is narrowed to: the filters of a request, and what its caller may see."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints

from collector.api.principal import Principal
from collector.api.sources import Filter
from collector.core.model import DeviceId, Level, RoomId, SiteId
from collector.desk.board import Board

Word = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Words = Annotated[list[Word], Query()]
Levels = Annotated[list[Annotated[int, Field(ge=1, le=4)]], Query(description="1 to 4; may repeat")]


def narrow(
    caller: Principal,
    board: Board,
    *,
    sites: Sequence[str] = (),
    rooms: Sequence[str] = (),
    devices: Sequence[str] = (),
    levels: Sequence[int] = (),
) -> Filter:
    """Return the filter of a request. A room is `site/room`, or a room's own id at any site."""
    wanted: frozenset[SiteId] | None = frozenset(map(SiteId, sites)) if sites else None
    seen = caller.sites if wanted is None else wanted if caller.sites is None else wanted & caller.sites
    known = [view.id for view in board.rooms() if view.id.partition("/")[2] in rooms] if rooms else []
    return Filter(
        sites=seen,
        rooms=frozenset([*known, *map(RoomId, rooms)]),
        devices=frozenset(map(DeviceId, devices)),
        levels=frozenset(map(Level, levels)),
    )
