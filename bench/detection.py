"""From a fault to its ticket in the API, with 1,000 rooms live, beside Prometheus and Alertmanager on the same faults.

`roomtone up` with `roomtone simulate` over the real broker; among them victims with real agents, which are killed
(SIGKILL), frozen (SIGSTOP), or lose the program they watch. Judged by: the rule's own `for` + 2 s for kills and
thresholds, + 1.5 keepalives (15 s) for freezes; a death is pending in /events within 1 s.
Prometheus and Alertmanager run twice: 15 s/15 s/for 1m/group_wait 30 s, and 1 s/1 s/0/0.
Usage: bench/detection.py [--rooms N] [--victims N]
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


from bench.detection_victim import SITES, Peer, Victim  # noqa: E402
from bench.figures import figure  # noqa: E402
from tests.conftest import find_peer  # noqa: E402
from tests.house import House, Process, house, wait_for  # noqa: E402
from tests.ports import free_port  # noqa: E402

KINDS = ("kill", "freeze", "threshold")
FOR_S = {"kill": 30.0, "freeze": 30.0, "threshold": 60.0}
KEEPALIVE_S = 10.0
PROMISED_S = {"kill": 30.0 + 2, "freeze": 30.0 + 1.5 * KEEPALIVE_S + 2, "threshold": 60.0 + 2}
SPREAD_S = 20.0
SETTINGS = {
    "prometheus": {"step_s": 15, "hold_s": 60, "wait_s": 30},
    "prometheus_1s": {"step_s": 1, "hold_s": 0, "wait_s": 0},
}


class Listener(threading.Thread):
    """Hears /events; notes when a device was told to be pending, and when its tickets were told."""

    def __init__(self, up: House) -> None:
        super().__init__(daemon=True)
        self._up = up
        self._pending: dict[str, list[tuple[float, bool]]] = {}
        self._tickets: dict[str, list[float]] = {}
        # On a busy machine a saturated processor may be timed already, and a death tells nothing new.
        for device in up.items("/devices"):
            self._note("device", [device], time.time())

    def run(self) -> None:
        for kind, told in self._up.events():
            if kind in ("device", "ticket"):
                self._note(kind, told["items"], time.time())

    def _note(self, kind: str, items: list[dict[str, object]], now: float) -> None:
        for item in items:
            if kind == "ticket":
                self._tickets.setdefault(str(item["device"]), []).append(now)
            else:
                self._pending.setdefault(str(item["id"]), []).append((now, bool(item["pending"])))

    def ticket_after(self, device: str, onset: float) -> float | None:
        """Return when a ticket of the device was first told after its fault; None: not yet."""
        return next((at - onset for at in self._tickets.get(device, ()) if at >= onset), None)

    def pending_after(self, device: str, onset: float) -> float | None:
        """Return when the device was first told to be pending after its fault; None: it was so before, or is not."""
        told = self._pending.get(device, [])
        before = [pending for at, pending in told if at < onset]
        if before and before[-1]:
            return None
        return next((at - onset for at, pending in told if at >= onset and pending), None)


class Receiver:
    """Takes Alertmanager's notifications: when each instance was first told of, by peer."""

    def __init__(self, port: int) -> None:
        self.told: dict[str, dict[str, float]] = {name: {} for name in SETTINGS}
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                now = time.time()
                for alert in body["alerts"]:
                    told[self.path.strip("/")].setdefault(alert["labels"]["instance"], now)
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A peer that was ended in the middle of a sentence is no news."""

        self._server = Quiet(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rooms", type=int, default=1000)
    words.add_argument("--victims", type=int, default=12, help="of each kind")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="roomtone-detection-") as name, ExitStack() as stack:
        folder = Path(name)
        up = stack.enter_context(house(folder, "--no-agent"))
        simulate(up, folder, asked.rooms, stack)
        account = json.loads((up.data / "mqtt.json").read_text("utf-8"))
        victims = [
            Victim(kind, number, folder, account, free_port()) for kind in KINDS for number in range(asked.victims)
        ]
        for victim in victims:
            stack.callback(victim.end)
        receiver = Receiver(port := free_port())
        stack.callback(receiver.end)
        peers = start_peers(folder, port, victims, stack)
        wait_for(
            lambda: all((found := known(up)).get(victim.device) == "ok" for victim in victims) and found,
            within_s=120, saying="every victim is ok", every_s=2,
        )  # fmt: skip
        listener = Listener(up)
        listener.start()
        time.sleep(25)  # Prometheus has scraped each twice
        onsets = break_all(victims)
        latest = max(onsets.values())
        deadline = latest + (150 if peers else 75)
        while time.time() < deadline and not complete(victims, onsets, listener, receiver, peers):
            time.sleep(0.5)
        report(victims, onsets, listener, receiver, peers)
        for ticket in up.items("/tickets"):  # for whoever wonders at a figure
            print(ticket["device"], ticket["opened_at"], ticket["state"], ticket["title"], file=sys.stderr)


def simulate(up: House, folder: Path, rooms: int, stack: ExitStack) -> None:
    process = Process(
        ["simulate", "--rooms", str(rooms), "--interval", "10", "--no-faults", "--account", str(up.data / "mqtt.json")],
        log=folder / "simulate.log",
    )
    stack.callback(process.stop)
    wait_for(
        lambda: sum(device["role"] == "recorder-pc" for device in up.items("/devices")) >= rooms,
        within_s=240, saying=f"{rooms} rooms are there: {process.text[-500:]}", every_s=3,
    )  # fmt: skip


def known(up: House) -> dict[str, str]:
    found = up.items("/devices", role="recorder-pc")
    return {device["id"]: device["state"] for device in found if device["id"].startswith(SITES)}


def start_peers(folder: Path, port: int, victims: list[Victim], stack: ExitStack) -> list[str]:
    prometheus, alertmanager = find_peer("prometheus"), find_peer("prometheus-alertmanager")
    if prometheus is None or alertmanager is None:
        print("prometheus and prometheus-alertmanager are not installed: they are left out", file=sys.stderr)
        return []
    for name, settings in SETTINGS.items():
        peer = Peer(name, folder, ports=(free_port(), free_port()), receiver=port, **settings)
        peer.watch(victims)
        peer.start(prometheus, alertmanager)
        stack.callback(peer.end)
    return list(SETTINGS)


def break_all(victims: list[Victim]) -> dict[str, float]:
    """Break them at random moments, so that no scrape or interval favours anybody; return the moment of each."""
    source = Random(7)
    plan = sorted((source.uniform(0, SPREAD_S), victim.name, victim) for victim in victims)
    begun = time.time()
    onsets: dict[str, float] = {}
    for after, name, victim in plan:
        time.sleep(max(0.0, begun + after - time.time()))
        onsets[name] = time.time()
        victim.break_()
    return onsets


def complete(
    victims: list[Victim], onsets: dict[str, float], listener: Listener, receiver: Receiver, peers: list[str]
) -> bool:
    return all(
        listener.ticket_after(victim.device, onsets[victim.name]) is not None
        and all(f"127.0.0.1:{victim.port}" in receiver.told[peer] for peer in peers)
        for victim in victims
    )


def report(
    victims: list[Victim], onsets: dict[str, float], listener: Listener, receiver: Receiver, peers: list[str]
) -> None:
    for kind in KINDS:
        own = [victim for victim in victims if victim.kind == kind]
        ours = [took for v in own if (took := listener.ticket_after(v.device, onsets[v.name])) is not None]
        figure(f"detection_{kind}_tickets", len(ours), "1", ratio=len(ours) / len(own), against=f"{len(own)} faults")
        if not ours:
            continue
        promised = PROMISED_S[kind]
        figure(f"detection_{kind}_p99_s", p99(ours), "s", ratio=p99(ours) / promised, against=f"{promised:g} s")
        for peer in peers:
            theirs = [
                receiver.told[peer][target] - onsets[v.name]
                for v in own
                if (target := f"127.0.0.1:{v.port}") in receiver.told[peer]
            ]
            if theirs:
                median = statistics.median(theirs)
                figure(f"{peer}_{kind}_median_s", median, "s")
                figure(
                    f"detection_{kind}_median_s", statistics.median(ours), "s",
                    ratio=statistics.median(ours) / median, against=f"{peer}, {len(theirs)} told",
                )  # fmt: skip
    killed = [victim for victim in victims if victim.kind == "kill"]
    deaths = [took for v in killed if (took := listener.pending_after(v.device, onsets[v.name])) is not None]
    if deaths:
        against = f"1 s, {len(deaths)} that nothing was being timed of before"
        figure("detection_death_pending_p99_s", p99(deaths), "s", ratio=p99(deaths) / 1.0, against=against)


def p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-99 * len(ordered) // 100) - 1)]


if __name__ == "__main__":
    main()
