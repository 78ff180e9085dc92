"""Runs an agent, and another one each time its configuration changes. In: agent.toml. Out: nothing, until stopped."""

import logging
from pathlib import Path

from agent.loop import Agent
from agent.managed import Managed

log = logging.getLogger("agent")


class Steward:
    """The agent of one agent.toml, whatever it is configured to be."""

    def __init__(self, file: Path) -> None:
        """Read the configuration.

        Raises:
            ConfigError: the file has mistakes.
        """
        self._managed = Managed(file)
        self._agent: Agent | None = None
        self._reason: str | None = None

    def stop(self, reason: str = "") -> None:
        """End `run` soon, for a reason (`os`, `service`) where it is known. May be called from a signal handler."""
        self._reason = reason
        if self._agent is not None:
            self._agent.stop(reason)

    def run(self) -> None:
        """Read and report until stopped.

        Raises:
            OutboxError: another agent uses the same data_dir, or a newer version wrote it.
        """
        while not self._is_stopping():
            config = self._managed.begin()
            try:
                self._agent = Agent(config, managed=self._managed)
                if not self._is_stopping():
                    self._agent.run()
            except Exception as error:
                if not self._managed.is_trial:
                    raise
                log.exception("the agent fails with the configuration that it tries")
                self._managed.roll_back(f"the agent failed with it: {type(error).__name__}: {error}")

    def _is_stopping(self) -> bool:
        return self._reason is not None
