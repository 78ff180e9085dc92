"""Each source of the catalogue's rows gives what it says it gives: probes are read over real sources."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from agent.media.kinds import Kind, Source
from agent.media.target import Acknowledgement, FileSource, RecordingTarget, StreamTarget
from agent.now import moment
from agent.outbox import Outbox
from agent.probe_tables import (
    CaptureTable,
    ClockTable,
    HttpTable,
    PjlinkTable,
    RaidTable,
    RebootTable,
    SensorsTable,
    ServicesTable,
    ShureTable,
    SmartTable,
)
from agent.probes import capture_linux, host
from agent.probes.capture import Capture
from agent.probes.clock import Clock as ClockProbe
from agent.probes.host import Host
from agent.probes.http import Http
from agent.probes.ping import Ping
from agent.probes.pjlink import PJLink
from agent.probes.process import Process
from agent.probes.raid import Raid
from agent.probes.reboot import Reboot
from agent.probes.recording import Recording
from agent.probes.registry import PROBES, load
from agent.probes.sensors import Sensors
from agent.probes.services import Services
from agent.probes.shure import Shure
from agent.probes.smart import Smart
from agent.probes.stream import Stream
from agent.runner import Runner
from agent.schedule import Grid
from agent.snmp.poll import SnmpDevice
from agent.snmp.target import SnmpTarget
from agent.timepiece import Timepiece
from agent.uplink.birth import NodeIdentity
from agent.uplink.route import Route
from agent.uplink.session import EdgeSession
from agent.vitals import Vitals
from tests import ntp_server, onvif_camera, pjlink_projector, rtsp_camera, shure_receiver, sources
from tests.conftest import SHARED, need_peer
from tests.contract.media_scene import START, Clock, Growing, make, tools_for
from tests.fake_programs import Programs
from tests.snmp_peers import Snmpsim
from wire.catalogue import CATALOGUE

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[1] / "data"
SCENES: dict[str, Callable[["Scene"], Any]] = {}


class Scene:
    """A place to set a probe up in; what is entered ends with the test."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.folder = folder
        self.patch = patch
        self.enter = stack.enter_context

    def programs(self) -> Programs:
        return Programs(self.folder / "bin", self.patch)


def scene(probe: Callable[[Scene], Any]) -> Callable[[Scene], Any]:
    SCENES[probe.__name__] = probe
    return probe


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(tmp_path, monkeypatch, stack)


def read(probe: Any, now: datetime = NOW) -> set[str]:
    return {reading.metric for reading in probe.read(now)}


@scene
def host_(place: Scene) -> set[str]:
    # A computer without swap, disks or ports of its own, as a container is, has them here.
    place.patch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(total=2, used=1))
    place.patch.setattr(host, "_SYS_BLOCK", place.folder / "none")
    disk = SimpleNamespace(read_bytes=1, write_bytes=1, read_time=1, write_time=1)
    port = SimpleNamespace(bytes_recv=1, bytes_sent=1, errin=0, errout=0, dropin=0, dropout=0)
    place.patch.setattr(psutil, "disk_io_counters", lambda **_: {"sda": disk})
    place.patch.setattr(psutil, "net_io_counters", lambda **_: {"eth0": port})
    probe = Host()
    read(probe)
    return _until(lambda: read(probe), lambda found: "system.cpu.utilization" in found)


@scene
def process(place: Scene) -> set[str]:
    probe = Process([psutil.Process().name()])
    read(probe)
    return _until(lambda: read(probe), lambda found: "process.cpu.utilization" in found)


@scene
def ping(place: Scene) -> set[str]:
    with pjlink_projector.at_work(pjlink_projector.Projector()) as listener:
        return read(Ping("127.0.0.1", port=listener.port))


@scene
def pjlink(place: Scene) -> set[str]:
    projector = place.enter(pjlink_projector.at_work(pjlink_projector.Projector(answers=pjlink_projector.class_2())))
    return read(PJLink(PjlinkTable(id="p", host="127.0.0.1", port=projector.port, lamp_limit_h=4000)))


@scene
def shure(place: Scene) -> set[str]:
    receiver = place.enter(shure_receiver.at_work(shure_receiver.Receiver()))
    return read(Shure(ShureTable(id="m", host="127.0.0.1", port=receiver.port, channels=1)))


