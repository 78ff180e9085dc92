"""The mapping file. Comes in: `mapping.yaml`. Goes out: `ForeignMapping`, or every mistake in it.

A name in braces must be found by each topic of its device; a metric of the catalogue keeps the catalogue's unit.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from collector.core.foreign import Availability, Discovery, ForeignDevice, ForeignMapping, Format, Talk, Value
from collector.core.pattern import Path, TopicPattern, fill, is_device_id, names_in, parse_path
from collector.packs.document import Cursor, open_document
from collector.packs.scalar import Choice, Duration, Flag, Number, Text
from collector.packs.shape import Built, Json, Key, Many, MapOf, Record, Shape, read_or
from wire.catalogue import CATALOGUE, Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Text that `parse` makes a value of, or says why it cannot."""

    parse: Callable[[str], Any]

    def read(self, cursor: Cursor) -> Any:
        text = Text().read(cursor)
        try:
            return self.parse(text)
        except ValueError as error:
            cursor.refuse(str(error))

    def schema(self) -> Json:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that a device says: also a number, or what YAML takes for true or false."""

    def read(self, cursor: Cursor) -> str:
        if cursor.scalar is None:
            cursor.refuse(f"must be a word, is {cursor.kind}")
        return cursor.scalar.strip().lower()

    def schema(self) -> Json:
        return {"type": ["string", "number", "boolean"]}


def _metric(text: str) -> str:
    if len(text) > 200 or not text.isprintable() or any(letter in text for letter in "[] "):
        raise ValueError(f"must be a metric's name like hw.temperature, is {text[:60]!r}")
    return text


def _id_template(text: str) -> str:
    filled = fill(text, dict.fromkeys(names_in(text), "x"))
    if filled is None or not is_device_id(filled):
        raise ValueError(f"must be a device id like main:{{unit}}, site:agent or site:agent:device, is {text!r}")
    return text


def _prefix(text: str) -> str:
    if not TopicPattern(text, is_literal=True) or text.endswith("/") or "{" in text:
        raise ValueError("a prefix is a plain topic, like homeassistant")
    return text


_TOPIC: Final = _Parsed(TopicPattern)
_PATH: Final = _Parsed(parse_path)

PATH: Final[Key[Path]] = Key("path", _PATH, default=Path(()), about="where in the payload: $.ENERGY.Power, a[0].b")
METRIC: Final[Key[str]] = Key("metric", _Parsed(_metric), need=True, about="of the catalogue, or a name of your own")
INSTANCE: Final = Key("instance", Text(empty=True), default="", about="which of several; may have names in braces")
UNIT: Final = Key("unit", Text(), default="", about="UCUM; metrics of the catalogue have theirs")
SCALE: Final = Key("scale", Number(), default=1.0, about="what the number is multiplied by, to be in the unit")
OFFSET: Final = Key("offset", Number(), default=0.0, about="what is added after that")
NUMBERS: Final[Key[dict[str, float]]] = Key(
    "enum", MapOf(_Word(), Number()), default={}, about="words and their numbers"
)
WHERE: Final[Key[dict[str, str]]] = Key("where", MapOf(Text(), Text()), default={}, about="names and what they must be")
READING: Final = Shape("a reading", PATH, METRIC, INSTANCE, UNIT, SCALE, OFFSET, NUMBERS, WHERE)

TOPIC: Final[Key[TopicPattern]] = Key("topic", _TOPIC, need=True, about="with + and #, or names in braces for a level")
FORMAT: Final = Key(
    "format", Choice(Format), default=Format.JSON, about="json, text (one number or word), line (Telegraf)"
)
TIME: Final[Key[Path | None]] = Key("time", _PATH, default=None, about="where the message says when it was measured")
RETAINED: Final = Key("retained", Flag(), default=False, about="also read what the broker had kept, as if it were new")
READINGS: Final[Key[tuple[Record, ...]]] = Key(
    "readings", Many(Built(READING, lambda r: r, lambda r: _check_reading(r)), at_least=1), need=True
)
MESSAGE: Final = Shape("a message", TOPIC, FORMAT, TIME, RETAINED, READINGS)

HERE_TOPIC: Final[Key[TopicPattern]] = Key(
    "topic", _TOPIC, need=True, about="retained; the last will is said there, too"
)
HERE_PATH: Final[Key[Path | None]] = Key("path", _PATH, default=None, about="where in a JSON payload")
ONLINE: Final[Key[tuple[str, ...]]] = Key("online", Many(_Word(), single=True), default=("online",))
OFFLINE: Final[Key[tuple[str, ...]]] = Key("offline", Many(_Word(), single=True), default=("offline",))
AVAILABILITY: Final = Shape("an availability", HERE_TOPIC, HERE_PATH, ONLINE, OFFLINE)

DEVICE: Final[Key[str]] = Key(
    "device", _Parsed(_id_template), need=True, about="site:agent or site:agent:device; may have names in braces"
)
ROOM: Final = Key("room", Text(), default="", about="site/room, or room")
ROLE: Final = Key("role", Choice(Role), default=Role.OTHER)
NAME: Final = Key("name", Text(), default="", about="what people call it")
VENDOR: Final = Key("vendor", Text(), default="")
MODEL: Final = Key("model", Text(), default="")
SERIAL: Final = Key("serial", Text(), default="")
FIRMWARE: Final = Key("firmware", Text(), default="")
INTERVAL: Final[Key[timedelta | None]] = Key(
    "interval", Duration(), default=None, about="how often it speaks; three of them without a message are silence"
)
AVAILABLE: Final[Key[tuple[Record, ...]]] = Key("availability", Many(AVAILABILITY, single=True), default=())
MESSAGES: Final[Key[tuple[Record, ...]]] = Key(
    "messages", Many(Built(MESSAGE, lambda r: r, lambda r: _check_message(r)), at_least=1), need=True
)
_TOLD: Final = (ROOM, NAME, VENDOR, MODEL, SERIAL, FIRMWARE)
FOREIGN: Final = Shape("a device", DEVICE, ROLE, *_TOLD, INTERVAL, AVAILABLE, MESSAGES)

PREFIX: Final[Key[str]] = Key("prefix", _Parsed(_prefix), default="homeassistant")
CLASSES: Final[Key[dict[str, str]]] = Key(
    "metrics", MapOf(Text(), _Parsed(_metric)), default={}, about="device classes and the metrics that they are"
)
DISCOVERED_ID: Final[Key[str]] = Key(
    "device", _Parsed(_id_template), need=True, about="with {id} in it, such as main:{id} or main:zigbee:{id}"
)
SPOKEN: Final[Key[tuple[TopicPattern, ...]]] = Key(
    "topics",
    Many(_TOPIC),
    default=(),
    about="where they then speak: the embedded broker lets its account devices do so",
)
HOME_ASSISTANT: Final = Shape("a discovery", PREFIX, DISCOVERED_ID, ROOM, ROLE, INTERVAL, CLASSES, SPOKEN)

DEVICES: Final[Key[tuple[ForeignDevice, ...]]] = Key(
    "devices", Many(Built(FOREIGN, lambda r: _device(r), lambda r: _check_device(r))), default=()
)
DISCOVERIES: Final[Key[tuple[Discovery, ...]]] = Key(
    "home_assistant",
    Many(Built(HOME_ASSISTANT, lambda r: _discovery(r), lambda r: _check_discovery(r)), single=True),
    default=(),
)
MAPPING: Final = Shape("a mapping file", DEVICES, DISCOVERIES)
_WHOLE: Final = Built(MAPPING, lambda r: r, lambda r: _check_names(r))


def load_mapping(path: FilePath) -> ForeignMapping:
    """Return what a mapping file says. Raises PackError with every mistake."""
    root = open_document(path)
    record = read_or(_WHOLE, root)
    if record is None:
        root.document.check()
        return ForeignMapping()
    if DEVICES not in record and DISCOVERIES not in record:
        root.note("a mapping file needs 'devices' or 'home_assistant'")
    root.document.check()
    return ForeignMapping(devices=record[DEVICES], discoveries=record[DISCOVERIES])


# ------------------------------------------------------------ what does not fit together


def _check_names(record: Record) -> None:
    first: set[str] = set()
    for device in record.at(DEVICES).items() if DEVICES in record else ():
        place = device.peek(DEVICE.name)  # also of one that cannot be read
        if place is None or place.scalar is None:
            continue
        if place.scalar in first:
            place.note(f"{place.scalar!r} is here twice; give the first one more messages")
        first.add(place.scalar)


def _check_device(record: Record) -> None:
    _check_interval(record)
    messages = record.get(MESSAGES, ())
    topics = [(message.at(TOPIC), message[TOPIC], message[FORMAT] is Format.LINE) for message in messages]
    topics += [(one.at(HERE_TOPIC), one[HERE_TOPIC], False) for one in record[AVAILABLE]]
    told = {key: names_in(record[key]) for key in (DEVICE, *_TOLD) if key in record}
    for place, topic, has_tags in topics:
        # The tags of a line are names, too, and only the line knows which.
        missing = set() if has_tags else {name for names in told.values() for name in names} - topic.names
        if missing:
            place.note(f"does not say what {_braced(missing)} is, which the device's {_users(told, missing)} has in it")


def _check_message(message: Record) -> None:
    how = message[FORMAT]
    if how is not Format.JSON and TIME in message:
        message.at(TIME).note("is for JSON; a line has its own time, and a single value none")
    topic = message.get(TOPIC, None)
    for reading in message.get(READINGS, ()):
        _check_path(reading, how)
        if topic is not None and how is not Format.LINE:
            known = topic.names | reading[PATH].names
            if missing := (names_in(reading[INSTANCE]) | reading[WHERE].keys()) - known:
                reading.at(INSTANCE if INSTANCE in reading else WHERE).note(f"nothing says what {_braced(missing)} is")


def _check_path(reading: Record, how: Format) -> None:
    path = reading[PATH]
    if how is Format.TEXT and PATH in reading:
        reading.at(PATH).note("is of no use where the payload is one number or word")
    if how is Format.LINE and (len(path.steps) != 2 or path.names):
        reading.at(PATH if PATH in reading else METRIC).note(
            "a line needs a path of measurement and field: cpu.usage_idle"
        )


def _check_reading(reading: Record) -> None:
    if reading[SCALE] == 0:
        reading.at(SCALE).note("must not be 0: every reading would be the same")
    entry = CATALOGUE.get(reading[METRIC]) if METRIC in reading else None
    if entry is not None and (reading[UNIT] or entry.unit) != entry.unit:
        reading.at(UNIT).note(f"{reading[METRIC]} is in {entry.unit}; leave the unit out, and let scale make it so")


def _check_discovery(record: Record) -> None:
    _check_interval(record)
    if DISCOVERED_ID in record and "id" not in names_in(record[DISCOVERED_ID]):
        record.at(DISCOVERED_ID).note("must have {id} in it, or all that is discovered is one device")
    for key in (DISCOVERED_ID, ROOM):
        if key in record and (unknown := names_in(record[key]) - {"id"}):
            record.at(key).note(f"nothing says what {_braced(unknown)} is; there is {{id}}")


def _check_interval(record: Record) -> None:
    interval = record[INTERVAL]
    if interval is not None and interval <= timedelta():
        record.at(INTERVAL).note("must be longer than 0")


# ------------------------------------------------------------ what it is


def _device(record: Record) -> ForeignDevice:
    return ForeignDevice(
        id=record[DEVICE],
        properties=_properties(record, *_TOLD),
        interval=record[INTERVAL],
        availability=tuple(
            Availability(topic=one[HERE_TOPIC], path=one[HERE_PATH], online=one[ONLINE], offline=one[OFFLINE])
            for one in record[AVAILABLE]
        ),
        talks=tuple(_talk(message) for message in record[MESSAGES]),
    )


def _talk(message: Record) -> Talk:
    return Talk(
        topic=message[TOPIC],
        values=tuple(_value(one) for one in message[READINGS]),
        format=message[FORMAT],
        time=message[TIME],
        takes_retained=message[RETAINED],
    )


def _value(reading: Record) -> Value:
    entry = CATALOGUE.get(reading[METRIC])
    return Value(
        path=reading[PATH],
        metric=reading[METRIC],
        instance=reading[INSTANCE],
        unit=reading[UNIT] or (entry.unit if entry is not None else ""),
        scale=reading[SCALE],
        offset=reading[OFFSET],
        numbers=reading[NUMBERS],
        where=reading[WHERE],
    )


def _discovery(record: Record) -> Discovery:
    return Discovery(
        prefix=record[PREFIX],
        id=record[DISCOVERED_ID],
        properties=_properties(record, ROOM),
        interval=record[INTERVAL],
        metrics=record[CLASSES],
        topics=tuple(topic.filter for topic in record[SPOKEN]),
    )


def _properties(record: Record, *keys: Key[str]) -> Mapping[str, str]:
    said = {key.name: record[key] for key in keys if record[key]}
    return {"role": record[ROLE].value, **said}


def _braced(names: Set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _users(told: Mapping[Key[str], frozenset[str]], names: Set[str]) -> str:
    return " and ".join(key.name for key, used in told.items() if used & names)
