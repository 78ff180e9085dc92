"""Makes the byte code of all that an agent.toml asks for, in a process that ends. In: its path.

An agent that compiles keeps the compiler's memory: `python -OO -m agent.warm FILE` goes before it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from agent.config import load_config
from agent.probes.registry import configured


def main(words: Sequence[str]) -> int:
    """Import what an agent of this configuration imports."""
    for name in ("agent.cli", "agent.logind", "agent.steward"):
        import_module(name)
    configured(load_config(Path(words[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
