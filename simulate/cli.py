"""`roomtone simulate`: a campus of simulated rooms that speaks real Sparkplug to a real broker."""

import argparse
import contextlib
import logging
import math
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from agent.now import monotonic_s, now
from simulate.account import Account, AccountError, broker_of
from simulate.campus import MOST_SITES, make_campus
from simulate.campus_file import write_campus
from simulate.edge import World
from simulate.fault import KINDS, Fault
from simulate.lessons import Hours
from simulate.place import Campus
from simulate.program import Program
from simulate.script import ScriptError, load_script
from simulate.simulation import Simulation

_EPILOG: Final = """\
Examples:
  roomtone simulate --rooms 24
      beside `roomtone up` in the same folder: its broker, faults that come and go
  roomtone simulate --rooms 200 --broker mqtt://noc.example.org --username sim --password-file pw --seed 3
  roomtone simulate --rooms 24 --write-campus demo/campus.yaml --only-campus
      write the campus file for `roomtone up --campus`, and end

Kinds of faults for --faults FILE (see the head of simulate/script.py for an example):
"""


def main(argv: Sequence[str]) -> int:
    """Run the simulation and return the exit status: 0 good, 2 wrong usage or a file that cannot be used."""
    parser = _parser()
    asked = parser.parse_args(list(argv))
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        campus = make_campus(asked.rooms, site_count=asked.site_count, seed=asked.seed)
        if asked.write_campus is not None:
            today = now().astimezone(ZoneInfo(campus.time_zone)).date()
            write_campus(asked.write_campus, campus, hours=asked.hours, today=today)
        if asked.only_campus:
            return 0
        faults = _faults(asked, campus)
        broker = broker_of(
            Account(
                url=asked.broker,
                username=asked.username,
                password_file=asked.password_file,
                file=asked.account,
                keepalive_s=asked.keepalive,
            )
        )
    except (ValueError, AccountError, ScriptError, OSError) as error:
        _say(str(error), sys.stderr)
        return 2
    world = World(
        broker=broker,
        host_id=asked.host_id,
        interval_s=asked.interval,
        seed=asked.seed,
        zone=ZoneInfo(campus.time_zone),
        hours=asked.hours,
    )
    _run(campus, faults, world, asked.duration)
    return 0


def _faults(asked: argparse.Namespace, campus: Campus) -> Iterable[Fault]:
    if asked.faults is not None:
        return load_script(asked.faults, campus).play()
    return () if asked.no_faults else Program(campus).play()


def _run(campus: Campus, faults: Iterable[Fault], world: World, duration_s: float) -> None:
    began_s = monotonic_s()

    def tell(fault: Fault, begins: bool) -> None:
        gone_s = monotonic_s() - began_s
        lasts = "" if not begins else " until the end" if fault.for_s is None else f" for {fault.for_s:g} s"
        what = f"{fault.kind.name}{lasts}" if begins else f"{fault.kind.name} is over"
        _say(f"{int(gone_s) // 60:02}:{int(gone_s) % 60:02}  {fault.place}: {what}")

    simulation = Simulation(campus, faults, world, tell=tell)
    rooms = list(campus.rooms())
    devices = sum(1 + len(node.things) for node in campus.nodes())
    _say(f"{len(rooms)} rooms, {devices} devices, {len(campus.sites)} sites on {world.broker}, seed {world.seed}")
    with _ended_by_signals(simulation):
        simulation.run(duration_s)
    _say(f"{simulation.figures.readings} readings taken")


@contextlib.contextmanager
def _ended_by_signals(simulation: Simulation) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda _number, _frame: simulation.stop())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {kind.name:<19} {kind.about}{_options(kind.options)}" for kind in KINDS.values())
    parser = argparse.ArgumentParser(
        prog="roomtone simulate",
        description="A campus of simulated rooms that speaks real Sparkplug to a real broker.",
        epilog=_EPILOG + kinds,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--rooms", type=_count, required=True, metavar="N", help="how many rooms")
    add("--site-count", type=_count, metavar="K", help=f"how many sites, at most {MOST_SITES} (default: by the rooms)")
    add("--seed", type=int, default=7, help="the same seed gives the same campus and faults (default: 7)")
    add("--interval", type=_seconds, default=5.0, metavar="S", help="seconds between readings (default: 5)")
    add("--duration", type=_seconds, default=math.inf, metavar="S", help="end after so many seconds")
    add("--hours", type=Hours, choices=list(Hours), default=Hours.ALWAYS, help="when schools teach (default: always)")
    faults = parser.add_mutually_exclusive_group()
    faults.add_argument("--faults", type=Path, metavar="FILE", help="play these faults instead of random ones")
    faults.add_argument("--no-faults", action="store_true", help="all is well, always")
    broker = parser.add_argument_group("broker")
    broker.add_argument("--broker", metavar="URL", help="mqtt://HOST:PORT or mqtts://HOST:PORT")
    broker.add_argument("--username", default="", metavar="U", help="account with the broker")
    broker.add_argument("--password-file", type=Path, metavar="FILE", help="its password")
    broker.add_argument(
        "--account",
        type=Path,
        default=Path("roomtone-data/mqtt.json"),
        metavar="FILE",
        help="without --broker: the mqtt.json of `roomtone up` (default: roomtone-data/mqtt.json)",
    )
    broker.add_argument("--keepalive", type=_count, default=10, metavar="S", help="MQTT keepalive (default: 10)")
    broker.add_argument(
        "--host-id",
        default="roomtone",
        metavar="ID",
        help='the host to wait for; "" waits for none (default: roomtone)',
    )
    campus = parser.add_argument_group("campus file")
    campus.add_argument("--write-campus", type=Path, metavar="FILE", help="write the campus and its timetables")
    campus.add_argument("--only-campus", action="store_true", help="write the campus and end")
    return parser


def _options(options: Mapping[str, float]) -> str:
    return f" ({', '.join(f'{name}={value:g}' for name, value in options.items())})" if options else ""


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return value


def _say(text: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more, which is no reason to end
        stream.write(text + "\n")
        stream.flush()