@scene
def smart(place: Scene) -> set[str]:
    place.programs().prints("smartctl", (DATA / "smartctl" / "nvme.json").read_text("utf-8"))
    return read(Smart(SmartTable(disks=("/dev/nvme0",))))


@scene
def raid(place: Scene) -> set[str]:
    file = place.folder / "mdstat"
    file.write_text("md0 : active raid1 sdb1[1] sda1[0]\n      976630464 blocks super 1.2 [2/2] [UU]\n")
    return read(Raid(RaidTable(), file))


@scene
def clock(place: Scene) -> set[str]:
    server = place.enter(ntp_server.at_work(ntp_server.TimeServer()))
    return read(ClockProbe(ClockTable(servers=("127.0.0.1",)), port=server.port))


@scene
def services(place: Scene) -> set[str]:
    place.programs().prints("systemctl", "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\n")
    return read(Services(ServicesTable(watch=("obs",)), platform="linux"))


@scene
def capture(place: Scene) -> set[str]:
    programs = place.programs()
    programs.prints("v4l2-ctl", "\tActive width: 1920\n")
    programs.prints("amixer", "Simple mixer control 'Mic',0\n  Mono: Capture 16 [62%] [8.00dB] [on]\n")
    place.patch.setattr(capture_linux, "VIDEO", place.folder / "video")
    place.patch.setattr(capture_linux, "CARDS", place.folder / "cards")
    (place.folder / "video" / "video0").mkdir(parents=True)
    (place.folder / "video" / "video0" / "name").write_text("Grabber\n")
    (place.folder / "cards").write_text(" 1 [Mic            ]: USB-Audio - USB Mic\n                      USB Mic\n")
    return read(Capture(CaptureTable(video=("Grabber",), audio=("USB*",)), platform="linux"))


@scene
def sensors(place: Scene) -> set[str]:
    chip = SimpleNamespace(label="", current=50.0, high=80.0, critical=100.0)
    battery = SimpleNamespace(percent=70, secsleft=600, power_plugged=False)
    place.patch.setattr(psutil, "sensors_temperatures", lambda: {"chip": [chip]}, raising=False)
    fan = SimpleNamespace(label="", current=900)
    place.patch.setattr(psutil, "sensors_fans", lambda: {"chip": [fan]}, raising=False)
    place.patch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    return read(Sensors(SensorsTable()))


@scene
def reboot(place: Scene) -> set[str]:
    return read(Reboot(RebootTable(), place.folder, platform="linux"))


@scene
def command(place: Scene) -> set[str]:
    from agent.probe_tables import CommandTable
    from agent.probes.command import Command

    plugin = place.programs().prints("check_disk", "DISK OK\n")
    return read(Command(CommandTable(name="disk", run=(str(plugin),), format="nagios")))


@scene
def http(place: Scene) -> set[str]:
    from tests.contract.test_probe_http import answers, server

    port = place.enter(server(answers(b"ok")))
    return read(Http(HttpTable(name="amp", url=f"http://127.0.0.1:{port}/", format="none", status="web:amp")))


@scene
def recording(place: Scene) -> set[str]:
    ffmpeg, ffprobe = need_peer("ffmpeg"), need_peer("ffprobe")
    folder, clock = place.folder / "recordings", Clock()
    folder.mkdir()
    lessons = place.folder / "lessons.json"
    until = START + timedelta(seconds=30)
    lessons.write_text(f'{{"lessons": [{{"start": "{START.isoformat()}", "end": "{until.isoformat()}"}}]}}')
    target = RecordingTarget(
        folders=(folder,),
        files=("*.ts",),
        sources=(FileSource(source=Source(name="cam", kind=Kind.CAMERA)),),
        timetable=lessons,
        byte_rate=1e6,
        acknowledgement=Acknowledgement(markers=("{name}.uploaded",)),
    )
    probe = Recording(target, tools_for(ffmpeg, place.folder, clock), state=place.folder / "state.json", clock=clock)
    growing = Growing(ffprobe, make(ffmpeg, place.folder / "whole.ts", 21), folder / "a.ts")
    found = read(probe, clock.now)
    for at in (10, 20):
        clock.s = 1000.0 + at
        growing.grow_to(at)
        found |= _settled(probe, clock, lambda: probe.is_looking)
    clock.s += 600
    return found | read(probe, clock.now)


