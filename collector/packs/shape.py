"""What a file may hold, said once: the same words read it and make its JSON Schema.

A `Reader` turns a cursor into a value, or notes the mistake and raises `Unreadable`. A `Shape` is a mapping with named
keys; it reads every key before it gives up, so that one run finds all mistakes.

    ID = Key("id", Identifier(), need=True)
    NAME = Key("name", Text(), default="")
    SITE = Shape("a site", ID, NAME)
    sites = Many(Built(SITE, lambda record: Site(id=record[ID], name=record[NAME])))
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, Generic, Protocol, TypeVar, cast, overload

from collector.packs.document import Cursor, Unreadable

Json = dict[str, Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D")


class Reader(Protocol[T_co]):
    """Reads one value."""

    def read(self, cursor: Cursor) -> T_co:
        """Return the value. Raises Unreadable after noting why."""
        ...

    def schema(self) -> Json:
        """Return the JSON Schema of what `read` takes."""
        ...


class _Missing:
    pass


_MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True, eq=False)
class Key(Generic[T_co]):
    """A named key of a mapping. Without `need` and without the key, the value is `default`."""

    name: str
    reader: Reader[T_co]
    default: T_co | _Missing = _MISSING
    need: bool = False
    about: str = ""


class Record:
    """A mapping that was read. `record[KEY]` is the value, `record.at(KEY)` where it stands."""

    __slots__ = ("_cursors", "_values", "cursor")

    def __init__(self, cursor: Cursor, values: dict[str, object], cursors: dict[str, Cursor]) -> None:
        self.cursor = cursor
        self._values = values
        self._cursors = cursors

    def __getitem__(self, key: Key[T]) -> T:
        if key.name in self._values:
            return cast("T", self._values[key.name])
        if isinstance(key.default, _Missing):
            raise KeyError(key.name)
        return key.default

    def get(self, key: Key[T], otherwise: D) -> T | D:
        """Return the value of a key, `otherwise` where it is not given or could not be read."""
        return cast("T", self._values[key.name]) if key.name in self._values else otherwise

    def __contains__(self, key: Key[Any]) -> bool:
        """Tell whether the file gives the key."""
        return key.name in self._values

    def at(self, key: Key[Any]) -> Cursor:
        """Return where a key's value stands; the mapping itself when the key is not given."""
        return self._cursors.get(key.name, self.cursor)


class Incomplete(Unreadable):
    """A mapping of which not all can be read; `record` is the rest."""

    def __init__(self, name: str, record: Record) -> None:
        super().__init__(name)
        self.record = record


