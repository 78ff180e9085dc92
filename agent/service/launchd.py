"""The agent under launchd. In: where agent.toml is. Out: a property list, its user, and the steps that install both.

Source: launchd.plist(5), dscl(1). macOS cannot tell the agent why it ends, so a shutdown of the computer is told as
`service`.
"""

import plistlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.service.files import files_of
from agent.service.plan import Remove, RemoveFolder, Run, Step, Write

LABEL: Final = "org.roomtone.agent"
PLIST: Final = Path("/Library/LaunchDaemons") / f"{LABEL}.plist"
LOG: Final = Path("/Library/Logs/roomtone-agent.log")
STATE: Final = Path("/Library/Application Support/roomtone-agent")
USER: Final = "_roomtone"

# Accounts of services have names with an underscore and numbers below 400; macOS gives none out by itself.
MAKE_USER: Final = f"""\
dscl . -read /Users/{USER} UniqueID >/dev/null 2>&1 && exit 0
taken=" $( (dscl . -list /Users UniqueID; dscl . -list /Groups PrimaryGroupID) | awk '{{printf "%s ", $2}}')"
id=300
while case "$taken" in *" $id "*) true ;; *) false ;; esac; do id=$((id + 1)); done
[ "$id" -lt 400 ] || {{ echo "no number below 400 is free for {USER}" >&2; exit 1; }}
set -e
dscl . -create /Groups/{USER}
dscl . -create /Groups/{USER} PrimaryGroupID "$id"
dscl . -create /Users/{USER}
dscl . -create /Users/{USER} UniqueID "$id"
dscl . -create /Users/{USER} PrimaryGroupID "$id"
dscl . -create /Users/{USER} UserShell /usr/bin/false
dscl . -create /Users/{USER} NFSHomeDirectory /var/empty
dscl . -create /Users/{USER} RealName "Roomtone agent"
dscl . -create /Users/{USER} IsHidden 1
"""


def plist(config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> str:
    """Return the property list; the agent runs as `USER`."""
    said: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": [python, "-P", "-OO", "-m", "roomtone", "agent", "run", "--config", str(config)],
        "UserName": USER,
        "GroupName": USER,
        "EnvironmentVariables": {"STATE_DIRECTORY": str(STATE), "PYTHONPYCACHEPREFIX": str(STATE / "pycache")},
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
    return plistlib.dumps(said).decode("utf-8")


def install(config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> Sequence[Step]:
    """Return what installs and starts the agent."""
    files = [str(file) for file in files_of(config)]
    return [
        Run(["launchctl", "bootout", f"system/{LABEL}"], may_fail=True),
        Run(["sh", "-c", MAKE_USER]),
        Run(["mkdir", "-p", str(STATE)]),
        Run(["touch", str(LOG)]),
        Run(["chown", "-R", f"{USER}:{USER}", str(STATE), str(LOG)]),
        Run(["chmod", "700", str(STATE)]),
        # Its password is the group's to read, and nobody else's.
        Run(["chgrp", USER, str(config.parent), *files]),
        Run(["chmod", "g+r", *files]),
        Run(["chmod", "g+rx", str(config.parent)]),
        Write(PLIST, plist(config, python=python, memory_mb=memory_mb)),
        Run(["launchctl", "bootstrap", "system", str(PLIST)]),
    ]


def uninstall(config: Path, *, purge: bool = False) -> Sequence[Step]:
    """Return what stops and removes the agent; `purge`: also what it keeps, and its user."""
    steps: list[Step] = [Run(["launchctl", "bootout", f"system/{LABEL}"], may_fail=True), Remove(PLIST)]
    if purge:
        owned = [str(config.parent), *(str(file) for file in files_of(config))]
        steps += [
            RemoveFolder(STATE),
            Remove(LOG),
            Run(["chgrp", "wheel", *owned], may_fail=True),
            Run(["dscl", ".", "-delete", f"/Users/{USER}"], may_fail=True),
            Run(["dscl", ".", "-delete", f"/Groups/{USER}"], may_fail=True),
        ]
    return steps
