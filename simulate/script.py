"""Reads a fault script. Comes in: a YAML file and the campus it is for. Goes out: faults, or every mistake in it.

repeat: 20m                       # play it again and again; without this key, once
faults:
  - {at: 10s, for: 45s, kind: machine-killed, room: mingde/m101}
  - {at: 1m, for: 5m, kind: ups-on-battery, room: mingde/m102, minutes_left: 12, drain: 6}
  - {at: 2m, kind: device-gone, device: "mingde:pc-m103:camera-1"}
  - {at: 3m, for: 2m, kind: reading, device: "mingde:pc-m104", metric: system.cpu.utilization, value: 0.99}
"""

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from agent.errors import Mistake
from agent.reading import Reading
from simulate.fault import KINDS, Fault, Kind, Scope
from simulate.place import Campus
from simulate.target import Target, TargetError, Targets

_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?")
_ALWAYS: Final = ("at", "for", "kind")
_TAKES_A_YEAR_S: Final = 366 * 86400.0


class ScriptError(Exception):
    """A fault script cannot be used; `mistakes` are all of them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda one: (one.line, one.column)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Faults by their beginning; `repeat_s` None: once."""

    faults: tuple[Fault, ...]
    repeat_s: float | None = None

    def play(self) -> Iterator[Fault]:
        """Give the faults in order, for ever where they repeat."""
        turn = 0
        while True:
            for fault in self.faults:
                yield fault if not turn else _later(fault, turn * (self.repeat_s or 0.0))
            if self.repeat_s is None or not self.faults:
                return
            turn += 1


