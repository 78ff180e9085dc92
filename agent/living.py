"""The verbs of an agent's life on a computer: `roomtone agent enrol`. In: words. Out: an exit status.

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
    enrol.add_argument("--replace", action="store_true", help="take the place of an agent.toml that is there")


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
    say(f"next     roomtone agent run --config {file}, or as a service: roomtone agent install")
    return 0 if is_good else 1
