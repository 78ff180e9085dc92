"""Installs the agent as a service of this computer's system, and removes it. In: options. Out: done, or printed."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.config import load_config
from agent.places import default_data_dir
from agent.service import launchd, systemd, windows
from agent.service.plan import InstallError, Run, Say, Step, carry_out

MEMORY_MB = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants. `platform` is `sys.platform`'s word, `python` the program that is to run."""

    config: Path
    dry_run: bool = False
    memory_mb: int = MEMORY_MB
    platform: str = sys.platform
    python: str = sys.executable


def install(wish: Wish, say: Say) -> None:
    """Install and start the agent of an agent.toml.

    Raises:
        ConfigError: the configuration has mistakes.
        InstallError: something is missing, or the system says no.
    """
    if not wish.config.exists() and not wish.dry_run:
        raise InstallError(
            f"{wish.config} is not there: make this computer an agent first, with "
            "`roomtone agent enrol URL --code CODE`"
        )
    if not wish.dry_run:
        load_config(wish.config)
    if wish.platform == "win32":
        _install_on_windows(wish, say)
        return
    if not wish.dry_run and wish.platform == sys.platform:
        _require_root()
        systemd.require_reachable(Path(wish.python))
    carry_out(_steps(wish), say, dry_run=wish.dry_run)
    if not wish.dry_run:
        say("good     the agent is installed and runs")


def uninstall(wish: Wish, say: Say, *, purge: bool = False) -> None:
    """Stop and remove the agent. Its configuration stays; what it keeps goes with `purge`.

    Raises:
        InstallError: the system says no.
    """
    if wish.platform == "win32":
        win32 = None if wish.dry_run else windows.Win32.load()
        carry_out(windows.rights_given_back(wish.config.parent), say, dry_run=wish.dry_run)
        say(f"remove   the service {windows.NAME}")
        if win32 is not None:
            windows.uninstall(win32)
        if purge:
            carry_out(windows.leavings(wish.config, default_data_dir()), say, dry_run=wish.dry_run)
    else:
        if not wish.dry_run:
            _require_root()
        system = systemd if wish.platform == "linux" else launchd
        carry_out(system.uninstall(wish.config, purge=purge), say, dry_run=wish.dry_run)
    if not wish.dry_run:
        say(f"good     the agent is removed; {wish.config} stays")


def _steps(wish: Wish) -> Sequence[Step]:
    if wish.platform == "linux":
        return systemd.install(wish.config, python=wish.python, memory_mb=wish.memory_mb)
    if wish.platform == "darwin":
        return launchd.install(wish.config, python=wish.python, memory_mb=wish.memory_mb)
    raise InstallError(f"there is no service for {wish.platform}; have its service manager run `roomtone agent run`")


def _install_on_windows(wish: Wish, say: Say) -> None:
    # Byte code of -OO, so that the agent does not keep the compiler's memory.
    warm = Run([wish.python, "-P", "-OO", "-m", "agent.warm", str(wish.config)], may_fail=True)
    steps = [*windows.rights(wish.config.parent), warm]
    if wish.dry_run:
        line = windows.command_line(wish.config, python=wish.python, memory_mb=wish.memory_mb)
        say(f"service  {windows.NAME} as {windows.ACCOUNT}: {line}")
        carry_out(steps, say, dry_run=True)
        return
    win32 = windows.Win32.load()
    windows.install(win32, wish.config, python=wish.python, memory_mb=wish.memory_mb)
    # Its account comes to be with the service.
    carry_out(steps, say, dry_run=False)
    windows.start(win32)
    say("good     the agent is installed and runs")


def _require_root() -> None:
    if os.geteuid() != 0:
        raise InstallError("installing a service is root's to do: run this with sudo, or look at it with --dry-run")
