"""Two rooms alike, one over MQTT and one over SNMP through a poller agent: on the wall they do not differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, Process, wait_for
from tests.snmp_peers import ON_BATTERY, ON_MAINS, UPS_DIRECTORY, Snmpsim, free_udp_port

USER = (
    'user = "poller"\nauth_proto = "SHA-256"\nauth_key = "authpass1"\npriv_proto = "AES-128"\npriv_key = "privpass1"\n'
)
# By MQTT, and what stands for it by SNMP.
PC = ("east:pc-m", "east:poller:pc-s")
UPS = ("east:pc-m:ups-1", "east:poller:pc-s.ups-1")


def secret(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def ups() -> Iterator[Snmpsim]:
    with Snmpsim(UPS_DIRECTORY) as simulator:
        yield simulator


class Room:
    """The computer of the room that reports over SNMP; it can go and come back."""

    def __init__(self, config: Path) -> None:
        self._words = ["agent", "run", "--config", str(config)]
        self._log = config.with_name("agent.log")
        self.process = Process(self._words, log=self._log)

    def start(self) -> None:
        self.process = Process(self._words, log=self._log)


@pytest.fixture(scope="module")
def pc(rooms: tuple[House, Room]) -> Room:
    return rooms[1]


@pytest.fixture(scope="module")
def house(rooms: tuple[House, Room]) -> House:
    return rooms[0]


@pytest.fixture(scope="module")
def rooms(up: House, ups: Snmpsim, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Room]]:
    folder = tmp_path_factory.mktemp("rooms")
    community, user = secret(folder, "community", "ups"), secret(folder, "user", USER)
    answers, traps = free_udp_port(), free_udp_port()
    behind = f'\n[[snmp]]\nid = "ups-1"\nhost = "127.0.0.1"\nport = {ups.port}\ncommunity_file = "{community}"\n'
    config = secret(
        folder,
        "agent.toml",
        f'[agent]\nid = "pc-s"\nsite = "east"\nroom = "a102"\ninterval_s = 1\ndata_dir = "{folder / "data"}"\n'
        f'[responder]\nport = {answers}\nuser_file = "{user}"\ninform = ["127.0.0.1:{traps}"]\n{behind}',
    )
    reporting = Room(config)
    up.agent("pc-m", room="a101", extra=behind)
    up.agent(
        "poller",
        room="noc",
        extra=f'\n[host]\nenabled = false\n[traps]\nport = {traps}\n[[snmp]]\nid = "pc-s"\nhost = "127.0.0.1"\n'
        f'port = {answers}\nversion = "3"\nuser_file = "{user}"\n',
    )
    for name in (*PC, *UPS):
        wait_for(lambda name=name: (device(up, name) or {}).get("state") == "ok", within_s=40, saying=f"{name} is ok")
    yield up, reporting
    reporting.process.stop()


def device(up: House, name: str) -> dict[str, Any] | None:
    return next((d for d in up.items("/devices") if d["id"] == name), None)


def metrics(up: House, name: str) -> set[tuple[str, str, str]]:
    return {(row["metric"], row["instance"], row["unit"]) for row in up.get(f"/devices/{name}/metrics")["items"]}


@pytest.mark.parametrize("pair", [PC, UPS], ids=["the computer", "its UPS"])
def test_a_device_over_snmp_has_the_same_role_and_readings(house: House, pair: tuple[str, str]) -> None:
    by_mqtt, by_snmp = (device(house, name) for name in pair)
    assert by_mqtt is not None
    assert by_snmp is not None
    assert (by_mqtt["room"], by_snmp["room"]) == ("east/a101", "east/a102")
    assert by_snmp["name"].replace("pc-s", "pc-m") == by_mqtt["name"]
    for key in ("role", "unit", "state", "level"):
        assert by_snmp[key] == by_mqtt[key], key
    wait_for(
        lambda: metrics(house, pair[0]) == metrics(house, pair[1]),
        within_s=20,
        saying=f"{metrics(house, pair[0]) ^ metrics(house, pair[1])} are in both",
    )


def test_both_rooms_stand_on_the_wall(house: House) -> None:
    seen = {room["id"]: room for room in house.items("/rooms")}
    one, other = seen["east/a101"], seen["east/a102"]
    for key in ("state", "level", "counts", "recorder_state", "recording"):
        assert one[key] == other[key], key


def test_a_fault_in_a_room_over_snmp_opens_the_ticket_that_it_opens_over_mqtt(house: House, ups: Snmpsim) -> None:
    ups.set_ups(source=ON_BATTERY, minutes_left=30)

    def tickets() -> list[dict[str, Any]]:
        return [ticket for name in UPS for ticket in house.items("/tickets") if ticket["device"] == name]

    one, other = wait_for(lambda: found if len(found := tickets()) == 2 else None, within_s=40, saying="two tickets")
    for key in ("level", "title", "symptom", "state"):
        assert other[key] == one[key], key
    assert other["room"] == "east/a102"
    ups.set_ups(source=ON_MAINS, minutes_left=47)


def states(house: House) -> tuple[str, str]:
    one, other = (device(house, name) or {} for name in (PC[1], UPS[1]))
    return one.get("state", ""), other.get("state", "")


def is_seen(house: House) -> bool:
    """Tell whether the UPS is; what is wrong with it is another matter."""
    return states(house)[1] not in ("unknown", "")


def test_a_room_that_falls_silent_is_one_silent_computer_and_what_nobody_sees(house: House, pc: Room) -> None:
    pc.process.kill()
    wait_for(lambda: states(house)[1] == "unknown", within_s=60, saying="nobody sees the UPS")
    wait_for(lambda: states(house) == ("failed", "unknown"), within_s=60, saying="the computer is silent")
    silent = [ticket["device"] for ticket in house.items("/tickets") if "no longer answers" in ticket["symptom"]]
    assert silent == [PC[1]]
    pc.start()
    wait_for(lambda: is_seen(house), within_s=60, saying="the UPS is seen again")


def test_a_shutdown_of_the_computer_is_told(house: House, pc: Room) -> None:
    pc.process.stop()
    wait_for(lambda: not is_seen(house), within_s=20, saying="nobody sees the UPS")
    wait_for(lambda: house.get(f"/devices/{PC[1]}/explain")["told"] == "service", within_s=20, saying="it is told")
    pc.start()
    wait_for(lambda: is_seen(house), within_s=60, saying="the UPS is seen again")
