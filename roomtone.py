"""The `roomtone` command: reads the first word and hands the rest to the side that knows it.

The agent's side must start in a blink on a classroom PC, so nothing of the collector is imported for it.
"""

import sys
from collections.abc import Sequence
from typing import Final

from wire.version import __version__

AGENT_WORDS: Final = frozenset({"agent", "snmp"})
USAGE: Final = """\
Usage: roomtone COMMAND [OPTIONS]

Watches recording classrooms: from a reading in a classroom to a ticket on the wall.

On a classroom PC or gateway:
  agent       enrol, run, try, check or install the agent of this machine
  snmp        identify and read one SNMP device

On the collector:
  up          all of it on this machine: broker, collector, dashboard, an agent
  collector   the collector alone, against your own broker and stores
  rules       check, test, replay and explain rule packs
  drill       let a marked test fault travel the whole line
  campus      check a campus file
  mapping     check a mapping file: what plain MQTT devices say
  inspection  collect the run parameters of a period
  enrolment   make codes that turn classroom PCs into agents
  token       make, list and revoke API tokens
  user        add users, change passwords

For trying things out:
  simulate    a campus of simulated rooms on a real broker

Options:
  --version   print the version
  --help      print this; every command has its own --help

Examples:
  roomtone up
  roomtone up --demo 24
  roomtone agent once --json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 good, 1 a check found problems, 2 wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("--help", "-h", "help"):
        print(USAGE, end="")
        return 0 if words else 2
    if words[0] in ("--version", "-V"):
        print(f"roomtone {__version__}")
        return 0
    allow_many_files()
    if words[0] in AGENT_WORDS:
        from agent.start import guarded, plain_run

        if (run := plain_run(words)) is not None:
            return guarded(run)
        from agent.cli import main as agent_main

        return agent_main(words)
    try:
        if words[0] == "simulate":
            from simulate.cli import main as simulate_main

            return simulate_main(words[1:])
        from collector.cli.main import main as collector_main
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("agent", "collector", "simulate", "wire"):
            raise
        print(
            f"roomtone {words[0]}: the collector is not installed here ({error.name} is missing). "
            "Install it with: pip install 'roomtone[collector]'",
            file=sys.stderr,
        )
        return 2
    return collector_main(words)


def allow_many_files() -> None:
    """Let this process have as many files and connections as the system grants, not as few as a shell begins with."""
    try:
        import resource
    except ModuleNotFoundError:
        return  # Windows counts them otherwise
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ValueError, OSError):
        pass  # macOS grants less than it says; what a shell begins with is left


if __name__ == "__main__":
    sys.exit(main())
