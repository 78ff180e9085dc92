"""Which SNMPv3 engine was met where, over restarts. In: what a poll learnt. Out: a file, and who had an engine id.

A device that answers with another engine than before was replaced or reset; a trap names its sender by its engine.
"""

import json
import logging
import threading
from pathlib import Path

log = logging.getLogger("agent.snmp")


class KnownEngines:
    """Engine ids by the device's id; without a file they are forgotten at the end. Calls may come from any thread."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._engines = _read(file) if file is not None else {}

    def engine_of(self, device: str) -> bytes:
        """Return the engine id of a device, empty where it was never met."""
        return self._engines.get(device, b"")

    def device_of(self, engine_id: bytes) -> str:
        """Return the device with this engine id, empty where none has it or several do (a cloned configuration)."""
        with self._lock:
            found = [device for device, known in self._engines.items() if known == engine_id]
        return found[0] if len(found) == 1 else ""

    def learn(self, device: str, engine_id: bytes) -> None:
        """Note the engine that a device has."""
        with self._lock:
            if self._engines.get(device) == engine_id:
                return
            self._engines[device] = engine_id
            if self._file is not None:
                _write(self._file, self._engines)


def _read(file: Path) -> dict[str, bytes]:
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        return {str(device): bytes.fromhex(engine) for device, engine in given.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(file: Path, engines: dict[str, bytes]) -> None:
    beside = file.with_name(file.name + ".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_text(json.dumps({device: known.hex() for device, known in engines.items()}), encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        log.debug("%s cannot be written: %s", file, error)
