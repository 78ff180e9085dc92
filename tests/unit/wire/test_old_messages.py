"""Messages of every version that was ever released can still be read. Files in tests/wire stay for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from wire.payload import decode, unit_of, value_of
from wire.topics import parse

FOLDER = Path(__file__).resolve().parents[2] / "wire"


def messages() -> list[Any]:
    return [
        pytest.param(message, id=f"{file.stem} {n} {message['topic'].split('/')[2]}")
        for file in sorted(FOLDER.glob("*.json"))
        for n, message in enumerate(json.loads(file.read_text("utf-8")))
    ]


@pytest.mark.parametrize("message", messages())
def test_an_old_message_means_what_it_meant(message: dict[str, Any]) -> None:
    parse(message["topic"])
    payload = decode(bytes.fromhex(message["hex"]))
    assert {
        "at_ms": payload.timestamp,
        "seq": payload.seq if payload.HasField("seq") else None,
        "metrics": [
            {
                "name": m.name,
                "alias": m.alias if m.HasField("alias") else None,
                "at_ms": m.timestamp,
                "datatype": m.datatype if m.HasField("datatype") else None,
                "historical": m.is_historical,
                "value": value_of(m),
                "unit": unit_of(m),
            }
            for m in payload.metrics
        ],
    } == message["means"]
