"""A simulated term through the real core: is every fault found, at its level, and is nothing else told?

500 rooms, nightly power-off, holidays, lessons, lost switches, clones, flapping and real faults at known times
(`simulate/term*.py`), in virtual time through classifier and desk. Judged by: faults of level 1 and 2 found at their
level (all), tickets of rooms that are off (none), tickets a lost switch (one), false tickets in 100 room-weeks (< 1).
With --edges also troubles at awkward moments: around limits and lessons, at night and on holidays, behind what is gone,
while collector or broker is away.
Usage: bench/term.py [--seed N] [--weeks W] [--rooms N] [--rooms-per-site N] [--interval S] [--zone ZONE]
    [--first MONDAY] [--edges [TIMES]] [--show]
"""

import argparse
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import figure  # noqa: E402
from bench.term_judge import Judge, Verdict  # noqa: E402
from bench.term_run import TermRun  # noqa: E402
from collector.packs.agreement import load_agreements  # noqa: E402
from collector.packs.rules import load_rules  # noqa: E402
from simulate.term import MONDAY, ZONE, make_term  # noqa: E402
from simulate.term_campus import ROOMS_PER_SITE  # noqa: E402


def show(verdict: Verdict) -> None:
    """Name each ticket and fault that was not as it should be."""
    for name in ("missed", "wrong_level", "several", "at_rest", "false", "overlooked", "invented"):
        for line in getattr(verdict, name):
            print(f"{name}: {line}", file=sys.stderr)
    print(f"tickets a lost switch: {dict(verdict.per_switch)}", file=sys.stderr)
    print(f"kinds: {dict(verdict.kinds)}", file=sys.stderr)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--weeks", type=int, default=18)
    words.add_argument("--rooms", type=int, default=500)
    words.add_argument("--rooms-per-site", type=int, default=ROOMS_PER_SITE)
    words.add_argument("--interval", type=float, default=60.0, metavar="S")
    words.add_argument("--zone", type=ZoneInfo, default=ZONE)
    words.add_argument("--first", type=date.fromisoformat, default=MONDAY, help="the Monday on which it begins")
    words.add_argument(
        "--edges", type=float, nargs="?", const=1.0, default=0.0, metavar="TIMES",
        help="also troubles at awkward moments; so many times as often as is usual",
    )  # fmt: skip
    words.add_argument("--show", action="store_true", help="name each ticket and fault that was not as it should be")
    asked = words.parse_args()
    term = make_term(
        seed=asked.seed, weeks=asked.weeks, rooms=asked.rooms, zone=asked.zone, edges=asked.edges, first=asked.first,
        rooms_per_site=asked.rooms_per_site,
    )  # fmt: skip
    run = TermRun(
        term,
        interval=timedelta(seconds=asked.interval),
        rules=load_rules([ROOT / "rules"]),
        agreements=load_agreements([ROOT / "rules/agreements"]),
    )
    started = time.process_time()
    run.run()
    spent = time.process_time() - started
    verdict = Judge(term, run).judge()
    if asked.show:
        show(verdict)
    faults = verdict.found + len(verdict.missed) + len(verdict.wrong_level)
    figure("term_faults_found_at_level", verdict.found, "1", ratio=verdict.found / faults, against=f"{faults} faults")
    figure("term_tickets_at_rest", len(verdict.at_rest), "1", ratio=len(verdict.at_rest), against="none")
    losses = sum(verdict.per_switch.values())
    if losses:
        figure(
            "term_lost_switches_with_one_ticket", verdict.per_switch[1], "1",
            ratio=verdict.per_switch[1] / losses, against=f"{losses} losses",
        )  # fmt: skip
    figure("term_faults_with_several_tickets", len(verdict.several), "1", ratio=len(verdict.several), against="none")
    false = verdict.false_per_100_room_weeks
    figure("term_false_tickets_per_100_room_weeks", false, "1", ratio=false / 1.0, against="1")
    if verdict.recorded or verdict.overlooked:
        unheard = verdict.recorded + len(verdict.overlooked)
        figure(
            "term_absences_unheard_on_record", verdict.recorded, "1",
            ratio=verdict.recorded / unheard, against=f"{unheard} absences",
        )  # fmt: skip
    figure("term_absences_invented", len(verdict.invented), "1", ratio=len(verdict.invented), against="none")
    figure("term_readings", run.readings, "1")
    figure("term_cpu_s_per_room_week", spent / verdict.room_weeks, "s")


if __name__ == "__main__":
    main()
