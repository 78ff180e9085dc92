"""Print the API's OpenAPI document: `python -m collector.api.openapi > dashboards/openapi.json`."""

import json
import sys

from collector.api.spec import build


def document() -> str:
    """Return the document as the file holds it."""
    return json.dumps(build().openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
