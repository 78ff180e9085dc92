"""A switch and the 30 rooms behind it, gone at once: how many tickets, over the real broker and collector?

Each run has sites of its own in one `roomtone up`; in each site a gateway polls the switch. Order, pace and kind of the
deaths are drawn by `--seed`: rooms lose their power or only their network (the broker notices that later), the switch
is told to be gone up to three polls later, in one site of five the gateway hangs on the switch, too. Later all come
back, in another order. Judged by: exactly one ticket a loss. Beside it Alertmanager with inhibition (`group_wait` 0 s
and 3 s) is told of the same deaths at the same moments, as an exporter that notices them at once would.
Usage: bench/storm.py [--sites N] [--runs N] [--rooms N] [--seed N] [--stagger S]
"""

import argparse
import json
import logging
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from bench.figures import figure  # noqa: E402
from bench.storm_peer import Alertmanagers  # noqa: E402
from simulate.account import Account, broker_of  # noqa: E402
from simulate.edge import World  # noqa: E402
from simulate.fault import KINDS, Fault  # noqa: E402
from simulate.lessons import Hours  # noqa: E402
from simulate.place import Campus, Room, Site, Thing  # noqa: E402
from simulate.simulation import Simulation  # noqa: E402
from tests.house import House, wait_for  # noqa: E402
from wire.catalogue import Role  # noqa: E402

ZONE = "Asia/Shanghai"
INTERVAL_S = 10.0
KEEPALIVE_S = 10
BEFORE_S = 60.0  # all are there, and read, before anything goes
GONE_S = 150.0
AFTER_S = 150.0  # all are back, and what was timed is over
POLLS_S = 3 * INTERVAL_S
GATEWAY, SWITCH = "gateway", "switch"


def thing(id_: str, role: Role) -> Thing:
    return Thing(id=id_, role=role, name=id_ or "PC", vendor="", model="", serial="", firmware="")


def site_of(run: int, number: int, rooms: int) -> Site:
    """Return a site: its gateway with the switch, and its rooms, a PC and a camera each."""
    id_ = f"run{run}-site{number}"
    gateway = Room(
        id="rack", site=id_, name="Rack", agent=GATEWAY, pc=thing("", Role.GATEWAY),
        things=(thing(SWITCH, Role.SWITCH),), timetable=0,
    )  # fmt: skip
    classrooms = [
        Room(
            id=f"r{room}", site=id_, name=f"R{room}", agent=f"pc-{room}", pc=thing("", Role.RECORDER_PC),
            things=(thing("camera", Role.CAMERA),), timetable=room % 3,
        )
        for room in range(rooms)
    ]  # fmt: skip
    return Site(id=id_, name=id_, bell=0, rooms=(gateway, *classrooms))


def is_behind(number: int) -> bool:
    """Tell whether the gateway of a site hangs on the switch that it polls."""
    return number % 5 == 4


def write_campus(file: Path, campuses: list[Campus]) -> None:
    sites = [site for campus in campuses for site in campus.sites]
    links: list[dict[str, str]] = []
    for campus in campuses:
        for number, site in enumerate(campus.sites):
            switch = f"{site.id}:{GATEWAY}:{SWITCH}"
            links += [{"switch": switch, "room": room.key} for room in site.rooms[1:]]
            links += [{"switch": switch, "device": f"{site.id}:{GATEWAY}"}] if is_behind(number) else []
    document = {
        "sites": [{"id": site.id, "name": site.name, "time_zone": ZONE} for site in sites],
        "rooms": [{"id": room.id, "site": room.site, "name": room.name} for site in sites for room in site.rooms],
        "devices": [
            {"id": f"{site.id}:{GATEWAY}{behind}", "room": f"{site.id}/rack", "role": role}
            for site in sites
            for behind, role in (("", "gateway"), (f":{SWITCH}", "switch"))
        ],
        "links": links,
    }
    file.write_text(yaml.safe_dump(document), "utf-8")


def losses(campus: Campus, source: Random) -> Iterator[Fault]:
    """Give the faults of a run: in every site the switch and what hangs on it."""
    for number, site in enumerate(campus.sites):
        kinds = source.choice((("link-down",), ("machine-killed",), ("link-down", "machine-killed")))
        pace_s = source.choice((0.0, 1.0, 5.0))
        for room in site.rooms[0 if is_behind(number) else 1 :]:
            yield Fault(
                kind=KINDS[source.choice(kinds)], site=site.id, room=room.key,
                at_s=BEFORE_S + source.uniform(0, pace_s), for_s=GONE_S + source.uniform(0, 20),
            )  # fmt: skip
        if not is_behind(number):
            yield Fault(
                kind=KINDS["device-gone"], site=site.id, room=site.rooms[0].key, device=f"{site.id}:{GATEWAY}:{SWITCH}",
                at_s=BEFORE_S + source.uniform(0, POLLS_S), for_s=GONE_S + source.uniform(0, POLLS_S),
            )  # fmt: skip


