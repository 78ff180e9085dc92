"""YAML with positions. Comes in: a file. Goes out: a `Cursor` at its root, or why it cannot be read.

A cursor points at one node and knows where it is. Readers (`shape.py`) note what is wrong on the document and go on, so
that a run lists every mistake. The caller ends with `Document.check()`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from collector.packs.errors import Mistake, PackError

_Loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:map": "a mapping",
    "tag:yaml.org,2002:seq": "a list",
}


class Unreadable(Exception):
    """A value could not be read; its mistake is already noted on the document."""


@dataclass(slots=True)
class Document:
    """One file and the mistakes found in it so far."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)

    def check(self) -> None:
        """Raise PackError when a mistake was noted."""
        if self.mistakes:
            raise PackError(sorted(set(self.mistakes), key=lambda mistake: (mistake.line, mistake.column)))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A node of a document. `where` is the path from the root, empty at the root."""

    document: Document
    node: yaml.Node
    where: str = ""

    def note(self, what: str) -> None:
        """Note a mistake at this place."""
        mark = self.node.start_mark
        self.document.mistakes.append(Mistake(self.document.file, mark.line + 1, mark.column + 1, self.where, what))

    def refuse(self, what: str) -> NoReturn:
        """Note a mistake at this place and give the value up."""
        self.note(what)
        raise Unreadable(what)

    @property
    def kind(self) -> str:
        """What stands here, in words: "text", "a number", "a list", ..."""
        return _TAGS.get(self.node.tag, self.node.tag)

    @property
    def scalar(self) -> str | None:
        """The text of a scalar as it was written; None for a list or a mapping."""
        return self.node.value if isinstance(self.node, yaml.ScalarNode) else None

    def items(self) -> Iterator["Cursor"]:
        """Walk a list. Anything else is refused."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(f"must be a list, is {self.kind}")
        for number, node in enumerate(self.node.value):
            yield Cursor(self.document, node, f"{self.where}[{number}]")

    def peek(self, name: str) -> "Cursor | None":
        """Return the value of a key, None where there is no such thing; nothing is noted."""
        if isinstance(self.node, yaml.MappingNode):
            for key_node, value_node in self.node.value:
                if isinstance(key_node, yaml.ScalarNode) and key_node.value == name:
                    return Cursor(self.document, value_node, f"{self.where}.{name}")
        return None

    def entries(self) -> Iterator[tuple["Cursor", "Cursor"]]:
        """Walk a mapping as (key, value). Anything else is refused; a key that comes twice is noted and left out."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"must be a mapping, is {self.kind}")
        seen: dict[str, int] = {}
        for key_node, value_node in self.node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                Cursor(self.document, key_node, self.where).note("a key must be plain text")
                continue
            name = key_node.value
            where = f"{self.where}.{name}" if self.where else name
            key = Cursor(self.document, key_node, where)
            if name in seen:
                key.note(f"{name!r} is here twice, first in line {seen[name]}")
                continue
            seen[name] = key_node.start_mark.line + 1
            yield key, Cursor(self.document, value_node, where)


def open_document(path: Path) -> Cursor:
    """Return the root of a YAML file. Raises PackError when it cannot be read or is no YAML."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PackError([Mistake(file, 1, 1, "", f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        place = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise PackError([Mistake(file, *place, "", "is not UTF-8; save it as UTF-8")]) from error
    return parse_document(text, file)


def parse_document(text: str, file: str) -> Cursor:
    """Return the root of YAML text. `file` is its name in mistakes. Raises PackError."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise PackError([Mistake(file, line, column, "", f"is not valid YAML: {what}")]) from error
    except yaml.YAMLError as error:
        raise PackError([Mistake(file, 1, 1, "", f"is not valid YAML: {error}")]) from error
    if node is None:
        raise PackError([Mistake(file, 1, 1, "", "is empty")])
    return Cursor(Document(file), node)
