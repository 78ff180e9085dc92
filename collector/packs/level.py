"""Level tables in YAML: a number, or lines of `{when: {...}, then: 2}` of which the first that holds counts."""

from typing import Final

from collector.core.model import Attribution, Context, Level, State
from collector.core.rule import Case, Names
from collector.packs.condition import Conditions
from collector.packs.document import Cursor
from collector.packs.scalar import Choice, Flag, OneOf, Text
from collector.packs.shape import Json, Key, Many, Record, Refer, Shape
from wire.catalogue import Role

_OFF: Final = "off"
_NONE: Final = "none"
_NOTICE: Final = "notice"

IN_CONTEXT: Final = Key("context", Many(Choice(Context), at_least=1, single=True), default=None)
IN_ROLE: Final = Key("role", Many(Choice(Role), at_least=1, single=True), default=None)
LIKE: Final = Key("instance", Many(Text(empty=True), at_least=1, single=True), default=None, about="globs")
UNLIKE: Final = Key("not_instance", Many(Text(empty=True), at_least=1, single=True), default=None, about="globs")
SOLE: Final = Key("sole", Flag(), default=None, about="the room has no other device of its role")
EVERY: Final = Key("every", Flag(), default=None, about="each instance of the metric in the room is raised")
TOLD: Final = Key("told", Flag(), default=None, about="the shutdown was told")
SINCE: Final = Key(
    "silent_since", Many(Choice(Context), at_least=1, single=True), default=None, about="what the room was for then"
)
UNHEARD: Final = Key(
    "unheard", Flag(), default=None, about="a goodbye could not have been heard: the collector, the broker or the way"
)
REACHABLE: Final = Key("reachable", Flag(), default=None, about="another agent still reaches the host")


class LevelName:
    """1, 2 or 3; `none`: opens nothing; `notice`: tells the people in the room; `off`: the device is expected to be."""

    def read(self, cursor: Cursor) -> tuple[Level | None, State | None, Attribution | None]:
        word = cursor.scalar
        if word == _OFF:
            return None, State.OFF, None
        if word == _NONE:
            return None, None, None
        if word == _NOTICE:
            return None, None, Attribution.PEOPLE
        if word not in ("1", "2", "3"):
            cursor.refuse(
                f"must be 1, 2, 3, none, notice or off (level 4 is opened by people), is {word or cursor.kind}"
            )
        return Level(int(word)), None, None

    def schema(self) -> Json:
        return {"enum": [1, 2, 3, _NONE, _NOTICE, _OFF, False]}  # YAML reads a bare `off` as false


THEN: Final = Key("then", LevelName(), need=True)
STATE: Final = Key("state", OneOf([State.UNKNOWN]), default=None, about="what the device is, unless failed")


ATTRIBUTION: Final = Key(
    "attribution", Choice(Attribution), default=None, about="whose trouble it is; without it, what the rule says"
)


class LevelTable:
    """Reads `level`."""

    def __init__(self, conditions: Conditions) -> None:
        self._if = Key("if", Refer("condition", conditions.reader), default=None)
        self._when = Shape(
            "`when`", IN_CONTEXT, IN_ROLE, LIKE, UNLIKE, SOLE, EVERY, TOLD, SINCE, UNHEARD, REACHABLE, self._if
        )
        self._facts: Key[Record | None] = Key("when", self._when, default=None)
        self._line = Shape("a line of levels", self._facts, THEN, STATE, ATTRIBUTION)

    def read(self, cursor: Cursor) -> tuple[Case, ...]:
        if cursor.kind != "a list":
            level, state, attribution = LevelName().read(cursor)
            return (Case(level=level, state=state, attribution=attribution),)
        cases: list[Case] = []
        decided = False
        for line in cursor.items():
            if decided:
                line.refuse("is never reached: the line before it has no `when`")
            record = self._line.read(line)
            case = self._case(record)
            decided = self._facts not in record
            cases.append(case)
        if not decided:
            cursor.refuse("needs a last line without `when`, for everything else")
        return tuple(cases)

    def schema(self) -> Json:
        return {"anyOf": [LevelName().schema(), {"type": "array", "minItems": 1, "items": self._line.schema()}]}

    def _case(self, record: Record) -> Case:
        level, state, attribution = record[THEN]
        if attribution is not None and ATTRIBUTION in record:
            record.at(ATTRIBUTION).refuse("a notice is what is attributed to people; leave `attribution` out")
        attribution = attribution or record[ATTRIBUTION]
        if STATE in record:
            state = State(record[STATE] or State.UNKNOWN)
        facts = record[self._facts]
        if facts is None:
            return Case(level=level, state=state, attribution=attribution)
        like, unlike, roles = facts[LIKE], facts[UNLIKE], facts[IN_ROLE]
        names = Names(like=like or ("*",), unlike=unlike or ()) if like is not None or unlike is not None else None
        return Case(
            level=level,
            state=state,
            attribution=attribution,
            contexts=_set(facts[IN_CONTEXT]),
            roles=frozenset(str(role) for role in roles) if roles is not None else None,
            instances=names,
            sole=facts[SOLE],
            every=facts[EVERY],
            told=facts[TOLD],
            silent_since=_set(facts[SINCE]),
            unheard=facts[UNHEARD],
            reachable=facts[REACHABLE],
            condition=facts[self._if],
        )


def _set(contexts: tuple[Context, ...] | None) -> frozenset[Context] | None:
    return frozenset(contexts) if contexts is not None else None
