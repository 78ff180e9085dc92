"""Rule packs. Comes in: files or folders of YAML. Goes out: a `RulePack`, or every mistake in all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from collector.core.model import Attribution
from collector.core.rule import (
    All,
    Condition,
    Follow,
    Kind,
    Names,
    Operator,
    Override,
    Rule,
    RulePack,
    Rung,
    Silent,
    Test,
)
from collector.packs.bound import Metric
from collector.packs.condition import SILENT, Conditions
from collector.packs.document import Cursor, Document, Unreadable, open_document
from collector.packs.errors import Mistake, PackError
from collector.packs.level import LevelTable
from collector.packs.override import Overrides
from collector.packs.scalar import Choice, Duration, Text, identifier
from collector.packs.shape import Json, Key, Many, MapOf, Reader, Record, Refer, Shape, read_or
from wire.catalogue import Role

LANGUAGES: Final = ("en", "zh-CN")
_TEST_SUFFIX: Final = ".test.yaml"

TITLE: Final = Key("title", Text(), need=True, about="one line, without metric names")
SYMPTOM: Final = Key("symptom", Text(), need=True, about="what is, for whom")
ADVICE: Final = Key("advice", Text(), need=True, about="what to do first")
CAUSES: Final = Key("causes", Many(Text(), at_least=1), default=(), about="probable causes, the likeliest first")
WORDS_IN: Final = Shape("a language's words", TITLE, SYMPTOM, CAUSES, ADVICE)
WORDS: Final = Shape("words", *(Key(language, WORDS_IN, need=True) for language in LANGUAGES))

ID: Final = Key("id", identifier(), need=True)
FAMILY: Final = Key("family", identifier(), default="", about="rules of one family on one instance are one incident")
ABOUT: Final = Key("about", Choice(Kind), default=Kind.ANY, about="agents, or devices behind one")
ROLES: Final = Key("roles", Many(Choice(Role), at_least=1), default=(), about="without it all roles")
METRICS: Final = Key("metric", Many(Metric(), at_least=1, single=True), default=(), about="what the rule reads")
LIKE: Final = Key(
    "instance", Many(Text(empty=True), at_least=1, single=True), default=("",), about="globs; none: the bare metric"
)
UNLIKE: Final = Key("not_instance", Many(Text(empty=True), at_least=1, single=True), default=(), about="globs")
ATTRIBUTION: Final = Key(
    "attribution",
    Choice(Attribution),
    default=Attribution.EQUIPMENT,
    about="whose trouble it is: people's are notices, equipment and environment open tickets, unknown is on record",
)
FOLLOWS: Final = Key(
    "follows",
    Many(Choice(Follow), at_least=1, single=True),
    default=(),
    about="what may bring it about: the loss of its path or power, of its storage, or an outage that is just over",
)
THE_WORDS: Final = Key("words", WORDS, need=True)
FOR: Final = Key("for", Duration(), default=timedelta(), about="how long it must hold at every reading")
OVERRIDES: Final = "overrides"
PACK: Final = Key("pack", identifier(), default="", about="the name of the pack")


class Untouched:
    """A part of the file that is read later, when what it names is known."""

    def __init__(self, schema: Reader[object]) -> None:
        self._schema = schema

    def read(self, cursor: Cursor) -> Cursor:
        return cursor

    def schema(self) -> Json:
        return self._schema.schema()


class PackReader:
    """Reads one file of rules."""

    def __init__(self) -> None:
        self.conditions = Conditions()
        condition = Refer("condition", self.conditions.reader)
        self._while = Key("while", Many(condition, at_least=1, single=True), default=(), about="and these hold, too")
        timed = (*self.conditions.beside, FOR, self._while)
        self._onset = Shape("`raise`", *timed, one_of=(*self.conditions.one_of, SILENT))
        self._end = Shape("`clear`", *timed, *self.conditions.one_of)
        self._table = LevelTable(self.conditions)
        self._raise: Key[Record | None] = Key("raise", Refer("raise", lambda: self._onset), default=None)
        self._clear: Key[Record | None] = Key(
            "clear", Refer("clear", lambda: self._end), default=None, about="without it: not `raise`"
        )
        self._level = Key("level", Refer("level", lambda: self._table), default=())
        rung = Shape("a rung", METRICS, LIKE, UNLIKE, self._need(self._raise), self._clear, self._need(self._level))
        self._rungs: Key[tuple[Record, ...]] = Key("rungs", Many(rung, at_least=1), default=(), about="worst first")
        self.rule = Shape(
            "a rule",
            *(
                ID,
                FAMILY,
                ABOUT,
                ROLES,
                METRICS,
                LIKE,
                UNLIKE,
                self._clear,
                self._level,
                ATTRIBUTION,
                FOLLOWS,
                THE_WORDS,
            ),
            one_of=(self._raise, self._rungs),
        )
        self._named: Key[Mapping[str, Condition]] = Key(
            "conditions", MapOf(identifier(), condition), default={}, about="conditions by name, for `while`, all, any"
        )
        self._rules: Key[Cursor | None] = Key("rules", Untouched(Many(self.rule)), default=None)
        changes = (self._raise, self._clear, self._level, self._rungs)
        self.overrides = Overrides(changes, self._changed_rungs)
        self._places: Key[Cursor | None] = Key(
            OVERRIDES,
            Untouched(Many(self.overrides.shape)),
            default=None,
            about="other forms of rules, by site, room, device or instance",
        )
        self.pack = Shape("a rule pack", PACK, self._named, self._rules, self._places)
        self._written: tuple[Record, ...] = ()

    def definitions(self) -> Json:
        """Return the schemas that the pack's schema refers to by name."""
        own = {"raise": self._onset.schema(), "clear": self._end.schema(), "level": self._table.schema()}
        return {**own, **self.conditions.definitions()}

    def read(self, root: Cursor) -> list[tuple[Rule, Cursor]]:
        """Return the rules of a file, each with the place of its id. Mistakes are noted on the document."""
        record = read_or(self.pack, root)
        if record is None:
            return []
        self.conditions.named.update(record[self._named])
        listed, places = record[self._rules], record[self._places]
        if listed is None and places is None:
            root.note("a rule pack needs 'rules' or 'overrides'")
        if places is not None:
            self.read_overrides(places)
        rules: list[tuple[Rule, Cursor]] = []
        try:
            for item in listed.items() if listed is not None else ():
                found = self._rule(item)
                if found is not None:
                    rules.append(found)
        except Unreadable:
            pass
        return rules

    def read_overrides(self, places: Cursor) -> None:
        """Read the overrides of a file that has no rules. Mistakes are noted on the document."""
        self._written = read_or(Many(self.overrides.shape), places, ())

    def override(self, rules: Mapping[str, Rule]) -> dict[str, Rule]:
        """Return the rules that the overrides of the file change; call it once all files are read."""
        return self.overrides.apply(self._written, rules)

    def _rule(self, item: Cursor) -> tuple[Rule, Cursor] | None:
        try:
            given = {key.scalar: value for key, value in item.entries()}
            if "raise" in given:
                if "level" not in given:
                    item.note("a rule needs 'level'")
                if "metric" not in given and "silent" not in _keys(given["raise"]):
                    item.note("a rule needs 'metric': what it reads")
            record = self.rule.read(item)
            return self._make(record), record.at(ID)
        except Unreadable:
            return None

    def _make(self, record: Record) -> Rule:
        rule_id = record[ID]
        steps = record[self._rungs] or (record,)
        rungs = tuple(self._rung(record, step, number) for number, step in enumerate(steps, 1))
        silent = {rung.silent for rung in rungs}
        if len(silent) > 1:
            record.at(self._rungs).refuse("all rungs of a rule are about silence, or none is")
        return Rule(
            id=rule_id,
            family=record[FAMILY] or rule_id,
            kind=record[ABOUT],
            roles=frozenset(str(role) for role in record[ROLES]),
            rungs=rungs,
            attribution=record[ATTRIBUTION],
            follows=frozenset(record[FOLLOWS]),
            words=_words(record[THE_WORDS]),
        )

    def _rung(self, rule: Record, step: Record, number: int) -> Rung:
        onset = step[self._raise]
        if onset is None:
            rule.cursor.refuse("a rung needs 'raise'")
        metrics = step[METRICS] or rule[METRICS]
        silent = SILENT in onset
        if silent and metrics:
            onset.at(SILENT).refuse("silence is of a device, not of a metric; leave `metric` out")
        if not silent and not metrics:
            rule.cursor.refuse("a rule needs 'metric': what it reads")
        end = step[self._clear] or rule[self._clear]
        if self._level not in step:
            step.cursor.refuse(f"{'a rule' if step is rule else 'a rung'} needs 'level'")
        raises: Condition = Silent() if silent else self._condition(onset)
        clears = self._condition(end) if end is not None and self.conditions.has_one(end) else None
        if silent and clears is not None and end is not None:
            end.cursor.refuse("silence is over when the device is back; only `for` may stand here")
        if clears is not None and end is not None and _overlap(raises, clears):
            end.cursor.refuse("a reading could raise and clear at once; put this bound beyond that of `raise`")
        return Rung(
            key=rule[ID] if number == 1 else f"{rule[ID]}/{number}",
            rule=rule[ID],
            metrics=metrics,
            instances=Names(
                like=(step if LIKE in step else rule)[LIKE], unlike=(step if UNLIKE in step else rule)[UNLIKE]
            ),
            raises=raises,
            raise_for=onset[FOR],
            clears=clears,
            clear_for=end[FOR] if end is not None else timedelta(),
            cases=step[self._level],
        )

    def _changed_rungs(self, record: Record, rule: Rule) -> tuple[Rung, ...]:
        """Return the rungs of a rule as an override has them."""
        if self._rungs in record:
            if len({key.name for key in (self._raise, self._clear, self._level) if key in record}):
                record.at(self._rungs).refuse("`rungs` says all of it; leave raise, clear and level out")
            return tuple(
                self._changed(step, _reads(step, rule.rungs[min(number, len(rule.rungs)) - 1]), rule, number)
                for number, step in enumerate(record[self._rungs], 1)
            )
        first, *others = rule.rungs
        if others:
            record.cursor.refuse(f"rule {rule.id!r} has {len(rule.rungs)} rungs; write `rungs`")
        return (self._changed(record, first, rule, 1),)

    def _changed(self, record: Record, base: Rung, rule: Rule, number: int) -> Rung:
        onset, end = record[self._raise], record[self._clear]
        if onset is not None and (SILENT in onset) is not base.silent:
            onset.cursor.refuse(f"rule {rule.id!r} is {'' if base.silent else 'not '}about silence, and stays so")
        raises, raise_for = base.raises, base.raise_for
        if onset is not None:
            raises, raise_for = base.raises if base.silent else self._condition(onset), onset[FOR]
        clears, clear_for = base.clears, base.clear_for
        if end is not None:
            clears = self._condition(end) if self.conditions.has_one(end) else None
            clear_for = end[FOR]
        if clears is not None and _overlap(raises, clears):
            at = (end or onset or record).cursor
            at.refuse("a reading could raise and clear at once; put the bound of `clear` beyond that of `raise`")
        return replace(
            base,
            key=rule.id if number == 1 else f"{rule.id}/{number}",
            raises=raises,
            raise_for=raise_for,
            clears=clears,
            clear_for=clear_for,
            cases=record[self._level] or base.cases,
        )

    def _condition(self, record: Record) -> Condition:
        condition = self.conditions.make(record)
        beside = record[self._while]
        return All(of=(condition, *beside)) if beside else condition

    @staticmethod
    def _need(key: Key[Record | None] | Key[object]) -> Key[object]:
        return replace(key, need=True)


