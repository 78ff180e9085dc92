"""Where the agent of this computer keeps its files, when nobody says. Out: paths, by system and rights."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def default_config_file(environment: Mapping[str, str] | None = None) -> Path:
    """Return where agent.toml is."""
    environment = os.environ if environment is None else environment
    if sys.platform == "win32":
        return _program_data(environment) / "agent.toml"
    if os.geteuid() == 0:
        return Path("/etc/roomtone/agent.toml")
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "roomtone" / "agent.toml"


def default_data_dir(environment: Mapping[str, str] | None = None) -> Path:
    """Return where the agent keeps its outbox. A service manager may say so (`STATE_DIRECTORY`, systemd.exec(5))."""
    environment = os.environ if environment is None else environment
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    if sys.platform == "win32":
        return _program_data(environment) / "agent"
    if os.geteuid() == 0:
        return Path("/var/lib/roomtone-agent")
    return Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "roomtone-agent"


def _program_data(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("PROGRAMDATA", "C:/ProgramData")) / "roomtone"
