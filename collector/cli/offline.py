"""Makes a pack from the stores of a collector that is not running."""

from contextlib import ExitStack
from pathlib import Path

from collector.core.campus import Campus
from collector.core.inspection import PeriodError, period_of
from collector.inspection.errors import InspectionError
from collector.inspection.fetch import Request
from collector.inspection.manifest import Manifest
from collector.inspection.pack import Asked, Progress, write_pack
from collector.inspection.place import of_campus, place_of
from collector.inspection.stored import StoredEvidence
from collector.now import now
from collector.packs.campus import load_campus
from collector.settings import records_url
from collector.store.records.database import Records
from collector.store.records.facts import load_health
from collector.store.records.queries import RecordQueries
from collector.store.series.hot import HotStore
from collector.store.series.opening import FILE
from collector.store.series.read import SeriesReader


def collect_offline(
    request: Request, directory: Path, *, data: Path, campus_file: Path | None, progress: Progress
) -> Manifest:
    """Write the pack into `directory` and return its manifest.

    Without a campus file a site has no name, and its days are those of UTC.

    Raises:
        InspectionError: there are no stores, no such place, no such period, or no room for the pack.
        StoreError: the stores cannot be opened or read.
        PackError: the campus file cannot be used.
    """
    if not (data / FILE).exists():
        raise InspectionError(
            f"{data} holds no readings. Name the data directory of `roomtone up` with --data DIR, or a running "
            "collector with --url URL."
        )
    made_at = now()
    campus = load_campus(campus_file, made_at) if campus_file is not None else Campus()
    with ExitStack() as stack:
        store = HotStore.open(data)
        stack.callback(store.close)
        records = Records.open(records_url(data))
        stack.callback(records.close)
        with records.session(read_only=True) as session:
            born = [health.device for health in load_health(session).values()]
        sites, rooms, devices = of_campus(campus, born)
        place = place_of(request.site, request.room, sites=sites, rooms=rooms, devices=devices)
        try:
            period = period_of(request.start, request.end, place.site.time_zone)
        except PeriodError as error:
            raise InspectionError("\n".join(f"--{where}: {what}" for where, what in error.mistakes)) from error
        asked = Asked(place=place, period=period, now=made_at, language=request.language)
        evidence = StoredEvidence(place, store=store, reader=SeriesReader(store), queries=RecordQueries(records))
        return write_pack(directory, asked, evidence, progress=progress)