def _reads(step: Record, base: Rung) -> Rung:
    """Return a rung that reads what a step of an override says, and otherwise what it read before."""
    names = base.instances
    if LIKE in step:
        names = replace(names, like=step[LIKE])
    if UNLIKE in step:
        names = replace(names, unlike=step[UNLIKE])
    return replace(base, metrics=step[METRICS] or base.metrics, instances=names)


def _keys(cursor: Cursor) -> set[str | None]:
    return {key.scalar for key, _ in cursor.entries()} if cursor.kind == "a mapping" else set()


def _words(record: Record) -> Mapping[str, Mapping[str, str]]:
    words: dict[str, Mapping[str, str]] = {}
    for key in WORDS.keys.values():
        said = record[key]
        causes = "\n".join(" ".join(cause.split()) for cause in said[CAUSES])  # one a line
        words[key.name] = {"title": said[TITLE], "symptom": said[SYMPTOM], "causes": causes, "advice": said[ADVICE]}
    written = [record[key] for key in WORDS.keys.values()]
    if len({len(list(said.at(CAUSES).items())) if CAUSES in said else 0 for said in written}) > 1:
        record.cursor.note("probable causes must be as many in each language")
    return words


def _overlap(raises: Condition, clears: Condition) -> bool:
    """Tell whether the plain bounds of a rung overlap: `raise` above 5, `clear` below 6."""
    onset, end = _plain(raises), _plain(clears)
    if onset is None or end is None or onset.absolute != end.absolute:
        return False
    over, under = {Operator.ABOVE, Operator.AT_LEAST}, {Operator.BELOW, Operator.AT_MOST}
    high, low = onset.bounds[0].plus, end.bounds[0].plus
    if onset.operator in over and end.operator in under:
        return low > high
    return onset.operator in under and end.operator in over and low < high


