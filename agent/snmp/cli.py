"""`roomtone snmp identify`, `read` and `import`: look at a device by hand."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from agent.errors import AgentError, ConfigError
from agent.now import now
from agent.snmp.errors import AuthError
from agent.snmp.target import SnmpTarget, load_user, make_user
from wire.catalogue import CATALOGUE, HwState, UpsSource


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `snmp` and its verbs to a command line."""
    parser = subparsers.add_parser("snmp", help="look at an SNMP device, or make profiles")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_verb(verbs, "identify", "which profile fits a device, and what the device is", identify_device)
    _add_verb(verbs, "read", "what a device says now", read_device)
    summary = "turn modules of snmp_exporter and profiles of Kentik or Datadog into ours"
    verb = verbs.add_parser("import", help=summary, description=summary)
    verb.add_argument("files", type=Path, nargs="+", metavar="FILE")
    verb.add_argument("-o", "--output", type=Path, default=Path(), metavar="DIR", help="write them here")
    verb.set_defaults(func=import_profiles)


def _add_verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    function: Callable[[argparse.Namespace], int],
) -> None:
    verb = verbs.add_parser(name, help=summary, description=summary)
    verb.add_argument("host", help="name or address of the device")
    verb.add_argument("--port", type=int, default=161)
    verb.add_argument("-v", "--version", choices=("1", "2c", "3"), help="2c, or 3 where a user is given")
    verb.add_argument("--community", default="public", help="for versions 1 and 2c (default: public)")
    verb.add_argument("--user", default="", help="name of the SNMPv3 user")
    verb.add_argument("--auth-proto", default="", help="MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512")
    verb.add_argument("--auth-key", default="")
    verb.add_argument("--priv-proto", default="", help="DES, AES-128, AES-192, AES-256, AES-192-C or AES-256-C")
    verb.add_argument("--priv-key", default="")
    verb.add_argument("--context", default="", help="SNMPv3 context")
    verb.add_argument("--user-file", type=Path, help="TOML file with user, auth_proto, auth_key, ... instead")
    verb.add_argument("--profile", help="use this profile, whatever the device says")
    verb.add_argument("--profiles", type=Path, action="append", default=[], metavar="DIR", help="more profiles")
    verb.add_argument("--timeout", type=float, default=2.0, metavar="S", help="wait so long for an answer")
    verb.add_argument("--retries", type=int, default=1, metavar="N", help="ask so often again")
    verb.add_argument("--json", action="store_true", help="print JSON, for read one object a line")
    verb.set_defaults(func=function)


def _target(options: argparse.Namespace) -> SnmpTarget:
    """Return whom the options mean.

    Raises:
        ConfigError: what they say about the user cannot be.
    """
    keys = ("auth_proto", "auth_key", "priv_proto", "priv_key", "context")
    user = None
    if options.user_file is not None:
        user = load_user(options.user_file)
    elif options.user or options.version == "3":
        user, wrong = make_user({"user": options.user} | {key: getattr(options, key) for key in keys})
        if user is None:
            raise _Usage([f"--{key.replace('_', '-')} {what}" for key, what in wrong])
    return SnmpTarget(
        id="device",
        host=options.host,
        port=options.port,
        version=options.version or ("3" if user else "2c"),
        community=options.community,
        user=user,
        profile=options.profile,
        timeout_s=options.timeout,
        retries=options.retries,
    )


class _Usage(Exception):
    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__("; ".join(sentences))


def _guarded(work: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    try:
        return work(options)
    except _Usage as error:
        _complain(error.sentences)
        return 2
    except ConfigError as error:
        _complain(str(mistake) for mistake in error.mistakes)
        return 2
    except AuthError as error:
        from agent.snmp.check import trouble

        _complain([trouble(_target(options)) or str(error)])
        return 1
    except AgentError as error:
        _complain([str(error)])
        return 1


def identify_device(options: argparse.Namespace) -> int:
    """Print who a device is: 0, or 1 where it does not answer or no profile knows it."""
    return _guarded(_identify, options)


def _identify(options: argparse.Namespace) -> int:
    from agent.snmp.engine import engine_for
    from agent.snmp.identify import identify
    from agent.snmp.library import ProfileLibrary
    from agent.snmp.profile import GENERIC
    from agent.snmp.session import Session

    target = _target(options)
    library = ProfileLibrary(options.profiles)
    found = identify(Session(engine_for(target)), library, target.profile)
    facts = {
        "profile": found.profile,
        "vendor": found.vendor,
        "model": found.model,
        "sysObjectID": found.sys_object_id,
        "sysDescr": found.sys_descr,
        "serial": found.serial,
        "firmware": found.firmware,
        "role": found.role,
        "beside": found.beside,
        "name": found.name,
    }
    _print_facts(facts, as_json=options.json)
    return 1 if found.profile == GENERIC else 0


def _print_facts(facts: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        return
    for key, value in facts.items():
        if value:
            sys.stdout.write(f"{key + ':':13} {value}\n")


def read_device(options: argparse.Namespace) -> int:
    """Print what a device says now: 0, or 1 where it does not answer."""
    return _guarded(_read, options)


def _read(options: argparse.Namespace) -> int:
    from agent.snmp.library import ProfileLibrary
    from agent.snmp.poll import SnmpDevice

    device = SnmpDevice(_target(options), library=ProfileLibrary(options.profiles))
    for reading in device.read(now()):
        entry = CATALOGUE.get(reading.metric)
        row = {
            "metric": reading.metric,
            "instance": reading.instance,
            "value": reading.value,
            "unit": reading.unit or (entry.unit if entry else ""),
            "state": _state(reading.metric, reading.value),
        }
        if options.json:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            name = f"{reading.metric}[{reading.instance}]" if reading.instance else reading.metric
            sys.stdout.write(f"{name:60} {row['state'] or reading.value} {row['unit'] if row['unit'] != '1' else ''}\n")
    return 0


def import_profiles(options: argparse.Namespace) -> int:
    """Write foreign profiles as ours: 0, or 2 where one cannot be used."""
    return _guarded(_import, options)


def _import(options: argparse.Namespace) -> int:
    from agent.snmp.importer import import_files

    for origin, path in import_files(options.files, options.output):
        sys.stdout.write(f"{origin} -> {path}\n")
    return 0


def _state(metric: str, value: float) -> str | None:
    words = {"hw.status": HwState, "hw.ups.source": UpsSource}.get(metric)
    return None if words is None else words(int(value)).name.lower()


def _complain(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        sys.stderr.write(f"roomtone: {sentence}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run `snmp VERB ...` alone, without the rest of the command."""
    parser = argparse.ArgumentParser(prog="roomtone")
    add_parser(parser.add_subparsers(dest="noun", required=True, metavar="NOUN"))
    options = parser.parse_args(arguments)
    status: int = options.func(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
