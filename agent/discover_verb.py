"""`roomtone agent discover RANGE...`. In: words. Out: a proposed agent.toml and campus entries."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AddVerb = Callable[[Any, str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Say = Callable[[str], None]


def add_discover(verbs: Any, add: AddVerb, say: Say) -> None:
    """Add the verb to `roomtone agent`; `say` prints a line."""
    verb = add(verbs, "discover", "which devices are in these networks?", lambda options: _discover(options, say))
    verb.add_argument("ranges", nargs="+", metavar="RANGE", help="10.0.7.0/24 or 10.0.7.21; nothing else is asked")
    verb.add_argument("--site", default="site", help="the site's id, for what is written")
    verb.add_argument("--agent", default="gateway", help="the id of the agent that is to read them")
    verb.add_argument(
        "--community-file", type=Path, action="append", default=[], metavar="FILE", help="a community to try by SNMP"
    )
    verb.add_argument("--user-file", type=Path, metavar="FILE", help="an SNMPv3 user to try")
    verb.add_argument("--rate", type=float, default=20.0, metavar="N", help="addresses asked in a second (20)")
    verb.add_argument("--timeout", type=float, default=1.0, metavar="S", help="wait so long for each answer (1)")
    verb.add_argument(
        "--port", action="append", default=[], metavar="PROTOCOL=PORT", help="snmp=1161, pjlink=, rtsp=, ..."
    )
    verb.add_argument("-o", "--output", type=Path, default=Path(), metavar="DIR", help="where the two files go")
    verb.add_argument("--replace", action="store_true", help="take the place of files that are there")


def _discover(options: argparse.Namespace, say: Say) -> int:
    from agent.discover import Wanted, addresses_in, discover
    from agent.errors import AgentError
    from agent.proposal import agent_toml, campus_yaml
    from agent.snmp.target import load_user
    from wire.topics import ID_PATTERN

    for name in (options.site, options.agent):
        if not ID_PATTERN.fullmatch(name):
            raise AgentError(f"{name!r} is no id: lower case letters, digits and . _ -, at most 63")
    if not 0 < options.rate <= 1000 or not 0 < options.timeout <= 60:
        raise AgentError("--rate must be above 0 and at most 1000, --timeout above 0 and at most 60")
    files = [options.output / "discovered-agent.toml", options.output / "discovered-campus.yaml"]
    for file in files:
        if file.exists() and not options.replace:
            raise AgentError(f"{file} is there already; --replace takes its place")
    try:
        addresses = addresses_in(options.ranges)
        communities = {_line(file): file for file in options.community_file}
    except (ValueError, OSError) as error:
        raise AgentError(str(error)) from error
    wanted = Wanted(
        communities=tuple(communities) or ("public",),
        user=load_user(options.user_file) if options.user_file else None,
        timeout_s=options.timeout,
        per_s=options.rate,
        ports=_ports(options.port),
    )
    say(f"asking   {len(addresses)} addresses, {options.rate:g} a second")
    found = []
    for one in discover(addresses, wanted, pause=time.sleep):
        found.append(one)
        told = " ".join(part for part in (one.vendor, one.model, one.name) if part)
        say(f"found    {one.address} {one.protocol} {one.role}: {told or '-'}{'; needs ' * bool(one.needs)}{one.needs}")
    if not found:
        say("nothing  answers there")
        return 1
    toml = agent_toml(
        found, site=options.site, agent=options.agent, communities=communities, user_file=options.user_file
    )
    options.output.mkdir(parents=True, exist_ok=True)
    for file, text in zip(files, (toml, campus_yaml(found, site=options.site, agent=options.agent)), strict=True):
        file.write_text(text, encoding="utf-8")
        say(f"written  {file}")
    return 0


def _line(file: Path) -> str:
    return file.read_text(encoding="utf-8").rstrip("\r\n")


def _ports(given: list[str]) -> Any:
    from dataclasses import fields, replace

    from agent.discover import Ports
    from agent.errors import AgentError

    ports = Ports()
    known = [one.name for one in fields(Ports)]
    for text in given:
        name, _, port = text.partition("=")
        if name not in known or not port.isdigit() or not 0 < int(port) < 65536:
            raise AgentError(f"--port {text}: must be PROTOCOL=PORT; protocols are {', '.join(known)}")
        value: Any = (int(port),) if name == "onvif" else int(port)
        ports = replace(ports, **{name: value})
    return ports
