"""Why does the agent end? Out: `os` when the computer goes down, else `service`."""

import subprocess
import sys
from typing import Final

_ASK_S: Final = 1.0


def shutdown_reason() -> str:
    """Return `os` when systemd says that the computer is going down, else `service`."""
    if sys.platform != "linux":
        return "service"
    try:
        asked = subprocess.run(
            ["systemctl", "is-system-running"], capture_output=True, text=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "service"
    return "os" if asked.stdout.strip() == "stopping" else "service"
