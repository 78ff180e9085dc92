"""Modules of Prometheus' snmp_exporter turned into our profiles. In: its `snmp.yml`. Out: our format, as data.

A module says no sysObjectID, so the profile matches nothing until a person adds `match`; it can be named with
`--profile`, or extended.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

Data = dict[str, Any]

_NUMBERS: Final = ("gauge", "counter", "EnumAsInfo", "EnumAsStateSet", "Float", "Double")
_OID: Final = re.compile(r"[0-2](\.\d+)+")
# How many parts of an index a value of this type takes, where that is fixed.
_PARTS: Final = {"gauge": 1, "InetAddressIPv4": 4, "IpAddr": 4, "PhysAddress48": 6}


def is_exporter(value: object) -> bool:
    """Tell whether a document is a configuration of snmp_exporter, or a module of the older kind without `modules:`."""
    return isinstance(value, dict) and bool(list(_modules(value)))


def from_exporter(value: Data) -> dict[str, Data]:
    """Return our profiles by the names of the modules."""
    return {re.sub(r"[^a-z0-9._-]", "-", name.lower()): _profile(name, module) for name, module in _modules(value)}


def _modules(value: Data) -> Iterator[tuple[str, Data]]:
    inside = value.get("modules", value)
    for name, module in inside.items() if isinstance(inside, dict) else ():
        if (
            isinstance(module, dict)
            and ("walk" in module or "get" in module)
            and isinstance(module.get("metrics"), list)
        ):
            yield str(name), module


def _profile(name: str, module: Data) -> Data:
    tables: dict[str, Data] = {}
    scalars: list[Data] = []
    for metric in module["metrics"]:
        oid, kind = str(metric.get("oid", "")), str(metric.get("type", ""))
        if not _OID.fullmatch(oid) or kind not in _NUMBERS:
            continue
        symbol = _symbol(metric, oid, kind)
        if not metric.get("indexes"):
            scalars.append(symbol | {"OID": f"{oid}.0"})
            continue
        entry = oid.rsplit(".", 1)[0]
        table = tables.setdefault(
            entry, {"table": {"OID": entry.rsplit(".", 1)[0]}, "base": entry, "tags": {}, "symbols": []}
        )
        for tag in _tags(metric):
            table["tags"].setdefault(tag["name"], tag)
        table["symbols"].append(symbol)
    metrics: list[Data] = [{"MIB": name, "symbols": _unique(scalars, set())}] if scalars else []
    metrics += [_table(name, table) for table in tables.values()]
    return {"roomtone": 1, "description": f"snmp_exporter module {name}", "metrics": metrics}


def _symbol(metric: Data, oid: str, kind: str) -> Data:
    name = re.sub(r"\W", "_", str(metric.get("name", ""))) or "value"
    symbol: Data = {"OID": oid, "name": name, "metric": str(metric.get("name", "value")), "unit": "1"}
    if kind == "counter":
        # The type says nothing of the width; 64-bit counters have HC in their names (RFC 2863 4.1.2).
        symbol["type"] = "counter64" if "HC" in name else "counter32"
    scale, offset = metric.get("scale"), metric.get("offset")
    if isinstance(scale, (int, float)) and scale != 1:
        symbol["scale"] = float(scale)
    if isinstance(offset, (int, float)) and offset:
        symbol["value"] = f"{name} * {symbol.pop('scale', 1.0)} + {offset}"
    return symbol


def _tags(metric: Data) -> Iterator[Data]:
    """Yield the columns that give the rows of a metric their names."""
    indexes = [str(index.get("labelname", "")) for index in metric["indexes"]]
    parts: list[int | None] = [
        index.get("fixed_size") or _PARTS.get(str(index.get("type"))) for index in metric["indexes"]
    ]
    for lookup in metric.get("lookups", []):
        labels, oid = list(lookup.get("labels") or []), str(lookup.get("oid", ""))
        if not labels or not _OID.fullmatch(oid) or not all(label in indexes for label in labels):
            continue
        tag: Data = {"OID": oid, "name": re.sub(r"\W", "_", str(lookup.get("labelname", "")))}
        if labels != indexes:
            positions = _positions(indexes, parts, labels)
            if positions is None:
                continue
            tag["index"] = positions
        yield tag


def _positions(indexes: list[str], parts: list[int | None], labels: list[str]) -> list[int] | None:
    positions: list[int] = []
    for label in labels:
        place = indexes.index(label)
        before, own = parts[:place], parts[place]
        if own is None or None in before:
            return None
        start = sum(size or 0 for size in before) + 1
        positions += range(start, start + own)
    return positions


def _table(name: str, table: Data) -> Data:
    tags = list(table["tags"].values())
    group: Data = {"MIB": name, "table": table["table"], "base": table["base"]}
    names = {tag["name"] for tag in tags}
    group["instance"] = "{" + "|".join([*(tag["name"] for tag in tags), "index"]) + "}"
    if tags:
        group["tags"] = tags
    group["symbols"] = _unique(table["symbols"], names)
    return group


def _unique(symbols: list[Data], names: set[str]) -> list[Data]:
    """Return the symbols with names of their own: a metric may also name rows."""
    out = []
    for symbol in symbols:
        word = symbol["name"]
        unique = next(each for n in range(len(names) + 2) if (each := word if n == 0 else f"{word}_{n}") not in names)
        names.add(unique)
        if "value" in symbol:
            symbol = symbol | {"value": symbol["value"].replace(word, unique, 1)}
        out.append(symbol | {"name": unique})
    return out