def _plain(condition: Condition) -> Test | None:
    if isinstance(condition, All):
        condition = condition.of[0]
    if isinstance(condition, Test) and condition.subject is None and all(b.of is None for b in condition.bounds):
        return condition
    return None


def load_rules(paths: Sequence[Path], campus: Path | None = None) -> RulePack:
    """Return the rules of files and of the `*.yaml` in folders (their tests, `*.test.yaml`, are passed over).

    The `overrides` of a campus file come last. Raises PackError with every mistake of all files.
    """
    mistakes: list[Mistake] = []
    rules: dict[str, Rule] = {}
    places: dict[str, Mistake] = {}
    families: dict[str, bool] = {}
    read: list[tuple[PackReader | None, Document]] = []
    for path in _files(paths, mistakes):
        try:
            root = open_document(path)
        except PackError as error:
            read.append((None, Document(str(path), list(error.mistakes))))
            continue
        reader = PackReader()
        read.append((reader, root.document))
        for rule, at in reader.read(root):
            mark = Mistake(str(path), at.node.start_mark.line + 1, 0, "", "")
            if rule.id in rules:
                first = places[rule.id]
                at.note(f"rule {rule.id!r} is here twice, first in {first.file}:{first.line}")
            elif families.setdefault(rule.family, rule.rungs[0].silent) is not rule.rungs[0].silent:
                at.note(f"family {rule.family!r} is about silence and about a metric; give it another name")
            else:
                rules[rule.id], places[rule.id] = rule, mark
    if campus is not None:
        read += _overrides_of(campus)
    for reader_of, document in read:
        if reader_of is not None:
            rules.update(reader_of.override(rules))
        try:
            document.check()
        except PackError as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise PackError(mistakes)
    return RulePack(rules=tuple(rules.values()))


def _overrides_of(campus: Path) -> list[tuple[PackReader | None, Document]]:
    """Return the reader of a campus file's overrides; what else is wrong with the file is said by whoever reads it."""
    try:
        root = open_document(campus)
    except PackError:
        return []
    return [(_reader_of_places(root), root.document)]


def overrides_within(campus: Cursor, pack: RulePack) -> dict[str, tuple[Override, ...]]:
    """Return the overrides of rules that stand in a campus, by rule; mistakes are noted where they stand."""
    known = {rule.id: rule for rule in pack.rules}
    changed = _reader_of_places(campus).override(known)
    return {name: rule.overrides[len(known[name].overrides) :] for name, rule in changed.items()}


def _reader_of_places(campus: Cursor) -> PackReader:
    reader = PackReader()
    for key, places in campus.entries() if campus.kind == "a mapping" else ():
        if key.scalar == OVERRIDES:
            reader.read_overrides(places)
    return reader


def _files(paths: Sequence[Path], mistakes: list[Mistake]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        found = [file for file in found if not file.name.endswith(_TEST_SUFFIX)]
        if path.is_dir() and not found:
            mistakes.append(Mistake(str(path), 1, 1, "", "there are no rules (*.yaml) in this folder"))
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file
