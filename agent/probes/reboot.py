"""Does this computer wait for a restart, and had it been shut down before the last one? Out: `system.reboot.*`.

While the agent runs it keeps a mark on disk that names the boot. A mark of an earlier boot that was never taken back
says that the computer went down under the agent: a power cut, a crash, or the button.
"""

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import psutil

from agent.probe_tables import RebootTable
from agent.reading import Reading

log = logging.getLogger("agent.probes")

# Debian and Ubuntu; SUSE.
_FILES: Final = (Path("/run/reboot-required"), Path("/var/run/reboot-required"), Path("/run/reboot-needed"))
_KEYS: Final = (
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
)
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_MARK: Final = "boot.json"
# A look that ends sooner, as `agent once`, is no agent that runs.
_MARK_AFTER_S: Final = 60.0
_MARK_EVERY_S: Final = 300.0
# A frozen disk brings back old marks at each start, so an old one proves nothing.
_BELIEVED_S: Final = 7 * 86400.0
# Where boots have no id, they are told apart by their time, which moves a little with the clock.
_SAME_BOOT_S: Final = 120.0


class Reboot:
    """Whether a restart is pending, and whether this boot followed one without a shutdown."""

    name = "reboot"
    gives: ClassVar[tuple[str, ...]] = ("system.reboot.pending", "system.reboot.unexpected")
    has_rates = False

    def __init__(self, table: RebootTable, data_dir: Path, *, platform: str = sys.platform) -> None:
        self.interval_s = table.interval_s
        self._file = data_dir / _MARK
        self._platform = platform
        self._first_s = 0.0
        self._marked_s = 0.0
        self._unexpected: bool | None = None
        self._said = False

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return both facts. Nothing is claimed of a boot that nobody watched."""
        at_s = now.timestamp()
        if self._unexpected is None:
            self._first_s = at_s
            self._unexpected = self._judge(at_s)
        yield Reading("system.reboot.pending", int(is_pending(self._platform)))
        yield Reading("system.reboot.unexpected", int(self._unexpected))
        # A clock that was put back marks anew, too.
        if abs(at_s - self._first_s) >= _MARK_AFTER_S and abs(at_s - self._marked_s) >= _MARK_EVERY_S:
            self._mark(at_s, ended=False)

    def close(self) -> None:
        """Take the mark back: the agent ends in order."""
        if self._marked_s:
            self._mark(self._marked_s, ended=True)

    def _judge(self, at_s: float) -> bool:
        mark = self._last_mark()
        if mark is None:
            return False
        boot_id, booted_s = _this_boot()
        then_id, then_s = mark.get("boot", ""), mark.get("booted", 0.0)
        is_same = boot_id == then_id if boot_id and then_id else abs(booted_s - then_s) < _SAME_BOOT_S
        if is_same:
            return mark.get("unexpected") is True
        was_running = mark.get("ended") is False and 0 <= at_s - mark.get("alive", 0.0) <= _BELIEVED_S
        if was_running:
            log.warning("this computer went down without a shutdown, and has come up again")
        return was_running

    def _last_mark(self) -> dict[str, Any] | None:
        try:
            mark = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        numbers = (mark.get("booted"), mark.get("alive")) if isinstance(mark, dict) else (None,)
        return mark if all(isinstance(number, (int, float)) for number in numbers) else None

    def _mark(self, at_s: float, *, ended: bool) -> None:
        boot_id, booted_s = _this_boot()
        mark = {
            "boot": boot_id,
            "booted": booted_s,
            "alive": at_s,
            "ended": ended,
            "unexpected": bool(self._unexpected),
        }
        self._marked_s = at_s
        try:
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(mark), "utf-8")
            new.replace(self._file)
        except OSError as error:
            if not self._said:
                self._said = True
                log.warning(
                    "%s cannot be written (%s): unexpected restarts will not be told", self._file, error.strerror
                )


def is_pending(platform: str) -> bool:
    """Return whether the system says that it waits for a restart."""
    if platform != "win32":
        return any(file.exists() for file in _FILES)
    registry: Any = importlib.import_module("winreg")
    for key in _KEYS:
        try:
            registry.CloseKey(registry.OpenKey(registry.HKEY_LOCAL_MACHINE, key))
        except OSError:
            continue
        return True
    return False


def _this_boot() -> tuple[str, float]:
    try:
        boot_id = _BOOT_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        boot_id = ""
    return boot_id, psutil.boot_time()
