"""Devices that describe themselves as Home Assistant wants it: retained configurations under a prefix.

Comes in: `PREFIX/COMPONENT/[NODE/]OBJECT/config` and its JSON; an empty one takes it back. Goes out: the same
`ForeignDevice` values as a mapping file's, whose topics are those that the configuration names.

Source: Home Assistant documentation, "MQTT Discovery" and the MQTT sensor, binary sensor and switch integrations.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from collector.core.foreign import Availability, Discovery, ForeignDevice, Format, Talk, Value
from collector.core.pattern import Path, TopicPattern, as_id, fill, fill_id, parse_path
from collector.ingest.refusal import Reason, Refusals
from wire.catalogue import CATALOGUE, HwState

MAX_CONFIGS: Final = 20_000
MAX_TOPICS: Final = 20_000
_COMPONENTS: Final = ("sensor", "binary_sensor", "switch")
_SHORT: Final[Mapping[str, str]] = {
    "avty": "availability", "avty_t": "availability_topic", "avty_tpl": "availability_template", "dev": "device",
    "dev_cla": "device_class", "pl_avail": "payload_available", "pl_not_avail": "payload_not_available",
    "pl_on": "payload_on", "pl_off": "payload_off", "stat_t": "state_topic", "t": "topic", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template", "ids": "identifiers", "mf": "manufacturer",
    "mdl": "model", "sw": "sw_version", "sn": "serial_number", "cns": "connections", "obj_id": "object_id",
    "stat_on": "state_on", "stat_off": "state_off", "cmps": "components", "p": "platform",
}  # fmt: skip
_TEMPLATE: Final = re.compile(
    r"\{\{\s*(value_json|value)((?:\.\w+|\[\s*(?:'[^']*'|\"[^\"]*\"|\d+)\s*\])*)\s*(?:\|[^{}]*)?\}\}"
)
# Filters that change a number's form, and not its size.
_HARMLESS: Final = re.compile(r"\|\s*(?:float|int|round|is_defined|default)\s*(?:\([^()]*\))?\s*")
_METRICS: Final[Mapping[str, str]] = {
    "temperature": "hw.temperature", "humidity": "hw.humidity", "voltage": "hw.voltage", "current": "hw.current",
    "power": "hw.power", "frequency": "hw.frequency", "battery": "hw.battery.charge",
}  # fmt: skip
# Unit as it is said: UCUM, scale, offset.
_UNITS: Final[Mapping[str, tuple[str, float, float]]] = {
    "%": ("1", 0.01, 0.0), "°C": ("Cel", 1.0, 0.0), "°F": ("Cel", 5 / 9, -160 / 9), "K": ("Cel", 1.0, -273.15),
    "mV": ("V", 1e-3, 0.0), "mA": ("A", 1e-3, 0.0), "kW": ("W", 1e3, 0.0), "mW": ("W", 1e-3, 0.0),
    "kHz": ("Hz", 1e3, 0.0), "lx": ("lx", 1.0, 0.0), "hPa": ("hPa", 1.0, 0.0), "ppm": ("[ppm]", 1.0, 0.0),
    "dBm": ("dB[mW]", 1.0, 0.0), "µg/m³": ("ug/m3", 1.0, 0.0), "Wh": ("W.h", 1.0, 0.0), "kWh": ("kW.h", 1.0, 0.0),
}  # fmt: skip
# What a binary sensor's "on" is, where it tells of the device's health.
_HEALTH: Final[Mapping[str, HwState]] = {
    "problem": HwState.DEGRADED, "battery": HwState.DEGRADED, "heat": HwState.DEGRADED, "smoke": HwState.FAILED,
    "moisture": HwState.FAILED,
}  # fmt: skip

# Other binary sensors that are a metric of the catalogue: 1 for on, 0 for off.
_SWITCHED: Final[Mapping[str, str]] = {
    "occupancy": "classroom.occupancy", "presence": "classroom.occupancy", "connectivity": "classroom.reachability",
}  # fmt: skip


class Discoveries:
    """What devices have said of themselves so far."""

    def __init__(self, wanted: Iterable[Discovery], refusals: Refusals) -> None:
        self._wanted = tuple(wanted)
        self._refusals = refusals
        self._said: dict[str, tuple[ForeignDevice, ...]] = {}
        self._by_topic: dict[str, dict[str, list[ForeignDevice]]] = {}

    @property
    def filters(self) -> Iterator[str]:
        """Yield the MQTT filters of configurations, and of what they name."""
        for discovery in self._wanted:
            yield f"{discovery.prefix}/+/+/config"
            yield f"{discovery.prefix}/+/+/+/config"
        yield from self._by_topic

    def of(self, topic: str) -> Iterator[ForeignDevice]:
        """Yield what was said to speak on a topic."""
        for devices in self._by_topic.get(topic, {}).values():
            yield from devices

    def take(self, topic: str, payload: bytes) -> bool:
        """Take a configuration; False where the message is none."""
        discovery = next(
            (d for d in self._wanted if topic.startswith(f"{d.prefix}/") and topic.endswith("/config")), None
        )
        levels = topic.removeprefix(f"{discovery.prefix}/").split("/") if discovery is not None else []
        if discovery is None or len(levels) not in (3, 4):
            return False
        self._forget(topic)
        if not payload.strip():
            return True
        if len(self._said) >= MAX_CONFIGS or len(self._by_topic) >= MAX_TOPICS:
            self._refusals.count(Reason.TOO_MANY)
            return True
        try:
            config = _long(json.loads(payload))
            devices = tuple(_devices(discovery, levels[0], levels[-2], config))
        except _UnsupportedError:
            self._refusals.count(Reason.UNSUPPORTED)
            return True
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._refusals.count(Reason.MALFORMED)
            return True
        self._said[topic] = devices
        for device in devices:
            for pattern in device.topics:
                self._by_topic.setdefault(pattern.text, {}).setdefault(topic, []).append(device)
        return True

    def _forget(self, topic: str) -> None:
        for device in self._said.pop(topic, ()):
            for pattern in device.topics:
                said = self._by_topic.get(pattern.text)
                if said is not None and said.pop(topic, None) is not None and not said:
                    del self._by_topic[pattern.text]


class _UnsupportedError(Exception):
    """It is well said, and more than we understand."""


def _long(said: Any) -> Any:
    """Return a configuration with all names in full, and `~` replaced by what it stands for."""
    if isinstance(said, list):
        return [_long(one) for one in said]
    if not isinstance(said, dict):
        return said
    base = said.get("~")
    found = {_SHORT.get(key, key): _long(value) for key, value in said.items() if key != "~"}
    if isinstance(base, str):
        found = {key: _based(value, base) for key, value in found.items()}
    return found


def _based(value: Any, base: str) -> Any:
    if isinstance(value, str):
        return base + value[1:] if value.startswith("~") else value[:-1] + base if value.endswith("~") else value
    if isinstance(value, list):
        return [{k: _based(v, base) for k, v in one.items()} if isinstance(one, dict) else one for one in value]
    return value


def _devices(discovery: Discovery, component: str, name: str, config: dict[str, Any]) -> Iterator[ForeignDevice]:
    if component == "device":
        for key, one in config["components"].items():
            shared = {name: said for name, said in config.items() if name != "components"}
            if one.get("platform") in _COMPONENTS:
                yield from _entity(discovery, one["platform"], key, {**shared, **one})
    elif component in _COMPONENTS:
        yield from _entity(discovery, component, name, config)


def _entity(discovery: Discovery, component: str, name: str, config: dict[str, Any]) -> Iterator[ForeignDevice]:
    topic = config.get("state_topic")
    if not isinstance(topic, str):
        return  # a button, or a switch that does not say how it is
    described = config.get("device") or {}
    id_ = as_id(_identifier(described) or str(config.get("unique_id") or name))
    if fill_id(discovery.id, {"id": id_}) is None:
        raise ValueError("it has no identifier")
    path, how = _way(str(config.get("value_template") or "{{ value }}"))
    said = {
        "name": "name",
        "vendor": "manufacturer",
        "model": "model",
        "serial": "serial_number",
        "firmware": "sw_version",
    }
    properties = {key: _literal(str(described[of])) for key, of in said.items() if described.get(of)}
    yield ForeignDevice(
        id=fill(discovery.id, {"id": id_}) or "",
        properties={**properties, **{key: fill(text, {"id": id_}) or "" for key, text in discovery.properties.items()}},
        interval=discovery.interval,
        availability=tuple(_availability(config)),
        talks=(
            Talk(
                topic=TopicPattern(topic, is_literal=True),
                format=how,
                values=(_value(discovery, component, as_id(name), config, path),),
            ),
        ),
    )


def _identifier(described: dict[str, Any]) -> str:
    identifiers = described.get("identifiers") or [pair[1] for pair in described.get("connections") or ()]
    return str(identifiers if isinstance(identifiers, str) else identifiers[0]) if identifiers else ""


def _literal(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _way(template: str) -> tuple[Path, Format]:
    """Return where a template takes its value from, and from what."""
    found = _TEMPLATE.fullmatch(template.strip())
    if found is None or _HARMLESS.sub("", template.strip()[found.end(2) : -2]).strip():
        raise _UnsupportedError(template)
    if found[1] == "value_json":
        return parse_path(re.sub(r"\[\s*|\s*\]", lambda bracket: bracket[0].strip(), found[2])), Format.JSON
    if found[2]:
        raise _UnsupportedError(template)
    return Path(()), Format.TEXT


def _value(discovery: Discovery, component: str, name: str, config: dict[str, Any], path: Path) -> Value:
    kind = str(config.get("device_class") or "")
    instance = _literal(name)
    if component != "sensor":
        on = str(config.get("state_on") or config.get("payload_on") or "ON").lower()
        off = str(config.get("state_off") or config.get("payload_off") or "OFF").lower()
        ours = "hw.status" if kind in _HEALTH else _SWITCHED.get(kind, f"home_assistant.{kind or component}")
        metric = discovery.metrics.get(kind) or ours
        numbers = {on: float(_HEALTH.get(kind, 1)) if metric == "hw.status" else 1.0, off: 0.0}
        unit = CATALOGUE[metric].unit if metric in CATALOGUE else "1"
        return Value(path=path, metric=metric, instance=instance, unit=unit, numbers=numbers)
    said = str(config.get("unit_of_measurement") or "")
    unit, scale, offset = _UNITS.get(said, (said, 1.0, 0.0))
    metric = discovery.metrics.get(kind) or _METRICS.get(kind) or f"home_assistant.{kind or 'sensor'}"
    entry = CATALOGUE.get(metric)
    if entry is not None and unit and unit != entry.unit:
        raise _UnsupportedError(f"{metric} in {said}")
    unit = entry.unit if entry is not None else unit if len(unit) <= 32 and unit.isprintable() else ""
    return Value(path=path, metric=metric, instance=instance, unit=unit, scale=scale, offset=offset)


def _availability(config: dict[str, Any]) -> Iterator[Availability]:
    topics = config.get("availability") or []
    if config.get("availability_topic"):
        topics = [{"topic": config["availability_topic"], "value_template": config.get("availability_template")}]
    for one in topics if isinstance(topics, list) else [topics]:
        path, how = _way(str(one.get("value_template") or "{{ value }}"))
        there = one.get("payload_available") or config.get("payload_available") or "online"
        away = one.get("payload_not_available") or config.get("payload_not_available") or "offline"
        yield Availability(
            topic=TopicPattern(str(one["topic"]), is_literal=True),
            path=path if how is Format.JSON else None,
            online=(str(there).lower(),),
            offline=(str(away).lower(),),
        )
