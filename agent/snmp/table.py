"""One group of a profile on one device. In: its rows, found once in a while. Out: readings, at each poll.

Which rows there are, and their names, is asked for when the device is met, and again every ten minutes or so;
in between only the cells that move are fetched, together with those of all other groups.
"""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from agent.reading import Reading
from agent.snmp.engine import Value
from agent.snmp.errors import SnmpError
from agent.snmp.expression import number_in
from agent.snmp.instance import Template, text_of
from agent.snmp.plausible import is_plausible
from agent.snmp.profile import Column, Group, Rule
from agent.snmp.rate import Rates
from agent.snmp.session import Session
from wire.catalogue import CATALOGUE
from wire.payload import Datatype

FIND_EVERY_S: Final = 600.0
# After a table that made the device fall silent.
TRY_AGAIN_S: Final = 120.0
# A table that isn't there will hardly come.
LOOK_AGAIN_S: Final = 3600.0
# With fewer rows than this, names in another table are fetched cell by cell.
FEW_ROWS: Final = 12
_WHOLE: Final = frozenset(
    metric for metric, entry in CATALOGUE.items() if entry.datatype in (Datatype.INT32, Datatype.INT64)
)

Row = dict[str, Any]
Columns = dict[str, dict[str, Value]]


class GroupReader:
    """Reads one group of one device; `columns` is a cache of walked columns that groups share."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.next_find_s = 0.0
        # OIDs to fetch at each poll -> (row, column).
        self.cells: dict[str, tuple[str, Column]] = {}
        self._statics: dict[str, Row] = {}
        self._names: list[dict[str, str]] = []
        self._rates = Rates()

    def find(self, session: Session, walked: Columns, now_s: float) -> dict[str, Value]:
        """Find the rows, and return the values of their cells met on the way.

        Raises:
            SnmpError: the device does not answer; the rows known so far stay, and it is tried again later.
        """
        known = self.cells, self._statics, self._names
        self.cells = {}
        try:
            found = self._find_table(session, walked) if self.group.table else self._find_scalars(session)
        except SnmpError:
            self.cells, self._statics, self._names = known
            self.next_find_s = now_s + TRY_AGAIN_S
            raise
        self._names = [self._name_rows(rule) for rule in self.group.rules]
        every = FIND_EVERY_S if self.cells else LOOK_AGAIN_S
        # Spread, or all tables of all devices would be walked in one poll.
        spread = zlib.crc32(self.group.name.encode()) % 256 / 256
        self.next_find_s = now_s + every * (0.8 + 0.4 * spread)
        return found

    def _find_scalars(self, session: Session) -> dict[str, Value]:
        values = session.get([column.oid for column in self.group.columns])
        self._statics = {"": {}}
        for column in self.group.columns:
            if column.oid in values and not self._is_replaced(column, values):
                if column.is_static:
                    self._statics[""][column.name] = _static(column, values[column.oid])
                else:
                    self.cells[column.oid] = ("", column)
        return {oid: value for oid, value in values.items() if oid in self.cells}

    def _is_replaced(self, column: Column, values: Mapping[str, Value]) -> bool:
        return any(other.name == column.instead_of and other.oid in values for other in self.group.columns)

    def _find_table(self, session: Session, walked: Columns) -> dict[str, Value]:
        self._statics = {}
        found: dict[str, Value] = {}
        if not session.exists(self.group.table):
            return found
        filled: dict[str, dict[str, Value]] = {}
        own = [c for c in self.group.columns if not (c.index or c.by or c.is_scalar)]
        for column in own:
            if not column.is_static and not filled.get(column.instead_of):
                filled[column.name] = _walked(session, walked, column.oid)
        has_live = any(not column.is_static for column in self.group.columns)
        for column in own:
            if column.is_static and (not has_live or any(filled.values())):
                filled[column.name] = _walked(session, walked, column.oid)
        live = [name for name, rows in filled.items() if rows and not self._column(name).is_static]
        for index in dict.fromkeys(index for name in live or filled for index in filled[name]):
            self._statics[index] = _index_parts(index)
        for name, rows in filled.items():
            column = self._column(name)
            for index, value in rows.items():
                if index not in self._statics:
                    continue
                if column.is_static:
                    self._statics[index][name] = _static(column, value)
                else:
                    oid = f"{column.oid}.{index}"
                    self.cells[oid] = (index, column)
                    found[oid] = value
        for column in self.group.columns:
            if column.index or column.by or column.is_scalar:
                self._join(session, walked, column, filled)
        self._leave_out(found)
        return {oid: value for oid, value in found.items() if oid in self.cells}

    def _leave_out(self, found: Mapping[str, Value]) -> None:
        """Drop the rows that the profile does not want."""
        if self.group.where is None:
            return
        rows = {index: dict(row) for index, row in self._statics.items()}
        for oid, (index, column) in self.cells.items():
            rows[index][column.name] = found.get(oid)
        unwanted = {index for index, row in rows.items() if not self.group.where(row)}
        self.cells = {oid: cell for oid, cell in self.cells.items() if cell[0] not in unwanted}
        self._statics = {index: row for index, row in self._statics.items() if index not in unwanted}

    def _column(self, name: str) -> Column:
        return next(column for column in self.group.columns if column.name == name)

    def _join(self, session: Session, walked: Columns, column: Column, filled: Columns) -> None:
        """Add a column of another table, or a scalar, to the rows."""
        if column.is_scalar:
            value = session.get([column.oid]).get(column.oid)
            for row in self._statics.values():
                row[column.name] = None if value is None else _static(column, value)
            return
        keys: dict[str, str] = {}
        for index, row in self._statics.items():
            if column.by:
                key = text_of(row.get(column.by, filled.get(column.by, {}).get(index)))
            else:
                parts = index.split(".")
                key = ".".join(parts[p - 1 if p > 0 else p] for p in column.index if abs(p) <= len(parts))
            if key:
                keys[index] = key
        wanted = sorted(set(keys.values()))
        if column.oid in walked or len(wanted) >= FEW_ROWS:
            other = _walked(session, walked, column.oid)
        else:
            skip = len(column.oid) + 1
            asked = [f"{column.oid}.{key}" for key in wanted]
            other = {oid[skip:]: value for oid, value in session.get(asked).items()} if asked else {}
        for index, key in keys.items():
            if key in other:
                if column.is_static:
                    self._statics[index][column.name] = _static(column, other[key])
                else:
                    self._statics[index].pop(column.name, None)
                    self.cells.setdefault(f"{column.oid}.{key}", (index, column))

    def _name_rows(self, rule: Rule) -> dict[str, str]:
        """Return the instance of each row; of rows that would share one, all but the first have their index in it."""
        names = {index: rule.instance.fill(row) for index, row in self._statics.items()}
        if "{" in rule.instance.text:
            taken: set[tuple[str, str, str]] = set()
            for index, name in list(names.items()):
                row = self._statics[index]
                whole = (_filled(rule.device_of, row), _metric(rule, row), name)
                if whole in taken:
                    names[index] = f"{name} #{index}".strip()
                taken.add(whole)
        return names

    def read(self, values: Mapping[str, Value], at_s: float) -> Iterator[Reading]:
        """Yield what the cells of a poll say."""
        rows: dict[str, Row] = {}
        for oid, (index, column) in self.cells.items():
            value: Any = values.get(oid)
            if value is None:
                continue
            if column.extract is not None:
                value = _static(column, value)
            if column.counter_bits:
                number = number_in(value)
                value = None if number is None else self._rates.rate(oid, int(number), column.counter_bits, at_s)
            row = rows.get(index)
            if row is None:
                row = rows[index] = dict(self._statics[index])
            row[column.name] = value
        if not self.cells:
            return
        for rule, names in zip(self.group.rules, self._names, strict=True):
            yield from _readings(rule, rows, names)

    def told(self, values: Mapping[str, Value]) -> Iterator[Reading]:
        """Yield what values that the device told between polls say, of rules that need no other value of their row."""
        moving: dict[str, set[str]] = {
            index: set() for oid in values if oid in self.cells for index in [self.cells[oid][0]]
        }
        if not moving:
            return
        rows: dict[str, Row] = {index: {} for index in moving}
        for oid, (index, column) in self.cells.items():
            if index in moving:
                moving[index].add(column.name)
                if oid in values and not column.counter_bits:
                    rows[index][column.name] = values[oid] if column.extract is None else _static(column, values[oid])
        for rule, names in zip(self.group.rules, self._names, strict=True):
            if rule.aggregate or rule.single_is_bare:
                continue
            known = {
                index: self._statics[index] | row
                for index, row in rows.items()
                if (needed := rule.needs & moving[index]) and needed <= row.keys()
            }
            yield from _readings(rule, known, names)

    def forget_rates(self) -> None:
        """Start counters anew, and look for the rows at the next poll."""
        self._rates.forget()
        self.next_find_s = 0.0


def _readings(rule: Rule, rows: Mapping[str, Row], names: Mapping[str, str]) -> Iterator[Reading]:
    taken: dict[str, float] = {}
    for index, row in rows.items():
        if rule.when is None or rule.when(row):
            value = value_of(rule, row)
            if value is not None:
                taken[index] = value
    if not rule.only_aggregate:
        bare = rule.single_is_bare and len(taken) == 1
        for index, value in taken.items():
            row = rows[index]
            unit = _filled(rule.unit_of, row) if rule.unit_of else rule.unit
            instance = "" if bare else names[index]
            yield Reading(_metric(rule, row), value, instance, _filled(rule.device_of, row), unit)
    if rule.aggregate and taken:
        yield Reading(rule.metric, _aggregate(rule.aggregate, list(taken.values())), unit=rule.unit)


def value_of(rule: Rule, row: Row) -> float | int | None:
    """Return what a rule makes of a row, None where it makes nothing."""
    raw = rule.value(row)
    if raw is None:
        return None
    if rule.enum is not None:
        return rule.enum.get(text_of(raw).lower(), rule.enum.get("default"))
    number = number_in(raw)
    if number is None or number in rule.absent:
        return None
    value = number * rule.scale if rule.scale != 1.0 else number
    if (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high):
        return None
    metric = _metric(rule, row)
    if not is_plausible(metric, value):
        return None
    return int(value) if metric in _WHOLE else round(float(value), 9)


def _metric(rule: Rule, row: Row) -> str:
    return rule.metric_of.fill(row) if rule.metric_of else rule.metric


def _filled(template: Template | None, row: Row) -> str:
    return template.fill(row) if template else ""


def _aggregate(how: str, values: list[float]) -> float:
    if how == "max":
        return max(values)
    if how == "min":
        return min(values)
    return sum(values) / len(values) if how == "mean" else sum(values)


def _walked(session: Session, walked: Columns, oid: str) -> dict[str, Value]:
    if oid not in walked:
        walked[oid] = session.column(oid)
    return walked[oid]


def _static(column: Column, value: Value) -> Any:
    text = text_of(value)
    if column.extract is not None:
        found = column.extract.search(text)
        if found is not None:
            text = next((part for part in found.groups() if part), "") if found.groups() else found[0]
            return text.strip()
    if column.enum is not None:
        return column.enum.get(text, text)
    return value if isinstance(value, (int, float)) else text


def _index_parts(index: str) -> Row:
    row: Row = {"index": index}
    for position, part in enumerate(index.split(".")[:12], 1):
        row[f"index{position}"] = int(part) if part.isdigit() else part
    return row
