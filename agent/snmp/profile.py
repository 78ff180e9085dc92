"""What a kind of device says and under which OID: the data a profile is made of, checked and ready to use.

`load.py` makes it from our YAML, `foreign.py` from that of Kentik and Datadog. The tables of a device are read
into rows, a dictionary from column name to value; every `Rule` makes at most one reading of a row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent.snmp.expression import Expression
from agent.snmp.instance import Template
from agent.snmp.plausible import NOT_THERE

GENERIC: Final = "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table, or a scalar: where it is read and how."""

    name: str
    oid: str
    # 32 or 64: a counter, whose rate per second is what rules see.
    counter_bits: int = 0
    # Names that hardly change are read with the rows, not with each poll.
    is_static: bool = False
    # Not read where this other column has values (32-bit counters beside 64-bit ones).
    instead_of: str = ""
    # Device's number or text -> our word, for names.
    enum: Mapping[str, str] | None = None
    extract: re.Pattern[str] | None = None
    # A column of another table: which parts of the row's index, from 1, are the index there ...
    index: tuple[int, ...] = ()
    # ... or which column holds it.
    by: str = ""
    # Not a column at all: one value for every row.
    is_scalar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a row becomes a reading."""

    metric: str
    value: Expression
    instance: Template
    unit: str = ""
    when: Expression | None = None
    # The columns that the two speak of.
    needs: frozenset[str] = frozenset()
    scale: float = 1.0
    # Device's number or text (lower case) -> value of the metric, None for "no reading".
    enum: Mapping[str, int | None] | None = None
    absent: frozenset[float] = NOT_THERE
    low: float | None = None
    high: float | None = None
    # Over all rows and without instance, beside or instead of each row: mean, max, min, sum; "" for none.
    aggregate: str = ""
    only_aggregate: bool = False
    # A single row needs no instance: it is the device's.
    single_is_bare: bool = False
    # Where each row says itself which metric it is, in which unit, and of which device behind this one.
    metric_of: Template | None = None
    unit_of: Template | None = None
    device_of: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Columns that are read together: a table, or scalars (`table` is empty)."""

    name: str
    table: str = ""
    columns: tuple[Column, ...] = ()
    rules: tuple[Rule, ...] = ()
    # Rows for which this does not hold when they are found are left out.
    where: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact about the device (its model, serial number, firmware, name) can be found."""

    oid: str = ""
    # The first row of a table's column, where its index isn't known.
    is_column: bool = False
    text: str = ""
    pattern: re.Pattern[str] | None = None
    enum: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The table of the devices behind a device: `columns` by what they say; `here` is the state of one that answers."""

    # A value that moves when rows come, go or are described anew.
    changes: str
    # What a notification carries with which the device says that it goes: os, service or sleep.
    goodbye: str
    columns: Mapping[str, str]
    here: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """When a profile fits: by the longest sysObjectID, then by how much more of it holds."""

    profile: str
    pattern: str
    sys_descr: re.Pattern[str] | None = None
    present: str = ""
    vendor: str = ""
    role: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of device."""

    id: str
    vendor: str = ""
    role: str = ""
    groups: tuple[Group, ...] = ()
    facts: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    behind: Behind | None = None
    # What is asked to know who stands at its ports: OIDs by what they say.
    neighbours: Mapping[str, str] = field(default_factory=dict)
