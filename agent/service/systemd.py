"""The agent under systemd. In: where agent.toml is. Out: a hardened unit, its user, and the steps that install it.

Source of the settings: systemd.exec(5), systemd.service(5), systemd.resource-control(5).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.service.files import files_of
from agent.service.plan import InstallError, Remove, RemoveFolder, Run, Step, Write

NAME: Final = "roomtone-agent"
UNIT: Final = Path("/etc/systemd/system") / f"{NAME}.service"
USERS: Final = Path("/etc/sysusers.d") / f"{NAME}.conf"
STATE: Final = Path("/var/lib") / NAME
CACHE: Final = Path("/var/cache") / NAME

_UNIT: Final = """\
# Written by `roomtone agent install`; changes belong into `systemctl edit {name}`.
[Unit]
Description=Roomtone agent: reports the health of this recording classroom
Wants=network-online.target
After=network-online.target dbus.service
StartLimitIntervalSec=0

[Service]
Type=exec
User={name}
Group={name}
# Byte code of -OO is made here by a process that ends, so that the agent does not keep the compiler's memory.
CacheDirectory={name}
Environment=PYTHONPYCACHEPREFIX=/var/cache/{name}/pycache MALLOC_ARENA_MAX=2
ExecStartPre=-{python} -P -OO -m agent.warm {config}
ExecStart={python} -P -OO -m roomtone agent run --config {config}
StateDirectory={name}
StateDirectoryMode=0700
Restart=always
RestartSec=5
TimeoutStopSec=15
KillMode=mixed

# Recording comes first.
Nice=5
CPUWeight=20
IOWeight=20
MemoryHigh={memory_high}M
MemoryMax={memory_max}M
TasksMax=64
# A sampler that is too big is killed alone.
OOMPolicy=continue

# It reads the system and writes to its own state alone.
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
UMask=0077
NoNewPrivileges=yes
# ICMP echo; nothing else of root's.
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Neither ProtectClock nor PrivateDevices, which hide capture cards, nor ProtectProc, which hides the recorder.

[Install]
WantedBy=multi-user.target
"""


def unit(config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> str:
    """Return the text of the unit; `memory_mb` is the hard limit, samplers of recordings included."""
    return _UNIT.format(
        name=NAME,
        python=_quoted(python),
        config=_quoted(str(config)),
        memory_high=memory_mb * 3 // 4,
        memory_max=memory_mb,
    )


def install(config: Path, *, python: str = sys.executable, memory_mb: int = 256) -> Sequence[Step]:
    """Return what installs and starts the agent."""
    files = [str(file) for file in files_of(config)]
    return [
        Write(USERS, f'u {NAME} - "Roomtone agent" {STATE}\n'),
        Run(["systemd-sysusers", str(USERS)]),
        # Its password is the group's to read, and nobody else's.
        Run(["chgrp", NAME, str(config.parent), *files]),
        Run(["chmod", "g+r", *files]),
        Run(["chmod", "g+rx", str(config.parent)]),
        Write(UNIT, unit(config, python=python, memory_mb=memory_mb)),
        Run(["systemctl", "daemon-reload"]),
        Run(["systemctl", "enable", UNIT.name]),
        Run(["systemctl", "restart", UNIT.name]),
    ]


def uninstall(config: Path, *, purge: bool = False) -> Sequence[Step]:
    """Return what stops and removes the agent; `purge`: also what it keeps, and its user."""
    steps: list[Step] = [
        Run(["systemctl", "disable", "--now", UNIT.name], may_fail=True),
        Remove(UNIT),
        Remove(USERS),
        Run(["systemctl", "daemon-reload"]),
        RemoveFolder(CACHE),
    ]
    if purge:
        owned = [str(config.parent), *(str(file) for file in files_of(config))]
        steps += [
            RemoveFolder(STATE),
            Run(["chgrp", "root", *owned], may_fail=True),
            Run(["userdel", NAME], may_fail=True),
        ]
    return steps


def require_reachable(program: Path) -> None:
    """Refuse a Python that the service's user could not run.

    Raises:
        InstallError: a folder above it is closed to others.
    """
    for folder in (*program.parents, *program.resolve().parents):
        if folder.is_dir() and not folder.stat().st_mode & 0o001:
            raise InstallError(
                f"{program} is in {folder}, which other users cannot enter, and the agent runs as one. Install "
                "Roomtone where all may read it, such as /opt/roomtone, and run this from there"
            )


def _quoted(text: str) -> str:
    """Return a word of a command line in a unit."""
    plain = text.replace("%", "%%").replace("$", "$$")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"' if " " in plain or '"' in plain else plain
