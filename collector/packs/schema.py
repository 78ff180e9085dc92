"""JSON Schemas of the files that people write, made from the readers that read them.

`python -m collector.packs.schema docs/schema` writes them; a test holds the files against this.
"""

import json
import sys
from pathlib import Path
from typing import Final

from collector.packs.campus import CAMPUS, campus_definitions
from collector.packs.mapping import MAPPING
from collector.packs.rules import PackReader
from collector.packs.rules_test import tests_schema
from collector.packs.shape import Json

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def campus_schema() -> Json:
    """Return the schema of a campus file."""
    return {"$schema": DIALECT, "title": "Roomtone campus file", **CAMPUS.schema(), "$defs": campus_definitions()}


def mapping_schema() -> Json:
    """Return the schema of a mapping file."""
    return {"$schema": DIALECT, "title": "Roomtone mapping file", **MAPPING.schema()}


def rules_schema() -> Json:
    """Return the schema of a rule pack."""
    reader = PackReader()
    schema = reader.pack.schema()
    return {"$schema": DIALECT, "title": "Roomtone rule pack", **schema, "$defs": reader.definitions()}


def written() -> dict[str, str]:
    """Return the files by name, as they stand in docs/schema."""
    tests = {"$schema": DIALECT, "title": "Roomtone rule tests", **tests_schema(), "$defs": campus_definitions()}
    schemas = {
        "campus.json": campus_schema(),
        "mapping.json": mapping_schema(),
        "rules.json": rules_schema(),
        "rules-test.json": tests,
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def main() -> None:
    folder = Path(sys.argv[1])
    for name, text in written().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