class Shape:
    """A mapping with these keys and no others; of the keys in `one_of`, and in `one_of_also`, exactly one is there."""

    def __init__(
        self,
        name: str,
        *keys: Key[Any],
        one_of: tuple[Key[Any], ...] = (),
        one_of_also: tuple[Key[Any], ...] = (),
    ) -> None:
        self.name = name
        self.keys = {key.name: key for key in (*one_of_also, *keys, *one_of)}
        self.choices = tuple(tuple(key.name for key in group) for group in (one_of_also, one_of) if group)

    def extend(self, *keys: Key[Any]) -> None:
        """Add keys after the fact: for shapes that contain themselves."""
        self.keys.update({key.name: key for key in keys})

    def read(self, cursor: Cursor) -> Record:
        values: dict[str, object] = {}
        cursors: dict[str, Cursor] = {}
        good, unknown = True, False
        for key_at, value_at in cursor.entries():
            name = key_at.scalar or ""
            key = self.keys.get(name)
            if key is None:
                close = get_close_matches(name, self.keys, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"{self.name} has {', '.join(self.keys)}"
                key_at.note(f"unknown key {name!r}; {hint}")
                good, unknown = False, True
                continue
            cursors[name] = value_at
            try:
                values[name] = key.reader.read(value_at)
            except Unreadable:
                good = False
        for key in self.keys.values():
            if key.need and key.name not in cursors:
                cursor.note(f"{self.name} needs {key.name!r}")
                good = False
        for choice in self.choices:
            given = [name for name in choice if name in cursors]
            if len(given) != 1 and not (unknown and not given):
                said = f"has {' and '.join(map(repr, given))}" if given else "has none"
                cursor.note(f"{self.name} needs exactly one of {', '.join(choice)}; it {said}")
                good = False
        if not good:
            raise Incomplete(self.name, Record(cursor, values, cursors))
        return Record(cursor, values, cursors)

    def schema(self) -> Json:
        properties: Json = {}
        for key in self.keys.values():
            schema = key.reader.schema()
            if key.about:
                schema = {**schema, "description": key.about}
            properties[key.name] = schema
        result: Json = {"type": "object", "properties": properties, "additionalProperties": False}
        needed = [key.name for key in self.keys.values() if key.need]
        if needed:
            result["required"] = needed
        choices: list[Json] = [{"oneOf": [{"required": [name]} for name in choice]} for choice in self.choices]
        if len(choices) == 1:
            result.update(choices[0])
        elif choices:
            result["allOf"] = choices
        return result


@dataclass(frozen=True, slots=True)
class Built(Generic[T]):
    """A value made from a shape's record by `make`, which may note mistakes and raise Unreadable.

    `check` notes what does not fit together, also in a record that lacks keys: one mistake shall not hide another.
    """

    shape: Shape
    make: Callable[[Record], T]
    check: Callable[[Record], None] | None = None

    def read(self, cursor: Cursor) -> T:
        try:
            record = self.shape.read(cursor)
        except Incomplete as incomplete:
            if self.check is not None:
                self.check(incomplete.record)
            raise
        if self.check is not None:
            self.check(record)
        return self.make(record)

    def schema(self) -> Json:
        return self.shape.schema()


@dataclass(frozen=True, slots=True)
class Many(Generic[T]):
    """A list of values; a bad item is noted and left out. `single` also takes one value without the list."""

    item: Reader[T]
    at_least: int = 0
    single: bool = False

    def read(self, cursor: Cursor) -> tuple[T, ...]:
        if self.single and cursor.kind != "a list":
            return (self.item.read(cursor),)
        found: list[T] = []
        count = 0
        for item in cursor.items():
            count += 1
            try:
                found.append(self.item.read(item))
            except Unreadable:
                continue
        if count < self.at_least:
            cursor.refuse("must not be empty" if self.at_least == 1 else f"needs at least {self.at_least} items")
        return tuple(found)

    def schema(self) -> Json:
        many: Json = {"type": "array", "items": self.item.schema()}
        if self.at_least:
            many["minItems"] = self.at_least
        return {"anyOf": [self.item.schema(), many]} if self.single else many


K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class MapOf(Generic[K, T]):
    """A mapping whose keys are data: names read by `key`, values by `value`."""

    key: Reader[K]
    value: Reader[T]

    def read(self, cursor: Cursor) -> dict[K, T]:
        found: dict[K, T] = {}
        for key_at, value_at in cursor.entries():
            try:
                name = self.key.read(key_at)
                found[name] = self.value.read(value_at)
            except Unreadable:
                continue
        return found

    def schema(self) -> Json:
        return {"type": "object", "propertyNames": self.key.schema(), "additionalProperties": self.value.schema()}


@dataclass(frozen=True, slots=True)
class Refer(Generic[T]):
    """A reader by name in the schema's `$defs`: for shapes that contain themselves."""

    name: str
    find: Callable[[], Reader[T]] = field(repr=False)

    def read(self, cursor: Cursor) -> T:
        if cursor.where.count(".") > 40:
            cursor.refuse("is nested too deeply")
        return self.find().read(cursor)

    def schema(self) -> Json:
        return {"$ref": f"#/$defs/{self.name}"}


@overload
def read_or(reader: Reader[T], cursor: Cursor, otherwise: D) -> T | D: ...
@overload
def read_or(reader: Reader[T], cursor: Cursor) -> T | None: ...
def read_or(reader: Reader[Any], cursor: Cursor, otherwise: object = None) -> Any:
    """Read a value; when it is unreadable (and noted), return `otherwise`."""
    try:
        return reader.read(cursor)
    except Unreadable:
        return otherwise
