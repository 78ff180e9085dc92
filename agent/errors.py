"""What can go wrong in the agent.

AgentError
├── ConfigError      agent.toml, or a file it names, cannot be used; holds every mistake
├── ProbeError       a probe, or the device behind it, gave no answer
│   └── DeviceLeft   the device said that it goes
├── OutboxError      the outbox on disk cannot be used
│   └── OutboxInUse  another agent has it
└── UplinkError      the broker cannot be reached, or refuses us
"""

from collections.abc import Iterable
from dataclasses import dataclass


class AgentError(Exception):
    """Anything that the agent can tell a person about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in a file. Lines and columns start at 1; 0 says that the place is not known."""

    file: str
    line: int = 0
    column: int = 0
    where: str = ""
    what: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


class ConfigError(AgentError):
    """A configuration cannot be used; `mistakes` are all of them."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ProbeError(AgentError):
    """A probe, or the device behind it, gave no answer."""


class DeviceLeft(ProbeError):
    """The device said that it goes; `told` is why: os, service or sleep."""

    def __init__(self, told: str) -> None:
        self.told = told
        super().__init__(f"said that it goes ({told})")


class OutboxError(AgentError):
    """The outbox on disk cannot be used."""


class OutboxInUse(OutboxError):
    """Another agent has the outbox."""


class UplinkError(AgentError):
    """The broker cannot be reached, or refuses us."""