@scene
def stream(place: Scene) -> set[str]:
    ffmpeg, clock = need_peer("ffmpeg"), Clock()
    camera = place.enter(rtsp_camera.serving(rtsp_camera.Camera(at_s=lambda: clock.s - 1000.0)))
    camera.film = rtsp_camera.record(ffmpeg, make(ffmpeg, place.folder / "clean.mkv", 40))
    onvif = place.enter(onvif_camera.serving(onvif_camera.OnvifCamera()))
    source = Source(name="cam", kind=Kind.CAMERA, device="cam-1")
    target = StreamTarget(id="cam-1", url=camera.url, source=source, onvif=onvif.url, timeout_s=1.0)
    probe = Stream(target, tools_for(ffmpeg, place.folder, clock, window_s=5.0), clock=clock)
    found: set[str] = set()
    for _ in range(3):
        found |= _settled(probe, clock, lambda: probe._watch is not None and probe._watch.is_looking)
        if found >= set(Stream.gives):
            break
        clock.s += 15
    return found


@scene
def snmp(place: Scene) -> set[str]:
    recordings = SHARED / "snmp-recordings"
    if not recordings.is_dir():
        pytest.skip("the folder ../shared/snmp-recordings is not beside this checkout")
    name = "linux_icecast"
    simulator = place.enter(Snmpsim(recordings, [name]))
    probe = SnmpDevice(SnmpTarget(id="d", host="127.0.0.1", port=simulator.port, community=name, timeout_s=5))
    found = read(probe)
    probe.close()
    return found & set(probe.gives)


def _until(look: Callable[[], set[str]], is_good: Callable[[set[str]], bool]) -> set[str]:
    end = time.monotonic() + 20
    while not is_good(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def _settled(probe: Any, clock: Clock, is_looking: Callable[[], bool]) -> set[str]:
    """Read on at the same instant until the look that was begun has been taken."""
    found = read(probe, clock.now)
    end = time.monotonic() + 60
    while is_looking():
        assert time.monotonic() < end, "a look takes too long"
        time.sleep(0.02)
        found |= read(probe, clock.now)
    return found


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_gives_what_it_says_and_nothing_else(name: str, place: Scene) -> None:
    assert SCENES["host_" if name == "host" else name](place) == set(load(name).gives)


def test_the_agent_gives_of_itself_what_it_says() -> None:
    outbox = Outbox.open(None)
    session = EdgeSession(NodeIdentity(site="east", agent="pc1", interval_s=10), outbox)
    vitals = Vitals(outbox, session, Timepiece(), Route(lambda _peer: ""))
    runner = Runner(Ping("127.0.0.1"), Grid.of("x", 10), SimpleNamespace(put=lambda _: None), lambda: None)  # type: ignore[arg-type]
    runner.duration_s = 0.1
    vitals.runners = [runner]
    assert {reading.metric for reading in vitals.read(moment())} == set(vitals.gives)


def test_what_only_snmp_gives_is_read_from_recorded_devices() -> None:
    """One device each of a kind: UPS, switch, NAS, PDU, sensor."""
    recordings = SHARED / "snmp-recordings"
    names = ["apc_smt750x-nmc2", "ios_c3560", "dsm_ds214se-dsm7", "eatonpdu_2", "hwg-ste2"]
    if not recordings.is_dir():
        pytest.skip("the folder ../shared/snmp-recordings is not beside this checkout")
    others = {metric for metric, _ in sources.of_probes()}.union(sources.of_mappings(), sources.of_examples())
    wanted = set(sources.of_profiles()) & set(CATALOGUE) - others
    found: set[str] = set()
    with Snmpsim(recordings, names) as simulator:
        for name in names:
            device = SnmpDevice(SnmpTarget(id="d", host="127.0.0.1", port=simulator.port, community=name, timeout_s=5))
            # Rates need two readings.
            readings = chain(device.read(NOW), device.read(NOW + timedelta(seconds=10)))
            found |= {reading.metric for reading in readings}
            device.close()
    assert wanted - found == set()
