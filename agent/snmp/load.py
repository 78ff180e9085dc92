"""Our profiles from YAML. In: a document. Out: a `Profile`, or every mistake in it with line and column.

The format is described in agent/profiles/README.md.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.snmp.document import Document, Fields
from agent.snmp.expression import Expression, ExpressionError, parse
from agent.snmp.instance import Template
from agent.snmp.neighbour_tables import COLUMNS, SCALARS
from agent.snmp.plausible import NOT_THERE
from agent.snmp.profile import Behind, Column, Group, Match, Profile, Rule, Source
from wire.catalogue import CATALOGUE, HwState, Role, UpsSource

VERSION: Final = 1
PROPERTIES: Final = ("role", "room", "name", "vendor", "model", "serial", "firmware", "os", "agent_version")
BEHIND: Final = ("id", "state", *PROPERTIES)
FACTS: Final = ("vendor", "model", "serial", "firmware", "name")
ROLES: Final = tuple(Role)
TYPES: Final = ("gauge", "counter32", "counter64")
AGGREGATES: Final = ("mean", "max", "min", "sum")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_WORDS: Final[dict[str, dict[str, int]]] = {
    "hw.status": {state.name.lower(): int(state) for state in HwState},
    "hw.ups.source": {source.name.lower(): int(source) for source in UpsSource},
    "hw.network.up": {"up": 1, "down": 0},
    "hw.network.admin": {"up": 1, "down": 0},
}

Extends = Callable[[str], Profile | None]


def load_matches(document: Document, profile_id: str) -> list[Match]:
    """Return when the profile fits; mistakes are noted in the document."""
    fields = Fields(document, document.value, ())
    return _matches(fields, profile_id)


def load_profile(document: Document, profile_id: str, extends: Extends) -> Profile:
    """Return the profile of a document; `extends` finds another by its id.

    Raises:
        ProfileError: with every mistake in it.
    """
    fields = Fields(document, document.value, ())
    if fields.take("roomtone") != VERSION:
        fields.wrong("roomtone", f"must be {VERSION}, the version of this format")
    _matches(fields, profile_id)
    vendor = fields.text("vendor")
    role = fields.choice("role", ROLES, "")
    fields.text("description")
    groups = [_group(part, number) for number, part in enumerate(fields.each("metrics"))]
    facts = _facts(fields)
    behind, neighbours = _behind(fields), _neighbours(fields)
    for number, name in enumerate(fields.texts("extends")):
        base = extends(name)
        if base is None:
            document.wrong(("extends", number), f"there is no profile {name!r}")
            continue
        groups += [group for group in base.groups if group not in groups]
        neighbours = {**base.neighbours, **neighbours}
        for fact, sources in base.facts.items():
            facts[fact] = (*facts.get(fact, ()), *sources)
    fields.rest()
    document.check()
    return Profile(
        id=profile_id,
        vendor=vendor,
        role=role,
        groups=tuple(groups),
        facts=facts,
        behind=behind,
        neighbours=neighbours,
    )


def _matches(fields: Fields, profile_id: str) -> list[Match]:
    found = []
    for part in fields.each("match"):
        patterns = part.texts("sysObjectID")
        if not patterns:
            part.wrong("sysObjectID", "is missing")
        sys_descr, present = part.pattern("sysDescr"), part.oid("present", needed=False)
        vendor, role, model = part.text("vendor"), part.choice("role", ROLES, ""), part.text("model")
        other = part.text("profile", profile_id)
        part.rest()
        for pattern in patterns:
            if not re.fullmatch(r"(\d+\.)*(\d+|\*)", pattern):
                part.wrong("sysObjectID", f"{pattern!r} is no OID, nor one that ends in .*")
            found.append(
                Match(
                    profile=other,
                    pattern=pattern,
                    sys_descr=sys_descr,
                    present=present,
                    vendor=vendor,
                    role=role,
                    model=model,
                )
            )
    return found


def _facts(fields: Fields) -> dict[str, tuple[Source, ...]]:
    facts: dict[str, tuple[Source, ...]] = {}
    if not fields.has("identity"):
        fields.take("identity")
        return facts
    identity = Fields(fields.document, fields.take("identity"), (*fields.at, "identity"))
    for fact in FACTS:
        sources = []
        for part in identity.each(fact):
            oid, column = part.oid("OID", needed=False), part.oid("column", needed=False)
            text, pattern = part.text("text"), part.pattern("sysDescr") or part.pattern("extract")
            enum = {str(key): str(value) for key, value in part.mapping("enum").items()}
            part.text("name")
            part.rest()
            if not (oid or column or text or pattern):
                part.wrong("OID", "one of OID, column, sysDescr or text is needed")
            sources.append(
                Source(oid=oid or column, is_column=bool(column), text=text, pattern=pattern, enum=enum or None)
            )
        facts[fact] = tuple(sources)
    identity.rest()
    return facts


def _behind(fields: Fields) -> Behind | None:
    if not fields.has("behind"):
        return None
    part = Fields(fields.document, fields.take("behind"), (*fields.at, "behind"))
    base = part.oid("base")
    columns: dict[str, str] = {}
    if part.has("columns"):
        inner = Fields(part.document, part.take("columns"), (*part.at, "columns"))
        columns = {name: oid for name in BEHIND if (oid := inner.oid(name, base, needed=False))}
        inner.rest()
    for needed in ("id", "state"):
        if needed not in columns:
            part.wrong("columns", f"{needed} is missing")
    behind = Behind(
        changes=part.oid("changes"), goodbye=part.oid("goodbye"), columns=columns, here=int(part.number("here", 1))
    )
    part.rest()
    return behind


def _neighbours(fields: Fields) -> dict[str, str]:
    if not fields.has("neighbours"):
        return {}
    part = Fields(fields.document, fields.take("neighbours"), (*fields.at, "neighbours"))
    found = {name: oid for name in (*SCALARS, *COLUMNS) if (oid := part.oid(name, needed=False))}
    part.rest()
    return found


def _group(fields: Fields, number: int) -> Group:
    mib = fields.text("MIB")
    table, base, name = "", fields.oid("base", needed=False), ""
    if isinstance(fields.values.get("table"), dict):
        inner = Fields(fields.document, fields.take("table"), (*fields.at, "table"))
        table, name = inner.oid("OID"), inner.text("name")
        inner.rest()
    else:
        table = fields.oid("table", needed=False)
    base = base or (table + ".1" if table else "")
    columns: list[Column] = []
    symbols = list(fields.each("symbols"))
    for part in fields.each("tags"):
        columns.append(_column(part, base, is_tag=True))
        part.rest()
    columns += [_column(part, base, is_tag=False) for part in symbols if part.has("OID")]
    known: dict[str, Column] = {}
    for column in columns:
        if column.name in known:
            fields.wrong("symbols", f"two columns are called {column.name}")
        known[column.name] = column
    for column in columns:
        for other in (column.instead_of, column.by):
            if other and other not in known:
                fields.wrong("symbols", f"{column.name} speaks of {other!r}, which is no column of this group")
    names = set(known) | {"index", *(f"index{position}" for position in range(1, 13))}
    instance = fields.text("instance")
    when = fields.text("when")
    where, _ = _expression(fields, "where", fields.text("where"), names)
    rules = []
    for part in symbols:
        rule = _rule(part, names, instance, when)
        if rule is not None:
            rules.append(rule)
        part.rest()
    fields.rest()
    title = f"{mib} {name or number}".strip()
    return Group(name=title, table=table, columns=tuple(columns), rules=tuple(rules), where=where)


def _column(fields: Fields, base: str, *, is_tag: bool) -> Column:
    oid = fields.oid("OID", base)
    name = fields.text("name", needed=True)
    if name and not _NAME.fullmatch(name):
        fields.wrong("name", f"{name!r} must be a word of letters, digits and _")
    kind = "gauge" if is_tag else fields.choice("type", TYPES, "gauge")
    positions = fields.take("index")
    index: tuple[int, ...] = ()
    if positions is not None:
        items = positions if isinstance(positions, list) else [positions]
        if not all(isinstance(item, int) and item != 0 for item in items):
            fields.wrong("index", "must be positions in the index, the first is 1, the last is -1")
        else:
            index = tuple(items)
    return Column(
        name=name,
        oid=oid,
        counter_bits=0 if kind == "gauge" else int(kind[-2:]),
        is_static=is_tag or bool(fields.take("static")),
        instead_of=fields.text("instead_of"),
        enum={str(key): str(value) for key, value in fields.mapping("enum").items()} or None if is_tag else None,
        extract=fields.pattern("extract"),
        index=index,
        by=fields.text("by"),
        is_scalar=bool(fields.take("scalar")),
    )


def _rule(fields: Fields, names: set[str], instance: str, when: str) -> Rule | None:
    metric = fields.text("metric")
    if not metric and not fields.has("OID"):
        fields.wrong("metric", "is missing: neither a column nor a reading")
    unit = fields.text("unit")
    templates = [Template(text) if "{" in text else None for text in (metric, unit, fields.text("device"))]
    if metric and metric not in CATALOGUE and not unit:
        fields.wrong("metric", f"{metric!r} is not in the catalogue; a foreign metric needs a unit")
    value, of_value = _expression(fields, "value", fields.text("value", fields.text("name")), names)
    conditions = " and ".join(f"({part})" for part in (when, fields.text("when")) if part)
    condition, of_condition = _expression(fields, "when", conditions, names)
    template = Template(fields.text("instance", instance))
    for name in sorted(template.names.union(*(one.names for one in templates if one)) - names):
        fields.wrong("instance", f"{name!r} is none of {', '.join(sorted(names))}")
    absent, (low, high), enum = _absent(fields), _range(fields), _enum(fields, metric)
    scale, aggregate = fields.number("scale", 1.0), fields.choice("aggregate", AGGREGATES, "")
    single = fields.choice("single", ("bare", "named"), "named")
    if not metric or value is None:
        return None
    return Rule(
        metric=metric,
        value=value,
        instance=template,
        unit=unit,
        when=condition,
        needs=of_value | of_condition,
        scale=scale,
        enum=enum,
        absent=absent,
        low=low,
        high=high,
        aggregate=aggregate,
        only_aggregate=bool(aggregate) and not template.text,
        single_is_bare=single == "bare",
        metric_of=templates[0],
        unit_of=templates[1],
        device_of=templates[2],
    )


def _expression(fields: Fields, key: str, text: str, names: set[str]) -> tuple[Expression | None, frozenset[str]]:
    """Return an expression and the names in it; None where there is none, or a mistake."""
    if not text:
        return None, frozenset()
    try:
        return parse(text, names)
    except ExpressionError as error:
        fields.wrong(key, str(error))
        return None, frozenset()


def _absent(fields: Fields) -> frozenset[float]:
    """Return the raw values that mean "not there": ours and the given ones; [] for none at all."""
    given = fields.take("absent")
    items = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(item, (int, float)) for item in items):
        fields.wrong("absent", "must be numbers")
        return NOT_THERE
    return frozenset() if given == [] else NOT_THERE | frozenset(items)


def _range(fields: Fields) -> tuple[float | None, float | None]:
    given = fields.take("range")
    if given is None:
        return None, None
    if isinstance(given, list) and len(given) == 2 and all(isinstance(end, (int, float, type(None))) for end in given):
        return given[0], given[1]
    fields.wrong("range", "must be [lowest, highest], null for no bound")
    return None, None


def _enum(fields: Fields, metric: str) -> Mapping[str, int | None] | None:
    given: dict[Any, Any] = fields.mapping("enum")
    if not given:
        return None
    words = _WORDS.get(metric, {})
    enum: dict[str, int | None] = {}
    for key, word in given.items():
        if word is None or isinstance(word, (int, float)):
            enum[str(key).lower()] = None if word is None else int(word)
        elif str(word) in words:
            enum[str(key).lower()] = words[str(word)]
        else:
            known = ", ".join(words) or "a number"
            fields.document.wrong((*fields.at, "enum", str(key)), f"{word!r} is none of {known}, null")
    return enum
