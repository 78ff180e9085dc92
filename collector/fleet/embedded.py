"""The agents' accounts at the embedded broker: kept in a file of mode 0600, in force within the call."""

import json
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

from collector.broker import Account
from collector.fleet.account import AccountsError, AgentAccount
from collector.fleet.login import lets_in
from collector.now import monotonic_s
from collector.private_file import write_private

log = structlog.get_logger()

FILE: Final = "agents.json"
_IN_FORCE_WITHIN_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.05


class Reloadable(Protocol):
    """The embedded broker, as far as its accounts go."""

    def use_agents(self, accounts: Sequence[Account]) -> None:
        """Let exactly these agents in; those that stay are not disturbed."""
        ...

    def use_foreign(self, filters: Sequence[str]) -> None:
        """Let the account of plain MQTT devices speak on these topics."""
        ...

    def listens_at(self) -> tuple[str, int]:
        """Return host and port of its MQTT listener, as a client on this machine reaches it."""
        ...


class EmbeddedAccounts:
    """Makes and takes away accounts of the embedded broker."""

    def __init__(self, broker: Reloadable, directory: Path, *, host_id: str) -> None:
        """Read the accounts of earlier runs and hand them to the broker."""
        self._broker = broker
        self._file = directory / FILE
        self._host_id = host_id
        self._lock = threading.Lock()
        self._accounts = _load(self._file)
        self._hand_over()

    def grant(self, account: AgentAccount) -> None:
        """Let an agent in, with this password and no other."""
        with self._lock:
            self._change({**self._accounts, account.username: account})
        self._wait(lambda: self._knows(account), f"the account of {account.username} is not in force")

    def revoke(self, usernames: Collection[str]) -> None:
        """Let these in no longer, and cut off those that are connected."""
        with self._lock:
            gone = [self._accounts[name] for name in usernames if name in self._accounts]
            if not gone:
                return
            self._change({name: one for name, one in self._accounts.items() if name not in usernames})
        self._wait(lambda: not self._knows(gone[-1]), f"the account of {gone[-1].username} is still in force")

    def use_foreign(self, filters: Sequence[str]) -> None:
        """Let plain MQTT devices speak on these topics; that it could not be done is logged."""
        with self._lock:
            try:
                self._broker.use_foreign(filters)
            except OSError as error:
                log.error("the broker's rights of plain MQTT devices stay as they were", error=str(error))

    def _change(self, accounts: dict[str, AgentAccount]) -> None:
        said = {
            name: {"site": one.site, "agent": one.agent, "password": one.password} for name, one in accounts.items()
        }
        try:
            write_private(self._file, json.dumps(said, indent=1))
            self._accounts = accounts
            self._hand_over()
        except OSError as error:
            raise AccountsError(
                f"{self._file} cannot be written ({error.strerror}); see that the disk works"
            ) from error

    def _hand_over(self) -> None:
        self._broker.use_agents([one.rights(self._host_id) for one in self._accounts.values()])

    def _knows(self, account: AgentAccount) -> bool:
        return lets_in(*self._broker.listens_at(), account.username, account.password)

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        pause, end = threading.Event(), monotonic_s() + _IN_FORCE_WITHIN_S
        while monotonic_s() < end:
            try:
                if condition():
                    return
            except OSError:
                pass  # it is being restarted, and reads the accounts as it comes back
            pause.wait(_LOOK_EVERY_S)
        raise AccountsError(f"{otherwise}: the embedded broker does not answer; look at its log")


def _load(file: Path) -> dict[str, AgentAccount]:
    try:
        kept = json.loads(file.read_text("utf-8"))
        return {name: AgentAccount(**one) for name, one in kept.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise AccountsError(
            f"{file} is damaged, so no enrolled agent could be let in. Put it back from a backup, or delete it and "
            "enrol the agents anew"
        ) from error
