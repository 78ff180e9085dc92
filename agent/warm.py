"""Makes the byte code of all that an agent.toml asks for, in a process that ends. In: its path.

An agent that compiles keeps the compiler's memory: `python -OO -m agent.warm FILE` goes before it.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from agent.config import load_config
from agent.probes.registry import configured

# Where it begins, and what it loads when something comes up: a name to be looked up, a trace to be printed.
_LOADED: Final = (
    "agent.logind",
    "agent.signature",
    "agent.start",
    "agent.steward",
    "encodings.ascii",
    "encodings.idna",
    "encodings.utf_8_sig",
    "jeepney.io.blocking",
    "jeepney.wrappers",
    "roomtone",
    "stringprep",
    "traceback",
)
_LOADED_FOR_TLS: Final = ("calendar", "hashlib", "http.client", "ssl", "urllib.request", "uuid")


def main(words: Sequence[str]) -> int:
    """Import what an agent of this configuration imports."""
    config = load_config(Path(words[0]))
    for name in (*_LOADED, *(_LOADED_FOR_TLS if config.broker.tls or config.broker.path else ())):
        with suppress(ImportError):
            import_module(name)
    configured(config)
    if config.responder is not None:
        import_module("agent.uplink.snmp")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
