"""Why does a device not answer? In: a target. Out: a sentence for people, or the empty text where all is well.

The fast engine cannot tell an unknown SNMPv3 user from a wrong key, so the other one is asked where that matters. Who
stays silent is asked for its engine, which needs neither user nor community: a device that says it is there.
"""

from agent.errors import ProbeError
from agent.snmp.engine import engine_for
from agent.snmp.errors import AuthError, NoAnswer, SnmpError
from agent.snmp.protocol.inquiry import engine_at
from agent.snmp.session import SYS_UP_TIME
from agent.snmp.target import SnmpTarget


def trouble(target: SnmpTarget, known_engine: bytes = b"") -> str:
    """Ask the device for its uptime and say what is wrong, with what to do about it; "" where it answers.

    `known_engine` is the SNMPv3 engine that answered there before.
    """
    try:
        _ask(target)
    except AuthError as error:
        return _with_change(_which_part(target, error), _engine(target), known_engine)
    except NoAnswer as error:
        return f"{error}; {_why_silent(target, known_engine)}"
    except SnmpError as error:
        return str(error)
    return ""


def _ask(target: SnmpTarget) -> None:
    engine = engine_for(target)
    try:
        engine.get([SYS_UP_TIME])
    finally:
        engine.close()


def _which_part(target: SnmpTarget, error: AuthError) -> str:
    from agent.snmp.pysnmp_engine import PysnmpEngine

    engine = PysnmpEngine(target)
    try:
        engine.get([SYS_UP_TIME])
    except SnmpError as precise:
        return str(precise)
    finally:
        engine.close()
    return str(error)


def _why_silent(target: SnmpTarget, known_engine: bytes) -> str:
    found = _engine(target)
    if not found:
        reason = "" if target.version == "3" else ", or it knows no SNMPv3 and the community is wrong"
        alive = "the host answers a ping, but no SNMP agent does" if _answers_ping(target.host) else "nobody is there"
        return f"{alive}: the device or its SNMP agent is off, or a firewall is between{reason}"
    if target.version == "3":
        said = "its SNMP agent is there and knows the user: the privacy key or protocol is wrong, or the context"
    else:
        said = "its SNMP agent is there: the community is wrong, or the agent does not let this address ask"
    return _with_change(said, found, known_engine)


def _with_change(said: str, found: bytes, known: bytes) -> str:
    if not found or not known or found == known:
        return said
    change = f"its SNMP engine changed from {known.hex()} to {found.hex()}: the device was replaced or reset"
    return f"{said}; {change}, so its SNMP users have to be set up again"


def _engine(target: SnmpTarget) -> bytes:
    try:
        return engine_at(target.host, target.port, target.timeout_s)
    except OSError:
        return b""


def _answers_ping(host: str) -> bool:
    from agent.probes.icmp import echo

    try:
        return echo(host, 1.0) is not None
    except (ProbeError, OSError):
        return False
