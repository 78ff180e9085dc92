"""The verbs of an agent's life on a computer: `roomtone agent enrol | install | uninstall`. In: words. Out: a status.

What they need is imported when they run: `agent run` is to be small.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AddVerb = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Say = Callable[[str], None]


def add_verbs(verbs: Any, add: AddVerb, say: Say) -> None:
    """Add the verbs to `roomtone agent`; `say` prints a line."""
    enrol = add(verbs, "enrol", "become an agent of a collector", lambda options: _enrol(options, say))
    enrol.add_argument("url", metavar="URL", help="the collector's address, as in the browser")
    enrol.add_argument("--code", required=True, help="the one-time code from there")
    enrol.add_argument("--config", type=Path, metavar="FILE", help="the agent.toml to write")
    enrol.add_argument("--id", metavar="ID", help="what to be called, if the code does not say; the computer's name")
    enrol.add_argument("--ca-file", type=Path, metavar="FILE", help="who signed the collector's certificate (PEM)")
    _add_service_verbs(verbs, add, say)
    enrol.add_argument("--replace", action="store_true", help="take the place of an agent.toml that is there")


def _add_service_verbs(verbs: Any, add: AddVerb, say: Say) -> None:
    install = add(verbs, "install", "run as a service of this computer", lambda options: _install(options, say))
    remove = add(verbs, "uninstall", "remove the service", lambda options: _uninstall(options, say))
    for verb in (install, remove):
        verb.add_argument("--config", type=Path, metavar="FILE", help="agent.toml; the one that enrol writes")
        verb.add_argument("--dry-run", action="store_true", help="print what would be written and run, and do nothing")
    install.add_argument("--memory", type=int, default=256, metavar="MB", help="the most that it may use (256)")
    remove.add_argument("--purge", action="store_true", help="also delete what it keeps, and its user")


def _install(options: argparse.Namespace, say: Say) -> int:
    from agent.places import default_config_file
    from agent.service.install import Wish, install

    config: Path = options.config or default_config_file()
    install(Wish(config=config.absolute(), dry_run=options.dry_run, memory_mb=max(64, options.memory)), say)
    return 0


def _uninstall(options: argparse.Namespace, say: Say) -> int:
    from agent.places import default_config_file
    from agent.service.install import Wish, uninstall

    config: Path = options.config or default_config_file()
    uninstall(Wish(config=config.absolute(), dry_run=options.dry_run), say, purge=options.purge)
    return 0


def _enrol(options: argparse.Namespace, say: Say) -> int:
    from agent.check import check_broker
    from agent.config import load_config
    from agent.enrol import EnrolError, ask, is_readable_on_the_way, keep, require_room_for
    from agent.fingerprint import fingerprint
    from agent.identity import default_id
    from agent.places import default_config_file
    from wire.topics import ID_PATTERN

    if options.id and not ID_PATTERN.fullmatch(options.id):
        raise EnrolError(f"--id {options.id}: must be lower case letters, digits and . _ -, at most 63")
    file: Path = options.config or default_config_file()
    require_room_for(file, replace=options.replace)
    if is_readable_on_the_way(options.url):
        say(f"warning  {options.url} is not encrypted: who listens on the way learns the agent's password")
    welcome = ask(
        options.url,
        code=options.code,
        wanted=options.id or default_id(),
        fingerprint=fingerprint(),
        ca_file=options.ca_file,
        pause=time.sleep,
    )
    keep(welcome, file, replace=options.replace)
    say(f"good     this computer is {welcome.id}; {file} is written")
    config = load_config(file)
    is_good = True
    for finding in check_broker(config):
        say(f"{'good    ' if finding.is_good else 'PROBLEM '} {finding.what}: {finding.says}")
        is_good = is_good and finding.is_good
    named = f" --config {file}" if options.config else ""
    say(f"next     roomtone agent run --config {file}, or as a service: roomtone agent install{named}")
    if options.replace:
        say(
            "next     where the old agent still runs, there is nothing to do: it begins anew as this one within seconds"
        )
    return 0 if is_good else 1
