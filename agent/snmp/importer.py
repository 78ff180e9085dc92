"""`roomtone snmp import`: profiles of Kentik, Datadog and snmp_exporter written as ours.

Objects that our own profiles know get their name of the catalogue, with unit, scale and meaning; the rest keep theirs.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from agent.errors import Mistake
from agent.snmp.document import Document, Written, read_document
from agent.snmp.errors import ProfileError
from agent.snmp.exporter import from_exporter, is_exporter
from agent.snmp.foreign import from_foreign, is_foreign
from agent.snmp.library import OURS
from agent.snmp.load import load_profile
from agent.snmp.profile import Profile

Data = dict[str, Any]

_KEPT: Final = ("metric", "scale", "enum", "absent", "range", "type")


def import_files(files: Sequence[Path], to: Path) -> list[tuple[str, Path]]:
    """Write every profile of `files` to a directory; return (what it came from, where it is now).

    Raises:
        ProfileError: with every mistake in every file; nothing is written then.
    """
    found: dict[str, tuple[str, Data]] = {}
    mistakes: list[Mistake] = []
    for file in files:
        try:
            for name, data in _profiles_of(file):
                if name in found:
                    mistakes.append(Mistake(file=str(file), what=f"has a profile {name!r}, as {found[name][0]} has"))
                found[name] = (str(file), data)
        except ProfileError as error:
            mistakes += error.mistakes
    if mistakes:
        raise ProfileError(mistakes)
    try:
        to.mkdir(parents=True, exist_ok=True)
        return [(origin, _write(to / f"{name}.yaml", data)) for name, (origin, data) in found.items()]
    except OSError as error:
        raise ProfileError([Mistake(file=str(to), what=f"cannot be written: {error}")]) from error


def _profiles_of(file: Path) -> Iterator[tuple[str, Data]]:
    document = read_document(file, tolerate_tabs=True)
    if is_exporter(document.value):
        profiles = from_exporter(document.value)
    elif is_foreign(document.value):
        profiles = {file.stem: from_foreign(document.value, "", file.parent.name.replace("_", " "))}
        relatives = [name.removeprefix("/") for name in profiles[file.stem].get("extends", [])]
        if relatives:
            profiles[file.stem]["extends"] = relatives
    else:
        document.wrong((), "is neither a profile of Kentik or Datadog, nor modules of snmp_exporter")
        document.check()
        return
    for name, data in profiles.items():
        for group in data.get("metrics", []):
            group["symbols"] = [_known(group, symbol) for symbol in group["symbols"]]
        # What is written must load; what it extends is imported beside it, or is ours.
        load_profile(Document(str(file), data), name, lambda relative: Profile(id=relative))
        yield name, data


def _known(group: Data, symbol: Data) -> Data:
    ours = _our_symbols().get(symbol["OID"])
    if ours is None or "value" in symbol:
        return symbol
    plain = {key: value for key, value in symbol.items() if key not in (*_KEPT, "unit", "extract")}
    merged = plain | {key: ours[key] for key in _KEPT if key in ours}
    if "instance" in ours and "{" not in str(ours["instance"]):
        merged["instance"] = ours["instance"]
    elif str(ours.get("instance", "")).endswith((":receive", ":transmit")) and "instance" in group:
        merged["instance"] = group["instance"] + ":" + str(ours["instance"]).rsplit(":", 1)[1]
    return merged


@cache
def _our_symbols() -> dict[str, Data]:
    """Return the symbols of our profiles that need nothing but their own object, by its OID."""
    known: dict[str, Data] = {}
    for path in sorted(OURS.glob("*.yaml")):
        for group in read_document(path).value.get("metrics", []):
            table = group.get("table", "")
            base = str(group.get("base", "")) or f"{table['OID'] if isinstance(table, dict) else table}.1"
            for symbol in group.get("symbols", []):
                if "OID" in symbol and "metric" in symbol and "value" not in symbol and "when" not in symbol | group:
                    oid = getattr(symbol["OID"], "text", str(symbol["OID"]))
                    known.setdefault(base + oid if oid.startswith(".") else oid, symbol)
    return known


class _Dumper(yaml.SafeDumper):
    """Writes rows of keys and values on one line each, as our own profiles have them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Written, lambda dumper, number: dumper.represent_float(float(number)))


def _write(path: Path, data: Data) -> Path:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=160, default_flow_style=None)
    path.write_text(text, encoding="utf-8")
    return path
