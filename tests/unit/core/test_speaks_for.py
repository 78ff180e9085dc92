"""A device that speaks for others of its agent: the computer of a room that is read over SNMP by a poller agent."""

import pytest

from collector.core.model import Born, DeviceId, Died, Shutdown
from collector.ingest.birth import read_death
from collector.store.series.batches import body_of, event_of
from tests.unit.core.classify_scene import T0, Scene
from wire.payload import Datatype, Metric, encode
from wire.sparkplug_pb2 import Payload

POLLER = DeviceId("s:poller")
PC = DeviceId("s:poller:pc1")
UPS = DeviceId("s:poller:pc1.ups-1")
OTHER = DeviceId("s:poller:switch")


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.born(POLLER, role="gateway")
    scene.born(PC, role="recorder-pc", room="r")
    scene.born(UPS, role="ups", room="r", behind="pc1")
    scene.born(OTHER, role="switch")
    talk(scene, 25)
    return scene


def talk(scene: Scene, by: float) -> None:
    scene.during(by, lambda: scene.read("classroom.agent.outbox.depth", 0, device=POLLER))


def died(scene: Scene, device: DeviceId, told: Shutdown | None = None, behind: str = "") -> None:
    scene.happen(Died(device=device, at=scene.now, told=told, behind=behind))


def silent(scene: Scene) -> None:
    died(scene, PC)
    died(scene, UPS, behind="pc1")


def test_what_it_speaks_for_is_unknown_while_it_is_silent(scene: Scene) -> None:
    silent(scene)
    talk(scene, 300)
    assert scene.state(PC) == "failed 1"
    assert scene.state(UPS) == "unknown"
    assert scene.state(OTHER) == "ok"
    assert scene.verdicts == [("device-silent", 1)]
    assert [scene.health[device].hidden for device in (POLLER, PC, UPS, OTHER)] == [False, False, True, False]


def test_all_is_seen_again_when_it_is_back(scene: Scene) -> None:
    silent(scene)
    talk(scene, 300)
    scene.born(PC, role="recorder-pc", room="r")
    talk(scene, 20)
    assert scene.state(UPS) == "unknown pending"
    scene.born(UPS, role="ups", room="r", behind="pc1")
    talk(scene, 200)
    assert (scene.state(PC), scene.state(UPS), scene.verdicts) == ("ok", "ok", [])


def test_what_it_does_not_find_when_it_is_back_is_silent(scene: Scene) -> None:
    silent(scene)
    talk(scene, 60)
    scene.born(PC, role="recorder-pc", room="r")
    talk(scene, 300)
    assert scene.state(UPS) == "failed 3"


def test_another_birth_while_it_is_there_asks_nothing_of_the_others(scene: Scene) -> None:
    scene.born(PC, role="recorder-pc", room="r", model="M")
    talk(scene, 300)
    assert (scene.state(UPS), scene.verdicts) == ("ok", [])


def test_a_told_shutdown_is_one_and_the_others_are_unknown(scene: Scene) -> None:
    died(scene, PC, Shutdown.OS)
    died(scene, UPS, behind="pc1")
    talk(scene, 120)
    assert (scene.state(PC), scene.state(UPS)) == ("failed 3", "unknown")


def test_all_are_unknown_while_the_poller_is_silent_and_wait_for_it(scene: Scene) -> None:
    died(scene, POLLER)
    scene.wait(120)
    assert {scene.state(device) for device in (PC, UPS, OTHER)} == {"unknown"}
    for device, said in ((POLLER, {}), (PC, {}), (UPS, {"behind": "pc1"}), (OTHER, {})):
        scene.happen(Born(device=device, at=scene.now, properties=said))
    talk(scene, 120)
    assert {scene.state(device) for device in (POLLER, PC, UPS, OTHER)} == {"ok"}


def test_after_a_restart_the_deaths_say_who_spoke_for_whom(scene: Scene) -> None:
    silent(scene)
    talk(scene, 120)
    scene.restart(after=5)
    scene.born(POLLER, role="gateway")
    scene.born(OTHER, role="switch")
    silent(scene)
    talk(scene, 300)
    assert (scene.state(PC), scene.state(UPS), scene.verdicts) == ("failed 1", "unknown", [("device-silent", 1)])


@pytest.mark.parametrize("behind", ["nobody", "pc1.ups-1", "switch", "s:poller", "x:y:z"])
def test_nonsense_about_who_speaks_hides_nothing(scene: Scene, behind: str) -> None:
    """A chain, a circle, somebody unknown: the agent itself speaks for it."""
    scene.born(PC, role="recorder-pc", room="r", behind="pc1.ups-1")
    scene.born(UPS, role="ups", room="r", behind=behind)
    died(scene, UPS)
    talk(scene, 300)
    assert scene.state(UPS) == "failed 3"


def test_a_death_says_both_and_is_kept_with_both() -> None:
    metrics = [
        Metric(name="Node Info/Shutdown", at_ms=1, datatype=Datatype.STRING, value="sleep"),
        Metric(name="Properties/Behind", at_ms=1, datatype=Datatype.STRING, value="pc1"),
    ]
    told, behind = read_death(Payload.FromString(encode(at_ms=1, seq=1, metrics=metrics)))
    assert (told, behind) == (Shutdown.SLEEP, "pc1")
    assert read_death(Payload()) == (None, "")
    event = Died(device=UPS, at=T0, told=told, behind=behind)
    assert event_of(body_of(event)) == event
