"""What is learnt of the network is kept: over a silence, over a restart, and not for ever."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.core.live import Being, Live
from collector.core.model import DeviceId, Phase
from collector.core.neighbours import Named, Port, Said, said_in
from collector.core.network import KEPT_FOR, Network
from tests.unit.core.classify_scene import T0

SW1, SW2, PC = DeviceId("s:gw:sw1"), DeviceId("s:gw:sw2"), DeviceId("s:pc")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def around(**ports: list[str]) -> str:
    return json.dumps({"uplink": "up", "ports": {name: {"cards": cards} for name, cards in ports.items()}})


class Campus:
    """Two switches and a computer, in virtual time; keeps what the records would."""

    def __init__(self) -> None:
        self.now = T0
        self.live = Live()
        self.network = Network(self.live)
        self.kept: dict[tuple[DeviceId, str], Phase] = {}
        self.writes = 0
        for device, properties in (
            (SW1, {"role": "switch", "cards": "m1"}),
            (SW2, {"role": "switch", "cards": "m2"}),
            (PC, {"cards": "mp"}),
        ):
            self.born(device, **properties)

    def born(self, device: DeviceId, **properties: str) -> None:
        member = self.live.find(device)
        self.live.born(member, properties, None)
        for each in (member, *([member.node] if member.node else [])):
            each.being, each.last_seen = Being.HERE, self.now
        self._keep(self.network.hear(device, properties, self.now))

    def gone(self, device: DeviceId) -> None:
        self.live.members[device].being = Being.GONE

    def wait(self, by: timedelta) -> None:
        self.now += by
        for member in self.live.members.values():
            if member.being is Being.HERE:
                member.last_seen = self.now
        _, changes = self.network.look(self.now)
        self._keep(changes)

    def _keep(self, changes: object) -> None:
        for change in changes:  # type: ignore[attr-defined]  # a list of changes
            self.writes += 1
            if change.phase is None:
                del self.kept[change.device, change.rule]
            else:
                self.kept[change.device, change.rule] = change.phase

    def restart(self) -> None:
        self.network = Network(self.live)
        self.network.recall(self.kept.values())

    @property
    def feeder(self) -> tuple[str, str] | None:
        """By which port of which switch the computer is fed."""
        found = [(link.feeder, link.port) for link in self.network.links() if link.device == PC]
        assert len(found) <= 1
        return found[0] if found else None


def learnt() -> Campus:
    campus = Campus()
    campus.born(SW1, role="switch", neighbours=around(p1=["mp"]))
    campus.wait(MINUTE)
    assert campus.feeder == (SW1, "p1")
    return campus


def test_what_nobody_says_any_more_is_kept_for_a_season() -> None:
    campus = learnt()
    campus.born(SW1, role="switch", neighbours=around(p2=["stranger"]))
    campus.wait(KEPT_FOR - DAY)
    assert campus.feeder == (SW1, "p1")
    campus.wait(2 * DAY)
    assert campus.feeder is None


def test_who_was_not_heard_of_for_a_season_is_forgotten() -> None:
    campus = learnt()
    campus.gone(SW1)
    campus.wait(KEPT_FOR - DAY)
    assert (SW1, "network") in campus.kept
    campus.wait(2 * DAY)
    assert {device for device, _ in campus.kept} == {SW2, PC}


def test_a_computer_that_moved_hangs_on_its_new_port() -> None:
    campus = learnt()
    campus.born(SW1, role="switch", neighbours=around(p5=["mp"]))
    campus.wait(MINUTE)
    assert campus.feeder == (SW1, "p5")


def test_what_contradicts_makes_no_link() -> None:
    campus = Campus()
    for switch in (SW1, SW2):
        campus.born(switch, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(MINUTE)
    assert campus.feeder is None


def test_a_link_that_is_contradicted_for_long_is_dropped() -> None:
    campus = learnt()
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(MINUTE)
    assert campus.feeder == (SW1, "p1")
    campus.wait(HOUR)
    assert campus.feeder is None


def test_a_link_that_is_contradicted_for_a_moment_stays() -> None:
    campus = learnt()
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(MINUTE)
    campus.born(SW2, role="switch", neighbours=around(p7=["stranger"]))
    campus.wait(HOUR)
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(HOUR - MINUTE)
    assert campus.feeder == (SW1, "p1")


def test_a_switch_that_is_gone_keeps_its_children_whatever_others_see() -> None:
    campus = learnt()
    campus.gone(SW1)
    campus.gone(PC)
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    for _ in range(24):
        campus.wait(HOUR)
        assert campus.feeder == (SW1, "p1")


def test_a_computer_that_lives_on_behind_another_switch_hangs_on_that_after_a_while() -> None:
    campus = learnt()
    campus.gone(SW1)
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(MINUTE)
    assert campus.feeder == (SW1, "p1")
    campus.wait(HOUR)
    assert campus.feeder == (SW2, "p7")


def test_all_of_it_is_there_again_after_a_restart() -> None:
    campus = learnt()
    campus.restart()
    assert campus.feeder == (SW1, "p1")
    campus.born(SW2, role="switch", neighbours=around(p7=["mp"]))
    campus.wait(MINUTE)
    campus.wait(HOUR)
    assert campus.feeder is None, "what the first switch said is known, too"


def test_the_same_birth_again_writes_nothing() -> None:
    campus = learnt()
    writes = campus.writes
    for _ in range(10):
        campus.born(SW1, role="switch", cards="m1", neighbours=around(p1=["mp"]))
        campus.wait(HOUR)
    assert campus.writes == writes


def test_a_link_that_is_still_said_is_written_once_a_day() -> None:
    campus = learnt()
    writes = campus.writes
    for _ in range(72):
        campus.wait(HOUR)
    assert campus.writes == writes + 3


def test_a_birth_that_says_nothing_of_the_network_keeps_nothing() -> None:
    campus = Campus()
    writes = campus.writes
    campus.born(DeviceId("s:other"), role="camera", name="A camera")
    assert campus.writes == writes


def test_it_looks_at_most_every_few_seconds() -> None:
    campus = learnt()
    campus.born(SW1, role="switch", neighbours=around(p5=["mp"]))
    campus.wait(timedelta(seconds=1))
    campus.born(SW1, role="switch", neighbours=around(p6=["mp"]))
    campus.wait(timedelta(seconds=1))
    assert campus.feeder == (SW1, "p1")
    campus.wait(timedelta(seconds=10))
    assert campus.feeder == (SW1, "p6")


def test_what_is_kept_of_another_version_is_read_as_far_as_it_goes() -> None:
    campus = Campus()
    for detail in ("", "no json", "[]", '{"feeder": 7}', '{"source": "hearsay", "feeder": "s:gw:sw1"}'):
        for standing in ("network", "fed"):
            phase = Phase(
                device=PC, rule=standing, instance="", standing=standing, since=T0, onset_at=T0, detail=detail
            )
            campus.network.recall([phase])
    campus.wait(MINUTE)
    assert campus.feeder is None


# ---------------------------------------------------------------- births


def test_a_birth_says_who_stands_at_which_port() -> None:
    text = json.dumps(
        {
            "uplink": "gi1/4",
            "ports": {
                "gi1/1": {"cards": ["m1", "m2"]},
                "gi1/4": {
                    "lldp": [{"card": "m3", "address": "10.0.0.1", "name": "core", "ports": ["1"], "is_switch": True}]
                },
                "gi1/5": {"more": 40},
                "gi1/6": {},
            },
        }
    )
    assert said_in({"cards": "m9 m8", "address": "10.0.0.9", "neighbours": text}) == Said(
        cards=("m9", "m8"),
        address="10.0.0.9",
        uplink="gi1/4",
        ports={
            "gi1/1": Port(cards=("m1", "m2")),
            "gi1/4": Port(named=(Named("m3", "10.0.0.1", "core", ("1",), is_switch=True),)),
            "gi1/5": Port(more=40),
        },
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ports", "uplink", "lldp", "cards", "more", "p", "is_switch"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(json_values.map(json.dumps) | st.text())
def test_no_birth_stops_anything(text: str) -> None:
    said_in({"neighbours": text, "cards": text, "address": text})
