"""What happens to classroom PCs: clocks that jump, disks that are full or read-only, networks that change."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import now as agent_now
from agent.config import Config
from agent.entry import Bounds
from agent.loop import Agent
from agent.outbox import Outbox
from agent.tables import AgentTable
from agent.uplink.address import BrokerAddress
from agent.uplink.message import unpack
from tests.namespace import run_apart
from tests.ticker import Ticker
from tests.waiting import until

YEAR_NS = 365 * 86_400 * 1_000_000_000


def kept(folder: Path) -> list[tuple[int, dict[str, float]]]:
    """Return the stamp and the values of each entry that waits, in the order they were read."""
    box = Outbox.open(folder)
    found = []
    for epoch in box.epochs():
        for entry in box.entries(epoch.epoch, 0, 10_000):
            payload = unpack(entry.body)
            values = {m.name: m.double_value or float(m.long_value or m.int_value) for m in payload.metrics}
            found.append((entry.at_ms, values))
    box.close()
    return found


def test_a_clock_that_jumps_a_year_and_back_costs_no_reading_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    ahead_ns, real = [0], time.time_ns
    monkeypatch.setattr(agent_now.time, "time_ns", lambda: real() + ahead_ns[0])
    config = Config(
        agent=AgentTable(site="east", id="pc1", data_dir=tmp_path, interval_s=0.1),
        broker=BrokerAddress(host="127.0.0.1", port=free_port()),
        bounds=Bounds(max_age_s=3600),
    )
    ticker = Ticker()
    agent = Agent(config, probes=[ticker])
    thread = threading.Thread(target=agent.run)
    thread.start()
    try:
        for jump_ns in (0, YEAR_NS, -YEAR_NS, 0):
            ahead_ns[0] = jump_ns
            before = ticker.reads
            until(lambda: ticker.reads >= before + 4, what=f"readings at {jump_ns}")  # noqa: B023  called at once
    finally:
        agent.stop()
        thread.join(10)
    entries = kept(tmp_path)
    ticks = [int(values["test.ticks"]) for _, values in entries if "test.ticks" in values]
    assert ticks == list(range(1, max(ticks) + 1)), "each reading waits, in order"
    assert max(ticks) >= 13
    last = [values for _, values in entries if "classroom.agent.clock.jumps[forward]" in values][-1]
    assert (last["classroom.agent.clock.jumps[forward]"], last["classroom.agent.clock.jumps[backward]"]) == (2, 1)
    assert last["classroom.agent.outbox.dropped"] == 0
    assert last["classroom.agent.outbox.oldest"] < 3600
    assert caplog.text.count("the clock was put") == 3


DISK = """
import json, logging, subprocess, sys, collections
from pathlib import Path
from agent.entry import Draft
from agent.outbox import Outbox
said = collections.Counter()
class Count(logging.Handler):
    def emit(self, record):
        said[record.levelname] += 1
logging.getLogger("agent.outbox").addHandler(Count())
folder = Path(sys.argv[1])
def mount(how):
    subprocess.run(["mount", *how.split(), str(folder)], check=True)
mount("-t tmpfs -o size=400k none")
number, now_ms = 0, 1_000_000
def put(times):
    global number, now_ms
    for _ in range(times):
        number, now_ms = number + 1, now_ms + 10_000
        box.append([Draft(device="", at_ms=now_ms, body=bytes(2000))], now_ms)
def tell():
    print(json.dumps([box.on_disk, box.depth == number, box.failures > 0, dict(said)]))
