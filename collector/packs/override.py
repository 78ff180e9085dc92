"""Overrides of rules, in YAML: another form of a rule at a site, in a room, on a device, on an instance.

Comes in: `overrides:` of a pack, and the rules of all packs. Goes out: the rules with them, or every mistake.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from collector.core.rule import Names, Override, Place, Rule, Rung
from collector.packs.document import Cursor, Unreadable
from collector.packs.scalar import ID_PATTERN, Pattern, Text, Yes, device_id, identifier
from collector.packs.shape import Key, Many, Record, Shape

RULE: Final = Key("rule", Many(identifier(), at_least=1, single=True), need=True, about="whose form it is")
SITE: Final = Key("site", identifier(), default="")
ROOM: Final = Key("room", Pattern(f"{ID_PATTERN}/{ID_PATTERN}", "a room like site/room"), default="")
DEVICE: Final = Key("device", device_id(), default="")
INSTANCE: Final = Key("instance", Many(Text(empty=True), at_least=1, single=True), default=(), about="globs")
WHERE_SHAPE: Final = Shape("`where`", SITE, ROOM, DEVICE, INSTANCE)
WHERE: Final = Key("where", WHERE_SHAPE, need=True, about="all that is named must fit")
WHY: Final = Key("why", Text(), need=True, about="the reason, for whoever reads it later")
OFF: Final = Key("off", Yes(), default=False, about="the rule does not hold there")

Rungs = Callable[[Record, Rule], tuple[Rung, ...]]


class Overrides:
    """Reads `overrides`. `changes` are the keys that may change a rule; `rungs` makes its rungs as they then are."""

    def __init__(self, changes: Sequence[Key[object]], rungs: Rungs) -> None:
        self._changes = changes
        self._rungs = rungs
        self.shape = Shape("an override", RULE, WHERE, WHY, OFF, *changes)

    def apply(self, records: Sequence[Record], rules: Mapping[str, Rule]) -> dict[str, Rule]:
        """Return the rules that the records change, as they then are. Mistakes are noted where they stand."""
        changed: dict[str, Rule] = {}
        for record in records:
            given = [key.name for key in (OFF, *self._changes) if key in record]
            if not given or (OFF in record and len(given) > 1):
                names = ", ".join(key.name for key in self._changes)
                record.cursor.note(f"an override needs either 'off' or some of {names}")
                continue
            for number, name in enumerate(record[RULE]):
                rule = changed.get(name) or rules.get(name)
                if rule is None:
                    record.at(RULE).note(f"there is no rule {name!r}")
                elif any(name == other for other in record[RULE][:number]):
                    record.at(RULE).note(f"rule {name!r} is here twice")
                elif (override := self._override(record, rule, given)) is not None:
                    changed[name] = replace(rule, overrides=(*rule.overrides, override))
        return changed

    def _override(self, record: Record, rule: Rule, given: Sequence[str]) -> Override | None:
        try:
            place = _place(record)
            rungs = () if OFF in record else self._rungs(record, rule)
        except Unreadable:
            return None
        return Override(place=place, rungs=rungs, changes=tuple(given), why=record[WHY], at=_at(record.cursor))


def _place(record: Record) -> Place:
    where = record[WHERE]
    if not any(key in where for key in (SITE, ROOM, DEVICE, INSTANCE)):
        record.at(WHERE).refuse("names no place; change the rule itself")
    site, room, device = where[SITE], where[ROOM], where[DEVICE]
    sites = {name for name in (site, room.partition("/")[0], device.partition(":")[0]) if name}
    if len(sites) > 1:
        record.at(WHERE).refuse(f"is at {len(sites)} sites at once: {', '.join(sorted(sites))}")
    instances = Names(like=where[INSTANCE]) if INSTANCE in where else None
    return Place(site=site, room=room, device=device, instances=instances)


def _at(cursor: Cursor) -> str:
    mark = cursor.node.start_mark
    return f"{cursor.document.file}:{mark.line + 1}:{mark.column + 1}"


def described(rule: Rule, override: Override) -> str:
    """Return an override in a line: what it changes, where, why, and where that is written."""
    place = override.place
    named = (("site", place.site), ("room", place.room), ("device", place.device))
    where = [f"{what} {name}" for what, name in named if name]
    if place.instances is not None:
        where.append(f"instance {', '.join(place.instances.like)}")
    return f"{override.at}: {rule.id} at {', '.join(where)}: {', '.join(override.changes)} ({override.why})"
