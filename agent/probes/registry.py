"""Every probe there is, by name. In: a configuration. Out: the probes it asks for; only their modules are imported."""

from importlib import import_module
from typing import Any, Final

from agent.config import Config
from agent.reading import Probe

PROBES: Final = {
    "host": "agent.probes.host:Host",
    "process": "agent.probes.process:Process",
    "ping": "agent.probes.ping:Ping",
    "snmp": "agent.snmp.poll:SnmpDevice",
    "pjlink": "agent.probes.pjlink:PJLink",
    "shure": "agent.probes.shure:Shure",
    "smart": "agent.probes.smart:Smart",
    "raid": "agent.probes.raid:Raid",
    "clock": "agent.probes.clock:Clock",
    "services": "agent.probes.services:Services",
    "capture": "agent.probes.capture:Capture",
    "sensors": "agent.probes.sensors:Sensors",
    "reboot": "agent.probes.reboot:Reboot",
    "command": "agent.probes.command:Command",
    "http": "agent.probes.http:Http",
    "recording": "agent.probes.recording:Recording",
    "stream": "agent.probes.stream:Stream",
}
# Those that take their table of the configuration and nothing else.
_OF_ONE_TABLE: Final = ("smart", "raid", "clock", "services", "capture", "sensors")
_OF_EACH_TABLE: Final = ("pjlink", "shure", "command", "http")


def load(name: str) -> Any:
    """Return the class of a probe."""
    module, _, attribute = PROBES[name].partition(":")
    return getattr(import_module(module), attribute)


def configured(config: Config) -> list[Probe]:
    """Return the probes that a configuration asks for."""
    probes: list[Probe] = []
    if config.host.enabled:
        probes.append(load("host")(per_core=config.host.per_core))
    watched = dict.fromkeys((*config.process.watch, *(config.recording.programs if config.recording else ())))
    if watched:
        probes.append(load("process")(tuple(watched)))
    for ping in config.ping:
        device = ping.device
        if device and ":" not in device:
            device = f"{config.agent.site}:{config.agent.id}:{device}"
        probes.append(load("ping")(ping.target, port=ping.port, device=device, timeout_s=ping.timeout_s))
    if config.snmp or config.traps:
        from agent.snmp.devices import devices  # only where there are any

        probes.extend(devices(config))
    for name in _OF_EACH_TABLE:
        probes.extend(load(name)(table) for table in getattr(config, name))
    for name in _OF_ONE_TABLE:
        table = getattr(config, name)
        if table is not None:
            probes.append(load(name)(table))
    if config.reboot is not None:
        probes.append(load("reboot")(config.reboot, config.data_dir))
    if config.recording is not None or config.stream:
        from agent.media.tools import media_probes

        probes.extend(media_probes(config.recording, config.stream, config.sampling, config.data_dir))
    return probes
