"""Devices, and the last value of each of their metrics."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query

from collector.api.auth import Caller
from collector.api.highlight import last_metric
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of
from collector.api.principal import Principal
from collector.api.problems import not_found
from collector.api.schemas.base import Page
from collector.api.schemas.device import Device, Metric, Threshold
from collector.api.schemas.override import Override
from collector.api.services import Served, Services
from collector.core.changed import changed
from collector.core.model import DeviceId, Health, State, is_node, site_of
from collector.core.threshold import LastValue, thresholds

router = APIRouter(tags=["devices"])
Chosen = Annotated[list[str], Query()]


@router.get("/devices")
async def list_devices(
    served: Served,
    caller: Caller,
    site: Chosen = [],  # noqa: B006 - FastAPI copies it
    room: Chosen = [],  # noqa: B006
    role: Chosen = [],  # noqa: B006
    state: Annotated[list[State], Query()] = [],  # noqa: B006
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Device]:
    """List devices. `room` is `site/room`, or a room's own id at any site."""

    def is_chosen(health: Health) -> bool:
        device = health.device
        return (
            (not state or health.state in state)
            and (not role or device.role in role)
            and (not site or site_of(device.id) in site)
            and (not room or device.room in room or device.room.partition("/")[2] in room)
            and caller.sees(site_of(device.id))
        )

    chosen = [health for health in served.settled_board().devices() if is_chosen(health)]
    found, following = page_of(chosen, id_of=lambda health: health.device.id, limit=limit, cursor=cursor)
    return Page(items=[served.renderer.device(health) for health in found], next=following)


@router.get("/devices/{id}")
async def get_device(served: Served, caller: Caller, id: str) -> Device:
    """Show one device."""
    return served.renderer.device(_seen(served, caller, id))


@router.get("/devices/{id}/metrics")
async def list_metrics(
    served: Served,
    caller: Caller,
    id: str,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Metric]:
    """List the last value of each metric of a device, by name."""
    device = _seen(served, caller, id).device.id
    series = sorted(served.values.series_of(device), key=lambda one: (one.metric, one.instance))
    metrics = [metric for one in series if (metric := last_metric(served.values, one)) is not None]
    found, following = page_of(
        metrics, id_of=lambda metric: f"{metric.metric}[{metric.instance}]", limit=limit, cursor=cursor
    )
    return Page(items=found, next=following)


@router.get("/devices/{id}/thresholds")
async def list_thresholds(
    served: Served, caller: Caller, id: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Threshold]:
    """List the limits that rules watch a device's metrics against, as they are now."""
    device = _seen(served, caller, id).device
    series, last_value = _values(served, device.id)
    found = thresholds(
        served.rules(),
        role=device.role,
        agent=is_node(device.id),
        series=sorted(series),
        last_value=last_value,
        device=device,
    )
    shown = [
        Threshold(
            rule=one.rule,
            metric=one.metric,
            instance=one.instance,
            level=one.level,
            operator=one.operator,
            value=one.value,
            for_s=one.sustained.total_seconds(),
            contexts=sorted(one.contexts) if one.contexts is not None else None,
            override=one.override,
        )
        for one in found
    ]
    items, following = page_of(
        shown,
        id_of=lambda one: f"{one.metric}[{one.instance}] {one.rule} {one.level} {one.value}",
        limit=limit,
        cursor=cursor,
    )
    return Page(items=items, next=following)


@router.get("/devices/{id}/overrides")
async def list_overrides(
    served: Served, caller: Caller, id: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Override]:
    """List the rules that are different at a device than elsewhere: from what to what, where and why."""
    device = _seen(served, caller, id).device
    series, last_value = _values(served, device.id)
    shown = [served.renderer.override(one) for one in changed(served.rules(), device, series, last_value)]
    items, following = page_of(
        shown, id_of=lambda one: f"{one.rule} {one.at} {one.instances[0]}", limit=limit, cursor=cursor
    )
    return Page(items=items, next=following)


def _values(served: Services, device: DeviceId) -> tuple[Collection[tuple[str, str]], LastValue]:
    """Return the (metric, instance) pairs of a device, and what says the last value of one."""
    series = {(one.metric, one.instance): one.id for one in served.values.series_of(device)}

    def last_value(metric: str, instance: str) -> float | None:
        number = series.get((metric, instance))
        last = served.values.last_value(number) if number is not None else None
        return None if last is None else last[0]

    return series.keys(), last_value


def _seen(served: Services, caller: Principal, id_: str) -> Health:
    health = served.settled_board().device(DeviceId(id_))
    if health is None or not caller.sees(site_of(health.device.id)):
        raise not_found("device", id_)
    return health