box = Outbox.open(folder / "data")
put(300); tell()                           # more than there is room for
mount("-o remount,size=8m"); put(20); tell()   # somebody tidied up
box.close(); said.clear(); number = 0
mount("-o remount,ro")
kept = len(list((folder / "data").iterdir()))
box = Outbox.open(folder / "data"); put(60); tell()  # ten minutes on a disk that is read-only
mount("-o remount,rw"); put(20)
print(json.dumps([box.on_disk, box.depth > 80, dict(said)]))
"""


def test_a_full_disk_and_one_that_is_read_only_are_survived_said_once_counted_and_used_again(tmp_path: Path) -> None:
    full, tidied, read_only, writable = (json.loads(line) for line in run_apart(DISK, str(tmp_path)).splitlines())
    assert full == [False, True, True, {"ERROR": 1}]
    assert tidied == [True, True, True, {"ERROR": 1, "WARNING": 1}]
    assert read_only == [False, True, True, {"ERROR": 1}]
    assert writable == [True, True, {"ERROR": 1, "WARNING": 1}]


CHECK = """
import subprocess, sys
from pathlib import Path
from agent.check import check
from agent.config import Config
from agent.tables import AgentTable
folder = Path(sys.argv[1])
config = Config(agent=AgentTable(site="east", id="pc1", data_dir=folder / "data"), has_broker=False)
subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], check=True)
print(next(check(config)))
subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
print(next(check(config)))
"""


def test_check_says_what_the_disk_is_good_for(tmp_path: Path) -> None:
    in_memory, read_only = run_apart(CHECK, str(tmp_path)).splitlines()
    assert "is_good=True" in in_memory
    assert "does not outlive a restart" in in_memory
    assert "is_good=False" in read_only
    assert "readings would be kept in memory" in read_only


NETWORK = """
import json, select, subprocess, sys, time
from agent.now import moment
from agent.outbox import Outbox
from agent.uplink.address import BrokerAddress
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
broker_script = '''
import socket, threading, sys
sys.stdin.readline()
server = socket.create_server(("10.99.0.9", 1883))
print("listening", flush=True)
def hold(peer, address):
    peer.recv(4096); peer.sendall(bytes([32, 2, 0, 0])); print(address[0], flush=True)
    while peer.recv(4096): pass
while True:
    threading.Thread(target=hold, args=server.accept(), daemon=True).start()
'''
broker = subprocess.Popen(["unshare", "--net", sys.executable, "-c", broker_script], stdin=-1, stdout=-1, text=True)
def ip(words, inside=False):
    enter = ["nsenter", "--net", "--target", str(broker.pid)] if inside else []
    return subprocess.run([*enter, "ip", *words.split()], capture_output=True, text=True)
end = time.monotonic() + 20
def patiently(words, inside=False):
    while (done := ip(words, inside)).returncode:
        assert time.monotonic() < end, done.stderr
        time.sleep(0.02)
try:
    patiently("link add v0 type veth peer name v1")
    # Until its namespace is another one than ours, the broker's end would stay here.
    import os
    while os.stat(f"/proc/{broker.pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
        assert time.monotonic() < end
        time.sleep(0.02)
    patiently(f"link set v1 netns {broker.pid}")
    for words in ("addr add 10.99.0.9/24 dev v1", "link set v1 up"):
        patiently(words, inside=True)
    for words in ("addr add 10.99.0.1/24 dev v0", "link set v0 up"):
        patiently(words)
    broker.stdin.write("go\\n"); broker.stdin.flush()
    assert broker.stdout.readline() == "listening\\n"
    outbox = Outbox.open(None)
    session = EdgeSession(NodeIdentity(site="east", agent="pc1", interval_s=10), outbox)
    uplink = MqttUplink(BrokerAddress(host="10.99.0.9", port=1883, keepalive_s=600), "pc1", session, wake=lambda: None)
    def run(is_done, longest_s):
        end = time.monotonic() + 30
        while not is_done():
            assert time.monotonic() < end, "too long"
            uplink.step(moment())
            readable, writable = uplink.sockets()
            # Without news of the network nothing would wake it here.
            wait_s = min(longest_s, max(0.0, uplink.next_due() - moment().mono_s))
            select.select(readable, writable, [], wait_s)
    run(lambda: uplink.is_connected, 0.05)
    first = broker.stdout.readline().strip()
    run(lambda: uplink.route.step(moment()) == "" and not select.select(uplink.route.sockets, [], [], 0.3)[0], 0.05)
    ip("addr del 10.99.0.1/24 dev v0"); ip("addr add 10.99.0.2/24 dev v0")
    changed = time.monotonic()
    # By the end of that very step it may be connected again.
    run(lambda: uplink.route.address == "10.99.0.2", 60)
    run(lambda: uplink.is_connected, 0.05)
    took_s = time.monotonic() - changed
    print(json.dumps([first, broker.stdout.readline().strip(), uplink.route.changes, took_s]))
finally:
    broker.kill()
"""


def test_another_address_of_ours_makes_a_new_connection_at_once() -> None:
    first, second, changes, took_s = json.loads(run_apart(NETWORK).splitlines()[-1])
    assert (first, second) == ("10.99.0.1", "10.99.0.2")
    assert changes >= 1
    assert took_s < 20, "long before the keepalive of 600 s"
