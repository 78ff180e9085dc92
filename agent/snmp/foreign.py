"""Profiles of Kentik and Datadog, as they are, turned into ours. In: their YAML. Out: the YAML of our format, as data.

What they read keeps its own name as a metric. Both are read by meaning: Kentik has `sysobjectid`, `provider` and
`matches`, Datadog `device`, `metadata` and `metric_type`; `metrics` of both are alike.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from agent.snmp.document import Written

Data = dict[str, Any]

_OID: Final = re.compile(r"\.?[0-2](\.\d+)+")
_ROLES: Final = {
    "ups": "ups",
    "pdu": "pdu",
    "switch": "switch",
    "router": "switch",
    "nas": "storage",
    "storage": "storage",
    "envir-sensor": "sensor",
    "access-point": "access-point",
    "wireless": "access-point",
    "firewall": "gateway",
}
_COUNTERS: Final = ("monotonic_count", "monotonic_count_and_rate", "rate", "counter")
# What Kentik's tags of a whole device mean among our facts.
_FACTS: Final = {
    "model": "model",
    "serial": "serial",
    "serial_number": "serial",
    "firmware": "firmware",
    "firmware_version": "firmware",
    "software_version": "firmware",
    "version": "firmware",
    "name": "name",
    "vendor": "vendor",
}
# The standard's counters, which lose their type on the way: IF-MIB, IP-MIB.
_COUNTER_OIDS: Final = re.compile(r"1\.3\.6\.1\.2\.1\.(2\.2\.1\.(1[0-9]|20)|31\.1\.1\.1\.([2-9]|1[0-3]))(\.|$)")
_COUNTER64_OIDS: Final = re.compile(r"1\.3\.6\.1\.2\.1\.31\.1\.1\.1\.([6-9]|1[0-3])(\.|$)")


def is_foreign(value: object) -> bool:
    """Tell whether a document is a profile of Kentik or Datadog."""
    return (
        isinstance(value, dict)
        and "roomtone" not in value
        and any(key in value for key in ("sysobjectid", "metrics", "extends", "metric_tags", "provider"))
    )


def from_foreign(value: Data, folder: str, vendor: str) -> Data:
    """Return a foreign profile in our format; its relatives are `folder/NAME`."""
    metrics = [group for part in _items(value.get("metrics")) if (group := _group(part))]
    out: Data = {"roomtone": 1, "vendor": _vendor(value, vendor), "role": _role(value)}
    matches = list(_matches(value, folder))
    identity = _identity(value)
    relatives = [f"{folder}/{_stem(name)}" for name in _items(value.get("extends")) if isinstance(name, str)]
    for key, part in (("extends", relatives), ("match", matches), ("identity", identity), ("metrics", metrics)):
        if part:
            out[key] = part
    return {key: part for key, part in out.items() if part != ""}


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _stem(name: str) -> str:
    return re.sub(r"\.ya?ml$", "", name.rsplit("/", 1)[-1])


def _text(value: object) -> str:
    return value.text if isinstance(value, Written) else str(value).strip()


def _oid(value: object) -> str:
    text = _text(value)
    return text.lstrip(".").rstrip(".") if _OID.fullmatch(text.rstrip(".")) else ""


def _vendor(value: Data, vendor: str) -> str:
    device = value.get("device")
    if isinstance(device, dict) and isinstance(device.get("vendor"), str):
        return str(device["vendor"])
    found: Any = value.get("metadata")
    for key in ("device", "fields", "vendor", "value"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else vendor


def _role(value: Data) -> str:
    provider = str(value.get("provider") or "").removeprefix("kentik-")
    return _ROLES.get(provider, "")


def _matches(value: Data, folder: str) -> Iterator[Data]:
    patterns = [
        text
        for item in _items(value.get("sysobjectid"))
        if re.fullmatch(r"(\d+\.)+(\d+|\*)", text := _text(item).lstrip("."))
    ]
    if not patterns:
        return
    yield {"sysObjectID": patterns}
    redirects = value.get("matches")
    if isinstance(redirects, dict):
        for pattern, name in redirects.items():
            if isinstance(name, str) and _compiles(str(pattern)):
                yield {"sysObjectID": patterns, "sysDescr": str(pattern), "profile": f"{folder}/{_stem(name)}"}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _identity(value: Data) -> Data:
    identity: dict[str, list[Data]] = {}
    for part in _items(value.get("metric_tags")):
        column = part.get("column") or part.get("symbol") if isinstance(part, dict) else None
        source = column if isinstance(column, dict) else part if isinstance(part, dict) else {}
        fact = _FACTS.get(_text(part.get("tag", source.get("name", ""))).lower()) if isinstance(part, dict) else None
        oid = _oid(source.get("OID", ""))
        if fact and oid:
            identity.setdefault(fact, []).append({"OID": oid})
    return identity


def _group(part: object) -> Data | None:
    if not isinstance(part, dict):
        return None
    table = part.get("table")
    table_oid = _oid(table.get("OID", "")) if isinstance(table, dict) else ""
    if isinstance(table, dict) and not table_oid:
        return None
    group: Data = {"MIB": _text(part.get("MIB") or "")}
    names: set[str] = set()
    if isinstance(table, dict):
        group["table"] = {"OID": table_oid, "name": _text(table.get("name") or "")}
        tags = [tag for item in _items(part.get("metric_tags")) if (tag := _tag(item, names))]
        if tags:
            group["tags"] = tags
            group["instance"] = "{" + "|".join([*(tag["name"] for tag in tags), "index"]) + "}"
        else:
            group["instance"] = "{index}"
    kind = part.get("forced_type") or part.get("metric_type")
    given = [*_items(part.get("symbols")), *_items(part.get("symbol"))]
    symbols = [symbol for item in given if (symbol := _symbol(item, names, kind, is_scalar=not table_oid))]
    for item, symbol in [
        (item, symbol) for item in given for symbol in symbols if symbol.get("metric") == _metric(item)
    ]:
        when = _condition(item.get("condition"), names)
        if when:
            symbol["when"] = when
    group["symbols"] = symbols
    return group if symbols else None


def _metric(item: object) -> str:
    return _text(item.get("name") or "") if isinstance(item, dict) else ""


def _tag(item: object, names: set[str]) -> Data | None:
    if not isinstance(item, dict):
        return None
    column = item.get("column") or item.get("symbol")
    if not isinstance(column, dict):
        return None
    oid = _oid(column.get("OID", ""))
    name = _identifier(column.get("name", ""), names)
    if not oid or not name:
        return None
    tag: Data = {"OID": oid, "name": name}
    enum = column.get("enum")
    if isinstance(enum, dict):
        tag["enum"] = {_text(number): _text(word) for word, number in enum.items()}
    mapping = item.get("mapping")
    if isinstance(mapping, dict):
        tag["enum"] = {_text(number): _text(word) for number, word in mapping.items()}
    positions = [
        place + 1
        for part in _items(item.get("index_transform"))
        if isinstance(part, dict) and isinstance(part.get("start"), int) and isinstance(part.get("end"), int)
        for place in range(part["start"], min(part["end"], part["start"] + 20) + 1)
    ]
    if positions:
        tag["index"] = positions
    return tag


def _symbol(item: object, names: set[str], kind: object, *, is_scalar: bool) -> Data | None:
    if not isinstance(item, dict):
        return None
    oid, metric = _oid(item.get("OID", "")), _metric(item)
    name = _identifier(metric, names)
    # Conversions make texts of numbers, or one of every text: nothing that could be charted.
    conversion = _text(item.get("conversion") or "")
    if not oid or not name or item.get("script") or (conversion and not conversion.startswith("regexp:")):
        return None
    symbol: Data = {"OID": oid, "name": name, "metric": metric, "unit": "1"}
    pattern = item.get("extract_value") or conversion.removeprefix("regexp:")
    if pattern and _compiles(str(pattern)):
        symbol["extract"] = str(pattern)
    if isinstance(item.get("scale_factor"), (int, float)):
        symbol["scale"] = float(item["scale_factor"])
    is_counter = item.get("metric_type", kind) in _COUNTERS or (
        _COUNTER_OIDS.match(oid) is not None and not is_scalar and item.get("format") != "gauge"
    )
    if is_counter:
        symbol["type"] = "counter64" if _COUNTER64_OIDS.match(oid) else "counter32"
    return symbol


def _identifier(name: object, names: set[str]) -> str:
    word = re.sub(r"\W", "_", _text(name))
    word = f"_{word}" if word[:1].isdigit() else word
    if not word or word == "index":
        return "" if not word else _identifier("index_", names)
    unique = next(each for n in range(len(names) + 2) if (each := word if n == 0 else f"{word}_{n}") not in names)
    names.add(unique)
    return unique


def _condition(condition: object, names: set[str]) -> str:
    """Return Kentik's `column=value` as an expression."""
    found = re.fullmatch(r"\s*([\w-]+)\s*=\s*(.+?)\s*", _text(condition or ""))
    if found is None or (name := re.sub(r"\W", "_", found[1])) not in names:
        return ""
    value = found[2].strip("\"'")
    return f"{name} == {value}" if re.fullmatch(r"-?\d+", value) else f"{name} == {value!r}"
