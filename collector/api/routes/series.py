"""Readings over time, for charts."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from collector.api.auth import Caller
from collector.api.columns import buckets_json, raw_json
from collector.api.problems import not_found
from collector.api.schemas.series import Buckets
from collector.api.services import Served
from collector.api.sources import SeriesSource
from collector.api.span import MOST_RAW, Span, read_span
from collector.core.model import DeviceId, Series, site_of

router = APIRouter(tags=["series"])


@router.get("/series", response_model=Buckets)
async def get_series(
    served: Served,
    caller: Caller,
    device: Annotated[str, Query()],
    metric: Annotated[str, Query()],
    instance: Annotated[str, Query()] = "",
    start: Annotated[str | None, Query(alias="from", description="RFC 3339; an hour before `to` if left out")] = None,
    end: Annotated[str | None, Query(alias="to", description="RFC 3339; now if left out")] = None,
    points: Annotated[str, Query(description="How many buckets, or `raw` for each reading")] = "300",
) -> Response:
    """Show one series over [from, to), cut into equal buckets."""
    span = read_span(start, end, points, now=served.now())
    id_ = DeviceId(device)
    if not caller.sees(site_of(id_)) or served.settled_board().device(id_) is None:
        raise not_found("device", device)
    wanted = (metric, instance)
    series = next((one for one in served.values.series_of(id_) if (one.metric, one.instance) == wanted), None)
    if series is None:
        raise not_found("series", f"{metric}[{instance}]" if instance else metric)
    body = await served.pool.run(_ask, served.series, series, span)
    return Response(body, media_type="application/json")


def _ask(source: SeriesSource, series: Series, span: Span) -> bytes:
    if span.points is None:
        found = source.raw(series.id, span.start, span.end, limit=MOST_RAW + 1)
        return raw_json(series, found, most=MOST_RAW)
    return buckets_json(series, source.buckets(series.id, span.start, span.end, span.points))
