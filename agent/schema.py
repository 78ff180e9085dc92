"""The JSON Schema of `agent.toml`, for editors, made from the tables that the reader follows.

`python -m agent.schema > docs/schema/agent.json`
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, Final

from agent.setting import Kind, Setting, settings_of
from agent.tables import LISTS, TABLES

_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", Path: "string"}


def agent_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12)."""
    properties = {name: _table(table) for name, table in TABLES.items()}
    properties |= {name: {"type": "array", "items": _table(table)} for name, table in LISTS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "agent.toml of Roomtone",
        "type": "object",
        "additionalProperties": False,
        "required": ["agent"],
        "properties": properties,
    }


def _table(table: type) -> dict[str, Any]:
    fields = settings_of(table)
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(kind, rule, default) for name, (kind, rule, default) in fields.items()},
    }
    required = [name for name, (_, _, default) in fields.items() if default is dataclasses.MISSING]
    return {**schema, "required": required} if required else schema


def _field(kind: Kind, rule: Setting, default: Any) -> dict[str, Any]:
    one: dict[str, Any] = _table(kind.item) if dataclasses.is_dataclass(kind.item) else {"type": _TYPES[kind.item]}
    if rule.minimum is not None:
        one["minimum"] = rule.minimum
    if rule.maximum is not None:
        one["maximum"] = rule.maximum
    if rule.shape is not None:
        one["pattern"] = f"^(?:{rule.shape.pattern.pattern})$"
    if rule.choices:
        one["enum"] = list(rule.choices)
    schema = {"type": "array", "items": one} if kind.many else one
    if default not in (dataclasses.MISSING, None, "", ()):
        schema["default"] = list(default) if isinstance(default, tuple) else default
    return {"description": rule.help, **schema}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(agent_schema(), indent=2, ensure_ascii=False) + "\n")
