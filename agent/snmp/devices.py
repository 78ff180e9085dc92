"""The SNMP devices of one agent. In: its configuration. Out: a probe each, and one for their traps."""

from agent.config import Config
from agent.reading import Probe
from agent.snmp.known import KnownEngines
from agent.snmp.poll import SnmpDevice
from agent.snmp.target import ENGINES_FILE


def devices(config: Config) -> list[Probe]:
    """Return the devices that a configuration names, and who listens to their traps if somebody is to."""
    engines = KnownEngines(config.data_dir / ENGINES_FILE)
    polled = [SnmpDevice(target, engines=engines) for target in config.snmp]
    if config.traps is None:
        return list(polled)
    from agent.snmp.trap import TrapReceiver  # only where there are any

    return [*polled, TrapReceiver(config.traps, polled, engines, config.data_dir)]
