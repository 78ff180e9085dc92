"""Why does a device not answer? In: a target. Out: a sentence for people, or the empty text where all is well.

The fast engine cannot tell an unknown SNMPv3 user from a wrong key, so the other one is asked where that matters.
"""

from agent.snmp.engine import engine_for
from agent.snmp.errors import AuthError, NoAnswer, SnmpError
from agent.snmp.session import SYS_UP_TIME
from agent.snmp.target import SnmpTarget


def trouble(target: SnmpTarget) -> str:
    """Ask the device for its uptime and say what is wrong, with what to do about it; "" where it answers."""
    try:
        _ask(target)
    except AuthError as error:
        return _which_part(target, error)
    except NoAnswer as error:
        key = "a wrong privacy key or context" if target.version == "3" else "a wrong community"
        return f"{error}; the device may be off, a firewall may be between, or it stays silent because of {key}"
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
