"""Devices behind a gateway that have an interval of their own, as plain MQTT devices do."""

from collector.core.model import Born, DeviceId
from tests.unit.core.classify_scene import Scene, seconds

GATEWAY = DeviceId("s:gw")
SENSOR = DeviceId("s:gw:sensor")


def begin() -> Scene:
    scene = Scene()
    scene.born(GATEWAY, role="gateway", interval=None)
    scene.happen(Born(device=SENSOR, at=scene.now, properties={"role": "storage"}, interval=seconds(60)))
    return scene


def test_it_is_silent_after_three_of_them_and_back_with_its_next_word() -> None:
    scene = begin()
    scene.wait(170)
    assert scene.state(SENSOR) == "ok"
    scene.wait(20 + 30)
    assert scene.state(SENSOR) == "failed 1"
    assert scene.state(GATEWAY) == "ok"
    scene.take(heard={SENSOR: scene.now})
    scene.wait(61)
    assert scene.state(SENSOR) == "ok"


def test_a_restart_of_the_collector_goes_on_waiting_for_it() -> None:
    scene = begin()
    scene.restart(after=60)
    scene.wait(170)
    assert scene.state(SENSOR) == "ok"
    scene.wait(20 + 30)
    assert scene.state(SENSOR) == "failed 1"


def test_nobody_is_silent_while_the_broker_is_out_of_sight() -> None:
    scene = begin()
    scene.keep(scene.classifier.see(connected=False, now=scene.now))
    scene.wait(1000)
    assert scene.state(SENSOR) != "failed 1"
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    scene.wait(170)
    assert scene.state(SENSOR) == "ok"
    scene.wait(60)
    assert scene.state(SENSOR) == "failed 1"