def load_script(path: Path, campus: Campus) -> Script:
    """Return the script in a file.

    Raises:
        ScriptError: with every mistake, and where it stands.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError([Mistake(file=str(path), what=f"cannot be read: {error}")]) from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = f"is no YAML: {error.problem or error.context}"
        raise ScriptError([Mistake(file=str(path), line=place[0], column=place[1], what=what)]) from error
    except yaml.YAMLError as error:
        raise ScriptError([Mistake(file=str(path), what=f"is no YAML: {error}")]) from error
    reader = _Reader(str(path), Targets(campus))
    script = reader.script(root)
    if reader.mistakes:
        raise ScriptError(reader.mistakes)
    return script


class _Reader:
    """Turns nodes into faults and notes what is wrong with them."""

    def __init__(self, file: str, targets: Targets) -> None:
        self._file = file
        self._targets = targets
        self.mistakes: list[Mistake] = []

    def note(self, node: yaml.Node | None, where: str, what: str) -> None:
        mark = node.start_mark if node is not None else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.mistakes.append(Mistake(file=self._file, line=line, column=column, where=where, what=what))

    def script(self, root: yaml.Node | None) -> Script:
        top = self._mapping(root, "the script", ("faults", "repeat"))
        repeat_s = self._duration(top["repeat"], "repeat") if "repeat" in top else None
        if repeat_s is not None and repeat_s <= 0:
            self.note(top["repeat"], "repeat", "must be longer than nothing")
        rows = top.get("faults")
        if rows is None:
            if isinstance(root, yaml.MappingNode):
                self.note(root, "the script", "has no `faults`")
            return Script(faults=())
        if not isinstance(rows, yaml.SequenceNode):
            self.note(rows, "faults", "must be a list")
            return Script(faults=())
        read = (self._fault(row, f"faults[{number}]") for number, row in enumerate(rows.value))
        faults = sorted((fault for fault in read if fault), key=lambda fault: fault.at_s)
        if repeat_s and faults and faults[-1].at_s >= repeat_s:
            self.note(top["repeat"], "repeat", f"must be longer than {faults[-1].at_s:g}s, when the last fault begins")
        return Script(faults=tuple(faults), repeat_s=repeat_s)

    def _fault(self, node: yaml.Node, where: str) -> Fault | None:
        before = len(self.mistakes)
        kind = self._kind(node, where)
        if kind is None:
            return None
        said = self._mapping(node, where, _keys(kind))
        at_s = self._duration(said["at"], f"{where}.at") if "at" in said else 0.0
        for_s = self._duration(said["for"], f"{where}.for") if "for" in said else None
        target = self._target(node, said, kind, where)
        options = {
            key: value
            for key in kind.options
            if key in said and (value := self._number(said[key], f"{where}.{key}")) is not None
        }
        reading = self._reading(node, said, target, where) if kind.name == "reading" else None
        component = self._text(said["component"], f"{where}.component") if "component" in said else ""
        if len(self.mistakes) > before or target is None:
            return None
        return Fault(
            kind=kind,
            at_s=at_s or 0.0,
            for_s=for_s,
            site=target.site,
            room=target.room,
            device=target.device,
            component=component,
            reading=reading,
            options=options,
        )

    def _kind(self, node: yaml.Node, where: str) -> Kind | None:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next((value for key, value in pairs if key.value == "kind"), None)
        if found is None:
            what = "has no `kind`" if isinstance(node, yaml.MappingNode) else "must be a mapping with a `kind`"
            self.note(node, where, what)
            return None
        name = self._text(found, f"{where}.kind")
        if name and name not in KINDS:
            near = difflib.get_close_matches(name, KINDS, 1)
            hint = f"; do you mean {near[0]}?" if near else f"; there are {', '.join(KINDS)}"
            self.note(found, f"{where}.kind", f"there is no {name!r}{hint}")
        return KINDS.get(name)

    def _target(self, node: yaml.Node, said: dict[str, yaml.Node], kind: Kind, where: str) -> Target | None:
        named = [key for key in ("site", "room", "device") if key in said]
        if len(named) != 1:
            wanted = " or ".join(f"`{key}`" for key in _place_keys(kind))
            self.note(
                node,
                where,
                f"{kind.name} needs one of {wanted}" if len(_place_keys(kind)) > 1 else f"{kind.name} needs {wanted}",
            )
            return None
        key = named[0]
        name = self._text(said[key], f"{where}.{key}")
        try:
            return self._targets.find(kind, key, name) if name else None
        except TargetError as error:
            self.note(said[key], f"{where}.{key}", str(error))
            return None

    def _reading(
        self, node: yaml.Node, said: dict[str, yaml.Node], target: Target | None, where: str
    ) -> Reading | None:
        missing = [key for key in ("metric", "value") if key not in said]
        for key in missing:
            self.note(node, where, f"reading needs `{key}`")
        if missing:
            return None
        metric = self._text(said["metric"], f"{where}.metric")
        value = self._number(said["value"], f"{where}.value")
        instance = self._text(said["instance"], f"{where}.instance") if "instance" in said else ""
        return None if value is None or target is None else Reading(metric, value, instance)

    # ------------------------------------------------------------ values

    def _mapping(self, node: yaml.Node | None, where: str, keys: tuple[str, ...]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.note(node, where, "must be a mapping")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name not in keys:
                self.note(key, where, f"{name!r} does not belong here; it takes {', '.join(keys)}")
            elif name in found:
                self.note(key, where, f"{name!r} is here twice")
            else:
                found[name] = value
        return found

    def _text(self, node: yaml.Node, where: str) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value:
            return str(node.value)
        self.note(node, where, "must be a text")
        return ""

    def _number(self, node: yaml.Node, where: str) -> float | None:
        try:
            value = float(node.value) if isinstance(node, yaml.ScalarNode) else math.nan
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        self.note(node, where, "must be a number")
        return None

    def _duration(self, node: yaml.Node, where: str) -> float | None:
        text = str(node.value).replace(" ", "") if isinstance(node, yaml.ScalarNode) else ""
        match = _DURATION.fullmatch(text) if text else None
        if match is None:
            self.note(node, where, "must be a duration such as 45s, 1m30s or 2h")
            return None
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total_s = hours * 3600 + minutes * 60 + seconds
        if total_s > _TAKES_A_YEAR_S:
            self.note(node, where, "is longer than a year")
            return None
        return total_s


def _keys(kind: Kind) -> tuple[str, ...]:
    extra: tuple[str, ...] = ()
    if kind.has_parts:
        extra = ("component",)
    elif kind.name == "reading":
        extra = ("metric", "instance", "value")
    return (*_ALWAYS, *_place_keys(kind), *extra, *kind.options)


def _place_keys(kind: Kind) -> tuple[str, ...]:
    if kind.scope is Scope.PLACE:
        return ("room", "site")
    return ("device",) if kind.scope is Scope.DEVICE else ("room",)


def _later(fault: Fault, by_s: float) -> Fault:
    return replace(fault, at_s=fault.at_s + by_s)
