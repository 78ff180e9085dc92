"""Runs an agent, and another one each time its configuration changes. In: agent.toml. Out: nothing, until stopped."""

import logging
from pathlib import Path
from typing import Final

from agent.errors import ConfigError
from agent.loop import Agent
from agent.managed import Managed
from agent.own_files import OwnFiles

# What systemd and Windows grant before they put the computer to sleep.
GOODBYE_S: Final = 2.0

log = logging.getLogger("agent")


class Steward:
    """The agent of one agent.toml, whatever it is configured to be."""

    def __init__(self, file: Path) -> None:
        """Read the configuration.

        Raises:
            ConfigError: the file has mistakes.
        """
        self._file = file
        self._own = OwnFiles(file)
        self._managed = Managed(file)
        self._agent: Agent | None = None
        self._reason: str | None = None
        self._is_going_down = False

    def stop(self, reason: str = "") -> None:
        """End `run` soon, for a reason (`os`, `service`) where it is known. May be called from a signal handler."""
        self._reason = reason or ("os" if self._is_going_down else "")
        if self._agent is not None:
            self._agent.stop(self._reason)

    def going_down(self, is_so: bool) -> None:
        """The computer shuts down, or does not after all; the end of the agent comes separately."""
        self._is_going_down = is_so

    def asleep(self, within_s: float = GOODBYE_S) -> bool:
        """Tell the host that the computer sleeps; return whether that was done in time. From any thread but `run`'s."""
        return self._agent is not None and self._agent.sleep.begin(within_s)

    def awake(self) -> None:
        """Report again: the computer is awake. From any thread."""
        if self._agent is not None:
            self._agent.sleep.end()

    def run(self) -> None:
        """Read and report until stopped.

        Raises:
            OutboxError: another agent uses the same data_dir, or a newer version wrote it.
        """
        while not self._is_stopping():
            config = self._managed.begin()
            try:
                self._agent = Agent(config, managed=self._managed, own=self._own)
                if not self._is_stopping():
                    self._agent.run()
                if self._agent.is_renewed:
                    self._read_again()
            except Exception as error:
                if not self._managed.is_trial:
                    raise
                log.exception("the agent fails with the configuration that it tries")
                self._managed.roll_back(f"the agent failed with it: {type(error).__name__}: {error}")

    def _read_again(self) -> None:
        self._own = OwnFiles(self._file)
        try:
            self._managed = Managed(self._file)
        except ConfigError as error:  # it was changed once more, in this very moment
            log.error("%s", error)

    def _is_stopping(self) -> bool:
        return self._reason is not None
