"""Tables of a settings file as dataclasses. In: a parsed table and its places. Out: an instance, or every mistake.

A field says with `setting(...)` what it means and which values are good; the reader and the JSON Schema both follow it.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import Pattern
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from agent.errors import Mistake
from agent.toml_places import Path as TablePath
from agent.toml_places import Places

T = TypeVar("T")
_NAMES: Final = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text must look like: a pattern, and the same in words."""

    pattern: Pattern[str]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a field means, and which values are good. `check` says what is wrong with a value, "" where nothing is."""

    help: str
    minimum: float | None = None
    maximum: float | None = None
    shape: Shape | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Any], str] | None = None


def setting(
    default: Any = dataclasses.MISSING,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    shape: Shape | None = None,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], str] | None = None,
) -> Any:
    """Return a dataclass field that the reader and the schema understand; without a default it is required."""
    rule = Setting(help=help, minimum=minimum, maximum=maximum, shape=shape, choices=choices, check=check)
    return dataclasses.field(default=default, metadata={"setting": rule})


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a field: `item` is str, int, float, bool, Path or another table; `many` is a tuple of it."""

    item: type
    many: bool = False


def settings_of(table: type) -> dict[str, tuple[Kind, Setting, Any]]:
    """Return (kind, rule, default) of each field of a dataclass; the default is MISSING where one must be given."""
    hints = typing.get_type_hints(table)
    return {
        field.name: (_kind(hints[field.name]), field.metadata["setting"], field.default)
        for field in dataclasses.fields(table)
        if "setting" in field.metadata
    }


def _kind(hint: Any) -> Kind:
    if isinstance(hint, types.UnionType):
        hint = next(arg for arg in typing.get_args(hint) if arg is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        return Kind(typing.get_args(hint)[0], many=True)
    return Kind(hint)


@runtime_checkable
class Judging(Protocol):
    """A table that can say what is wrong with its values together."""

    def mistake(self) -> str:
        """Return what is wrong, "" where nothing is."""
        ...


class Reader:
    """Reads the tables of one file and collects its mistakes."""

    def __init__(self, file: Path, places: Places) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self._places = places

    def wrong(self, path: TablePath, what: str) -> None:
        """Note a mistake at a key or a table."""
        place = self._places.at(path)
        self.mistakes.append(
            Mistake(file=str(self.file), line=place.line, column=place.column, where=_dotted(path), what=what)
        )

    def unknown_keys(self, given: Mapping[str, object], known: typing.Iterable[str], path: TablePath) -> None:
        """Note every key that is not known, with the known one that it is most like."""
        names = list(known)
        for key in given:
            if key not in names:
                from difflib import get_close_matches  # only for those who mistype

                close = get_close_matches(key, names, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
                self.wrong((*path, key), f"unknown key; {hint}")

    def table(self, table: type[T], given: object, path: TablePath) -> T | None:
        """Return an instance of a dataclass, None where anything was wrong."""
        if not isinstance(given, dict):
            self.wrong(path, "must be a table")
            return None
        before = len(self.mistakes)
        fields = settings_of(table)
        self.unknown_keys(given, fields, path)
        values: dict[str, object] = {}
        for name, (kind, rule, default) in fields.items():
            if name in given:
                values[name] = self._value(given[name], kind, rule, (*path, name))
            elif default is dataclasses.MISSING:
                self.wrong(path, f"{name} is missing: {rule.help}")
        if len(self.mistakes) > before:
            self._files_there(values, path)
            return None
        made = table(**values)
        # What only the values together can tell is the table's own to say.
        what = made.mistake() if isinstance(made, Judging) else ""
        if what:
            self.wrong(path, what)
        return None if what else made

    def _files_there(self, values: Mapping[str, object], path: TablePath) -> None:
        """Note the files of a table that are not there; those of a table without mistakes are read, and told then."""
        for name, value in values.items():
            if name.endswith("_file") and isinstance(value, Path) and not value.is_file():
                self.wrong((*path, name), f"{value} is no file")

    def _value(self, value: object, kind: Kind, rule: Setting, path: TablePath) -> object:
        if kind.many:
            if not isinstance(value, list):
                self.wrong(path, "must be a list in brackets")
                return None
            if dataclasses.is_dataclass(kind.item):
                return tuple(self.table(kind.item, item, (*path, n)) for n, item in enumerate(value))
            return tuple(self._one(item, kind.item, rule, path) for item in value)
        return self._one(value, kind.item, rule, path)

    def _one(self, value: object, wanted: type, rule: Setting, path: TablePath) -> object:
        if wanted is Path:
            if not isinstance(value, str) or not value:
                self.wrong(path, "must be a path in quotes")
                return None
            return self.file.parent / Path(value).expanduser()
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            self.wrong(path, f"must be {_NAMES[wanted]}, not {value!r}")
            return None
        if isinstance(value, float) and value != value:
            self.wrong(path, "must be a number, not NaN")
        elif isinstance(value, (int, float)) and rule.minimum is not None and value < rule.minimum:
            self.wrong(path, f"must be at least {rule.minimum:g}, not {value:g}")
        elif isinstance(value, (int, float)) and rule.maximum is not None and value > rule.maximum:
            self.wrong(path, f"must be at most {rule.maximum:g}, not {value:g}")
        elif isinstance(value, str) and rule.shape is not None and not rule.shape.pattern.fullmatch(value):
            self.wrong(path, f"{value!r} must be {rule.shape.words}")
        elif isinstance(value, str) and rule.choices and value not in rule.choices:
            self.wrong(path, f"{value!r} is none of {', '.join(rule.choices)}")
        elif rule.check is not None and (what := rule.check(value)):
            self.wrong(path, what)
        return value


def _dotted(path: TablePath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
