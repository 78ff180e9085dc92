"""A site link goes and thirty rooms with it, over the real broker: exactly one ticket, also once it is back."""

from pathlib import Path
from typing import Any

import yaml

from tests.house import ROOT, House, Process, wait_for

ROOMS = 30
SITE = "jiangzhou-east"
LINK = f"{SITE}:gateway:site-link"


def write_campus(folder: Path) -> Path:
    """Write the simulated campus with a site link that nobody polls, and return the file."""
    file = folder / "campus.yaml"
    words = ["simulate", "--rooms", str(ROOMS), "--site-count", "1", "--write-campus", str(file), "--only-campus"]
    assert Process(words, log=folder / "campus.log").popen.wait(60) == 0
    campus: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    assert [site["id"] for site in campus["sites"]] == [SITE]
    campus["devices"].append({"id": LINK, "role": "switch", "name": "Site link"})
    campus["links"] = [{"switch": LINK, "site": SITE}]
    file.write_text(yaml.safe_dump(campus, allow_unicode=True), "utf-8")
    return file


def simulate(house: House, folder: Path, faults: str) -> Process:
    (folder / "faults.yaml").write_text(faults, "utf-8")
    words = ["simulate", "--rooms", str(ROOMS), "--site-count", "1", "--interval", "2", "--keepalive", "4"]
    words += ["--faults", str(folder / "faults.yaml"), "--account", str(house.data / "mqtt.json")]
    return Process(words, log=folder / "simulate.log")


def test_a_site_link_and_thirty_rooms_are_one_ticket(tmp_path: Path) -> None:
    assert ROOT.is_dir()
    house = House(tmp_path, "--no-agent", "--campus", str(write_campus(tmp_path)))
    simulation: Process | None = None
    try:
        house.up()
        faults = f"""\
faults:
  - {{at: 15s, for: 15s, kind: machine-killed, room: {SITE}/a101}}
  - {{at: 45s, for: 75s, kind: link-down, site: {SITE}}}
"""
        running = simulation = simulate(house, tmp_path, faults)

        def agents() -> list[dict[str, Any]]:
            return house.items("/devices", site=SITE, role="recorder-pc")

        def up() -> int:
            return sum(device["state"] == "ok" and not device["pending"] for device in agents())

        wait_for(lambda: up() == ROOMS, within_s=30, saying="all rooms are there")
        wait_for(lambda: "machine-killed for" in running.text, within_s=30, saying="a machine dies", every_s=0.02)
        pc = f"{SITE}:pc-a101"
        wait_for(
            lambda: house.get(f"/devices/{pc}")["pending"], within_s=10, saying="its death is pending", every_s=0.05
        )
        assert house.items("/tickets") == []

        wait_for(lambda: "link-down for" in running.text, within_s=60, saying="the link goes")
        assert house.items("/tickets") == []
        wait_for(lambda: house.items("/tickets"), within_s=100, saying="the link has its ticket")

        def members() -> list[dict[str, Any]]:
            found = house.items("/incidents", state="open")
            return [one for one in found if one["cause"] is not None and one["room"] is not None]

        wait_for(lambda: len(members()) == ROOMS, within_s=30, saying="all rooms are members")
        (ticket,) = house.items("/tickets")
        (cause,) = {one["cause"] for one in members()}
        assert (ticket["device"], ticket["level"], ticket["incidents"][0]) == (LINK, 1, cause)
        assert {device["state"] for device in agents()} == {"unknown"}

        wait_for(lambda: "link-down is over" in running.text, within_s=90, saying="the link is back")
        wait_for(lambda: up() == ROOMS, within_s=60, saying="all rooms are back")
        wait_for(lambda: not house.items("/incidents", state="open"), within_s=120, saying="all is over")
        assert [found["id"] for found in house.items("/tickets")] == [ticket["id"]], "their return opens nothing"
        assert house.get(f"/tickets/{ticket['id']}")["state"] == "restored"
    finally:
        if simulation is not None:
            simulation.stop()
        house.stop()