class Run(threading.Thread):
    """One run: its campus lives, loses its switches, has them back, and stays until it is stopped.

    A campus that took its leave before the tickets are counted would add its own: computers that are switched off while
    a school is open.
    """

    def __init__(self, up: House, campus: Campus, *, seed: int, after_s: float, peers: Alertmanagers) -> None:
        super().__init__(daemon=True)
        self.after_s = after_s
        self._peers = peers
        faults = sorted(losses(campus, Random(seed)), key=lambda fault: fault.at_s)
        account = Account(
            url=None, username="", password_file=None, file=up.data / "mqtt.json", keepalive_s=KEEPALIVE_S
        )
        world = World(
            broker=broker_of(account), host_id="roomtone", interval_s=INTERVAL_S, seed=seed, zone=ZoneInfo(ZONE),
            hours=Hours.ALWAYS,
        )  # fmt: skip
        self._simulation = Simulation(campus, faults, world, tell=self._tell)

    def run(self) -> None:
        time.sleep(self.after_s)
        self._simulation.run()

    def stop(self) -> None:
        self._simulation.stop()
        self.join()

    def _tell(self, fault: Fault, begins: bool) -> None:
        is_switch = fault.kind.name == "device-gone" or fault.room.endswith("/rack")  # they look at it from afar
        self._peers.tell(
            "SwitchGone" if is_switch else "RoomGone", fault.site, fault.place,
            until=datetime.now(UTC) + (timedelta(hours=2) if begins else timedelta()),
        )  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--sites", type=int, default=10)
    words.add_argument("--runs", type=int, default=10)
    words.add_argument("--rooms", type=int, default=30)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--stagger", type=float, default=45.0, metavar="S", help="a run begins so long after another")
    asked = words.parse_args()
    logging.basicConfig(level=logging.ERROR)  # that connections are lost is what this is about
    with tempfile.TemporaryDirectory(prefix="roomtone-storm-") as name, ExitStack() as stack:
        folder = Path(name)
        campuses = [
            Campus(seed=run, time_zone=ZONE, sites=tuple(site_of(run, n, asked.rooms) for n in range(asked.sites)))
            for run in range(asked.runs)
        ]
        write_campus(folder / "campus.yaml", campuses)
        up = House(folder, "--no-agent", "--campus", str(folder / "campus.yaml"))
        stack.callback(up.stop)
        up.up()
        peers = stack.enter_context(Alertmanagers(folder))
        runs = [
            Run(up, campus, seed=asked.seed * 1000 + run, after_s=run * asked.stagger, peers=peers)
            for run, campus in enumerate(campuses)
        ]
        for run in runs:
            run.start()
        time.sleep(runs[-1].after_s + BEFORE_S + GONE_S + AFTER_S)
        try:
            wait_for(lambda: not up.items("/incidents", state="open"), within_s=120, saying="all is over", every_s=2)
        except AssertionError:
            for incident in up.items("/incidents", state="open"):
                print("still open:", json.dumps(incident), file=sys.stderr)
        report(up, [site for campus in campuses for site in campus.sites], peers)
        for run in runs:
            run.stop()


def report(up: House, sites: list[Site], peers: Alertmanagers) -> None:
    counted = {site.id for site in sites}
    tickets: Counter[str] = Counter()
    for ticket in up.items("/tickets"):
        tickets[ticket["site"]] += 1
    counts = Counter(tickets[site.id] for site in sites)
    for ticket in up.items("/tickets"):
        if tickets[ticket["site"]] > 1 or ticket["site"] not in counted:
            told = {key: ticket[key] for key in ("site", "device", "title", "opened_at")}
            print("not one ticket:", json.dumps(told), file=sys.stderr)
    for site in sites:
        if not tickets[site.id]:
            print(f"no ticket: {site.id}", file=sys.stderr)
    figure(
        "storm_losses_with_one_ticket", counts[1], "1", ratio=counts[1] / len(sites),
        against=f"{len(sites)} losses of a switch and its rooms",
    )  # fmt: skip
    figure("storm_tickets_most", max(counts), "1", ratio=max(counts), against="1 ticket")
    members = Counter(one["device"].split(":")[0] for one in up.items("/incidents", state="all") if one["cause"])
    figure("storm_members_of_a_ticket_median", sorted(members[site.id] for site in sites)[len(sites) // 2], "1")
    elsewhere = sum(count for site, count in tickets.items() if site not in counted)
    figure("storm_tickets_elsewhere", elsewhere, "1", ratio=elsewhere, against="none")
    for peer, notices in peers.notices().items():
        told = sorted(notices[site.id] for site in sites)
        figure(f"{peer}_notices_most", told[-1], "1")
        figure(
            f"{peer}_notices_median", told[len(told) // 2], "1", ratio=counts[1] and 1 / max(1, told[len(told) // 2]),
            against="the tickets of a loss in this run",
        )  # fmt: skip


if __name__ == "__main__":
    main()
