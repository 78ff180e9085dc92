"""`roomtone agent VERB` and `roomtone snmp ...`. In: words. Out: 0 good, 1 problems found, 2 wrong usage."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.config import Config, default_config, load_config
from agent.discover_verb import add_discover
from agent.living import add_verbs
from agent.start import guarded, run

_EXAMPLES = """\
examples:
  roomtone agent once
  roomtone agent once --json --config agent.toml
  roomtone agent check --config agent.toml
  roomtone agent run --config agent.toml
  roomtone agent discover 10.0.7.0/24 --site east --community-file campus.community
  roomtone agent enrol https://roomtone.example.org --code k7pm-9xwz-2hdq-uvta
  roomtone agent install
  roomtone agent install --dry-run
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its first word is `agent` or `snmp`."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parser(with_snmp=words[:1] != ["agent"]).parse_args(words)
    except SystemExit as stop:  # argparse has said why, or printed its help
        return int(stop.code or 0)
    command: Callable[[argparse.Namespace], int] = options.func
    return guarded(lambda: command(options))


def _parser(*, with_snmp: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="roomtone")
    nouns = parser.add_subparsers(dest="noun", required=True, metavar="COMMAND")
    agent = nouns.add_parser(
        "agent",
        help="enrol, run, try or check the agent of this machine",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = agent.add_subparsers(dest="verb", required=True, metavar="VERB")
    runs = _verb(verbs, "run", "read and report until stopped", _run)
    runs.add_argument("--config", type=Path, required=True, metavar="FILE", help="agent.toml")
    runs.add_argument("--verbose", action="store_true", help="say more")
    once = _verb(verbs, "once", "read every probe once and print it", _once)
    once.add_argument("--config", type=Path, metavar="FILE", help="agent.toml; without it, this computer alone is read")
    once.add_argument("--json", action="store_true", help="one JSON object a line")
    check = _verb(verbs, "check", "is the configuration right, and everything reachable?", _check)
    check.add_argument("--config", type=Path, required=True, metavar="FILE", help="agent.toml")
    add_verbs(verbs, _verb, lambda line: print(line, flush=True))
    add_discover(verbs, _verb, lambda line: print(line, flush=True))
    if with_snmp:
        from agent.snmp.cli import add_parser

        add_parser(nouns)
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    function: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(func=function)
    return verb


def _run(options: argparse.Namespace) -> int:
    return run(options.config, is_verbose=options.verbose)


def _once(options: argparse.Namespace) -> int:
    config = _config(options.config)
    from agent.once import look_once
    from agent.probes.registry import configured

    has_mistakes = False
    for look in look_once(configured(config)):
        for reading, sample in look.samples:
            if options.json:
                print(
                    json.dumps(
                        {
                            "device": reading.device,
                            "metric": reading.metric,
                            "instance": reading.instance,
                            "value": sample.value,
                            "unit": sample.unit,
                        },
                        ensure_ascii=False,
                    )
                )
            else:
                where = f"{reading.device}  " if reading.device else ""
                print(f"{where}{sample.name}  {sample.value:g} {sample.unit if sample.unit != '1' else ''}".rstrip())
        for mistake in look.mistakes:
            has_mistakes = True
            print(f"{look.probe}: {mistake}", file=sys.stderr)
    return 1 if has_mistakes else 0


def _check(options: argparse.Namespace) -> int:
    from agent.check import check
    from agent.managed import Managed

    managed = Managed(options.config)
    config = managed.look()
    print(f"good     {options.config}" + (f", version {managed.version} of the collector" if managed.version else ""))
    is_good = True
    for finding in check(config):
        print(f"{'good    ' if finding.is_good else 'PROBLEM '} {finding.what}: {finding.says}", flush=True)
        is_good = is_good and finding.is_good
    return 0 if is_good else 1


def _config(file: Path | None) -> Config:
    return load_config(file) if file else default_config()
