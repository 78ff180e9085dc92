"""The agent under launchd. In: where agent.toml is. Out: a property list, and the steps that install it.

Source: launchd.plist(5). macOS cannot tell the agent why it ends, so a shutdown of the computer is told as `service`.
"""

import plistlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.service.plan import Remove, Run, Step, Write

LABEL: Final = "org.roomtone.agent"
PLIST: Final = Path("/Library/LaunchDaemons") / f"{LABEL}.plist"
LOG: Final = Path("/Library/Logs/roomtone-agent.log")


def plist(config: Path, *, python: str = sys.executable, user: str = "", memory_mb: int = 256) -> str:
    """Return the property list; `user` is whom it runs as, root where nobody is named."""
    said: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": [python, "-P", "-OO", "-m", "roomtone", "agent", "run", "--config", str(config)],
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": 5,
        "ExitTimeOut": 15,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 5,
        "Umask": 0o077,
        "HardResourceLimits": {"ResidentSetSize": memory_mb << 20},
        "StandardErrorPath": str(LOG),
    }
    if user:
        said["UserName"] = user
    return plistlib.dumps(said).decode("utf-8")


def install(config: Path, *, python: str = sys.executable, user: str = "", memory_mb: int = 256) -> Sequence[Step]:
    """Return what installs and starts the agent."""
    return [
        Run(["launchctl", "bootout", f"system/{LABEL}"], may_fail=True),
        Write(PLIST, plist(config, python=python, user=user, memory_mb=memory_mb)),
        Run(["launchctl", "bootstrap", "system", str(PLIST)]),
    ]


def uninstall() -> Sequence[Step]:
    """Return what stops and removes the agent."""
    return [Run(["launchctl", "bootout", f"system/{LABEL}"], may_fail=True), Remove(PLIST)]
