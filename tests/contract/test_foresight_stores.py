"""Foresight from the real stores: tickets of the records database, a lamp's hours of the series store."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.core.model import Device, DeviceId, RoomId, Series, SeriesId, Unit
from collector.desk.foresight import ForesightDesk
from collector.store.records.database import Records
from collector.store.records.queries import RecordQueries
from collector.store.series.hot import HotStore
from collector.store.series.read import SeriesReader
from collector.store.series.rollup import Roller
from tests.contract.series_scene import readings, seal_all
from tests.unit.desk.desk_scene import START, W201, DeskScene, fault, health, over

NOW = START + timedelta(days=300)
DAY = timedelta(days=1)


def projector(name: str) -> Device:
    return Device(
        id=DeviceId(f"south:gw:{name}"), room=RoomId(W201), role="projector", unit=Unit(vendor="E", model="X")
    )


@pytest.mark.parametrize("kept", ["hot", "sealed", "rolled up"])
def test_foresight_comes_from_the_real_stores(tmp_path: Path, kept: str) -> None:
    store = HotStore.open(tmp_path)
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    scene = DeskScene(records)
    devices = [projector(f"p{number}") for number in range(12)]
    try:
        scene.see(*(replace(health(device.id), device=device) for device in devices))
        for number in range(6):
            at = 60.0 * 24 * (10 + number)
            incident = fault(f"i{number}", device=devices[0].id, rule="device-silent", at=at)
            scene.open(incident, at=at)
            scene.clear(over(incident, at + 5), at=at + 5)
        series = (
            Series(
                id=SeriesId(1), device=devices[1].id, metric="classroom.projector.lamp.time", instance="1", unit="h"
            ),
            Series(
                id=SeriesId(2), device=devices[1].id, metric="classroom.projector.lamp.limit", instance="1", unit="h"
            ),
        )
        days = range(40)
        rows = [(1, NOW - (40 - day) * DAY, 2700.0 + 5 * day) for day in days]
        rows += [(2, NOW - (40 - day) * DAY, 3000.0) for day in days]
        store.commit(readings=readings(*rows), series=series, watermarks=(), events=(), at=NOW)
        if kept != "hot":
            assert seal_all(store, NOW + timedelta(hours=4)) > 0
        if kept == "rolled up":
            assert Roller(store).run(NOW + timedelta(hours=4), most=100) > 30
        desk = ForesightDesk(store=store, past=SeriesReader(store), queries=RecordQueries(records))
        found = desk.look(devices, NOW)
        assert [(device.id, one.record.failures) for device, one in found.units] == [(devices[0].id, 6)]
        (worn,) = found.wear
        assert (worn.device.id, worn.forecast.limit, worn.forecast.slope) == (devices[1].id, 3000, pytest.approx(5))
        assert abs(worn.due_at - (NOW + 20 * DAY)) < DAY
        assert [line.device.id for line in found.likely] == [devices[1].id, devices[0].id]
    finally:
        records.close()
        store.close()
