"""YAML in which everything knows its place. In: a file. Out: plain values, and the line and column of each.

`Fields` takes a mapping apart key by key and collects every mistake instead of stopping at the first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from agent.errors import Mistake
from agent.snmp.errors import ProfileError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAXIMUM_DEPTH: Final = 30
MAXIMUM_NODES: Final = 200_000
At = tuple[str | int, ...]
_OID: Final = re.compile(r"\.?[0-2](\.\d+)+")
_INT: Final = re.compile(r"[-+]?\d+")


class Written(float):
    """A number that remembers how it was written: `.10` may be meant as a part of an OID."""

    def __new__(cls, text: str) -> "Written":
        return super().__new__(cls, text.replace("_", ""))

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass(slots=True)
class Document:
    """One YAML document: its value, and where each key and item of it stands."""

    file: str
    value: Any = None
    places: dict[At, tuple[int, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, at: At, what: str) -> None:
        """Note a mistake at a place, or at the nearest one around it that is known."""
        near = at
        while near and near not in self.places:
            near = near[:-1]
        line, column = self.places.get(near, (1, 1))
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")
        self.mistakes.append(Mistake(file=self.file, line=line, column=column, where=where, what=what))

    def check(self) -> None:
        """Raise ProfileError where there are mistakes."""
        if self.mistakes:
            raise ProfileError(self.mistakes)


def read_document(path: Path, *, tolerate_tabs: bool = False) -> Document:
    """Return the YAML document of a file; some YAML readers, not this one, take tabs between words.

    Raises:
        ProfileError: it cannot be read, or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError([Mistake(file=str(path), what=f"cannot be read: {error}")]) from error
    return parse_document(text.replace("\t", " ") if tolerate_tabs else text, str(path))


def parse_document(text: str, file: str) -> Document:
    """Return the YAML document in `text`.

    Raises:
        ProfileError: it is no YAML.
    """
    document = Document(file)
    try:
        node = yaml.compose(text, Loader=Loader)
        document.value = _build(document, node, ()) if node is not None else None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise ProfileError([Mistake(file=file, line=line, column=column, what=f"no YAML: {what}")]) from error
    return document


def _build(document: Document, node: Any, at: At) -> Any:
    document.places.setdefault(at, (node.start_mark.line + 1, node.start_mark.column + 1))
    if len(at) > MAXIMUM_DEPTH:
        document.wrong(at, "is nested too deep")
        return None
    # Aliases of aliases can make a short file endless.
    if len(document.places) > MAXIMUM_NODES:
        document.check()
        document.wrong(at, f"is too large: more than {MAXIMUM_NODES} values")
        document.check()
    if isinstance(node, yaml.MappingNode):
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            place = (*at, str(key))
            if key in values:
                document.places[place] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
                document.wrong(place, "is given twice")
            document.places[place] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            values[key] = _build(document, value_node, place)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_build(document, item, (*at, number)) for number, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return "?"
    kind = node.tag.rsplit(":", 1)[-1]
    text: str = node.value
    if kind == "int" and _INT.fullmatch(text):
        return int(text)
    if kind == "float":
        try:
            return Written(text)
        except ValueError:
            return text
    if kind == "bool":
        return text.lower() in ("yes", "true", "on", "y")
    return None if kind == "null" else text


class Fields:
    """A mapping of a document, taken apart key by key; what nobody asked for is a mistake."""

    def __init__(self, document: Document, value: Any, at: At) -> None:
        self.document = document
        self.at = at
        self.values: dict[Any, Any] = value if isinstance(value, dict) else {}
        self._asked: set[Any] = set()
        if not isinstance(value, dict):
            document.wrong(at, "must be a mapping of keys and values")

    def wrong(self, key: str, what: str) -> None:
        """Note a mistake about one key."""
        self.document.wrong((*self.at, key), what)

    def has(self, key: str) -> bool:
        """Tell whether the key is given and not empty."""
        return self.values.get(key) is not None

    def take(self, key: str) -> Any:
        """Return the raw value of a key, None where it is not given."""
        self._asked.add(key)
        return self.values.get(key)

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        """Return a text; a number is taken as it is written."""
        value = self.take(key)
        if value is None:
            if needed:
                self.wrong(key, "is missing")
            return default
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return value.text if isinstance(value, Written) else str(value)
        self.wrong(key, "must be a text")
        return default

    def number(self, key: str, default: float) -> float:
        """Return a number."""
        value = self.take(key)
        if value is None:
            return default
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        self.wrong(key, "must be a number")
        return default

    def choice(self, key: str, known: tuple[str, ...], default: str) -> str:
        """Return one of the known words."""
        value = self.text(key, default)
        if value and value not in known:
            self.wrong(key, f"{value!r} is none of {', '.join(known)}")
            return default
        return value

    def oid(self, key: str, base: str = "", *, needed: bool = True) -> str:
        """Return a numeric OID without leading dot; with a `base`, one that starts with a dot continues it."""
        text = self.text(key, needed=needed)
        if not text:
            return ""
        if not _OID.fullmatch(text) and not (base and re.fullmatch(r"(\.\d+)+", text)):
            self.wrong(key, f"{text!r} is no numeric OID")
            return ""
        return base + text if base and text.startswith(".") else text.lstrip(".")

    def pattern(self, key: str) -> re.Pattern[str] | None:
        """Return a regular expression, None where it is not given."""
        text = self.text(key)
        if not text:
            return None
        try:
            return re.compile(text, re.IGNORECASE | re.DOTALL)
        except re.error as error:
            self.wrong(key, f"is no regular expression: {error}")
            return None

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; a single one needs no list."""
        value = self.take(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        for number, item in enumerate(items):
            if not isinstance(item, (str, int, float)):
                self.document.wrong((*self.at, key, number), "must be a text")
        return [item.text if isinstance(item, Written) else str(item) for item in items]

    def each(self, key: str) -> Iterator["Fields"]:
        """Yield the mappings of a list."""
        value = self.take(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.wrong(key, "must be a list")
            return
        for number, item in enumerate(value):
            yield Fields(self.document, item, (*self.at, key, number))

    def mapping(self, key: str) -> dict[Any, Any]:
        """Return a mapping, empty where it is not given."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            self.wrong(key, "must be a mapping of keys and values")
        return value if isinstance(value, dict) else {}

    def rest(self) -> None:
        """Note every key that was never asked for."""
        for key in self.values:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.wrong(str(key), f"unknown key; known here are {known}")
