"""The agents' accounts for Mosquitto: a file of passwords and one of rights, which it reads again on SIGHUP.

What stands in `passwords.extra` and `acl.extra` beside them is added as it is: accounts that are not ours.
"""

import base64
import hashlib
import os
import threading
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from collector.broker import Account, BrokerAddress
from collector.fleet.account import AccountsError, AgentAccount
from collector.private_file import write_private

PASSWORDS: Final = "passwords"
RIGHTS: Final = "acl"
_EXTRA: Final = ".extra"
_ROUNDS: Final = 101  # Mosquitto's own default; these passwords have 192 random bits
_SALT_BYTES: Final = 12


class MosquittoAccounts:
    """Keeps the two files. Whoever runs Mosquitto has it read them when they change."""

    def __init__(self, folder: Path, *, own: BrokerAddress, host_id: str) -> None:
        """Write the files as they should be; `own` is the collector's account.

        Raises:
            AccountsError: they cannot be read or written.
        """
        self._folder = folder
        self._own = own
        self._host_id = host_id
        self._lock = threading.Lock()
        with self._lock:
            self._write(self._agents())

    def grant(self, account: AgentAccount) -> None:
        """Let an agent in, with this password and no other, as soon as Mosquitto reads the files again."""
        with self._lock:
            self._write({**self._agents(), account.username: hashed(account.password)})

    def revoke(self, usernames: Collection[str]) -> None:
        """Let these in no longer, as soon as Mosquitto reads the files again."""
        with self._lock:
            agents = self._agents()
            kept = {name: secret for name, secret in agents.items() if name not in usernames}
            if kept != agents:
                self._write(kept)

    def _agents(self) -> dict[str, str]:
        """Return user name → hash of the agents in the file."""
        lines = self._read(PASSWORDS).splitlines()
        entries = (line.partition(":") for line in lines if "/" in line.partition(":")[0])
        extra = {line.partition(":")[0] for line in self._read(PASSWORDS + _EXTRA).splitlines()}
        return {name: secret for name, _, secret in entries if name not in extra}

    def _write(self, agents: dict[str, str]) -> None:
        passwords = [f"{name}:{secret}" for name, secret in sorted(agents.items())]
        rights = [_rules(_rights(name, self._host_id)) for name in sorted(agents)]
        if self._own.username:
            passwords.append(f"{self._own.username}:{hashed(self._own.password)}")
            # It reads all: a mapping file may name any topic.
            own = Account(username=self._own.username, password="", publish=("spBv1.0/#",), subscribe=("#",))
            rights.append(_rules(own))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._put(PASSWORDS, passwords)
            self._put(RIGHTS, rights)
        except OSError as error:
            raise AccountsError(
                f"{self._folder} cannot be written ({error.strerror}); the broker's accounts of agents are kept there"
            ) from error

    def _put(self, name: str, lines: Iterable[str]) -> None:
        file = self._folder / name
        before = file.stat() if file.exists() else self._folder.stat()
        write_private(file, "".join(f"{line}\n" for line in lines) + self._read(name + _EXTRA))
        if before.st_gid != file.stat().st_gid:
            with suppress(PermissionError):
                os.chown(file, -1, before.st_gid)
                file.chmod(0o640)  # Mosquitto reads it as a member of the folder's group

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise AccountsError(f"{self._folder / name} cannot be read: {error}") from error


def hashed(password: str) -> str:
    """Return a password as Mosquitto keeps it: PBKDF2 with SHA-512, `$7$rounds$salt$hash`."""
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _rights(username: str, host_id: str) -> Account:
    site, _, agent = username.partition("/")
    return AgentAccount(site=site, agent=agent, password="").rights(host_id)


def _rules(account: Account) -> str:
    rules = [f"topic write {topic}" for topic in account.publish] + [
        f"topic read {topic}" for topic in account.subscribe
    ]
    return "\n".join([f"user {account.username}", *rules])
