"""The SNMP devices of one agent. In: its configuration. Out: a probe each, with what they share."""

from agent.config import Config
from agent.snmp.known import KnownEngines
from agent.snmp.poll import SnmpDevice
from agent.snmp.target import ENGINES_FILE


def devices(config: Config) -> list[SnmpDevice]:
    """Return the devices that a configuration names."""
    engines = KnownEngines(config.data_dir / ENGINES_FILE)
    return [SnmpDevice(target, engines=engines) for target in config.snmp]
