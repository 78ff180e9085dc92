"""SNMP through gufo-snmp: one socket a device, one request in flight, retries and rebuilt sessions.

What gufo-snmp leaves to its user, and this adds: retries; a lock; a new session after an engine changed (its old
one stays deaf); a second try after the first authentication error (a rebooted device's engine boots have moved).
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    BaseAuthKey,
    BasePrivKey,
    DesKey,
    KeyExpansion,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpVersion,
    User,
)
from gufo.snmp import SnmpError as GufoError
from gufo.snmp.sync import SnmpSession

from agent.snmp.engine import REPETITIONS, WALK_LIMIT, Value, Walk, bounded, plain
from agent.snmp.errors import AuthError, Garbage, NoAnswer, NotReachable
from agent.snmp.target import AuthProto, PrivProto, SnmpTarget, SnmpUser

REBUILD_AFTER: Final = 3
_VERSIONS: Final = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}
_AUTH: Final[dict[AuthProto, type[BaseAuthKey]]] = {
    AuthProto.MD5: Md5Key,
    AuthProto.SHA: Sha1Key,
    AuthProto.SHA224: Sha224Key,
    AuthProto.SHA256: Sha256Key,
    AuthProto.SHA384: Sha384Key,
    AuthProto.SHA512: Sha512Key,
}
_PRIV: Final[dict[PrivProto, type[BasePrivKey]]] = {
    PrivProto.DES: DesKey,
    PrivProto.AES128: Aes128Key,
    PrivProto.AES192: Aes192Key,
    PrivProto.AES256: Aes256Key,
    PrivProto.AES192C: Aes192Key,
    PrivProto.AES256C: Aes256Key,
}

T = TypeVar("T")


class GufoEngine:
    """An `Engine` over gufo-snmp."""

    def __init__(self, target: SnmpTarget) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._session: SnmpSession | None = None
        self._silences = 0

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        wanted = list(oids)
        with self._lock:
            found = self._ask(lambda session: session.get_many(wanted))
        return {oid: plain(value) for oid in wanted if (value := found.get(oid)) is not None}

    def walk(self, oid: str, *, repetitions: int = REPETITIONS, limit: int = WALK_LIMIT) -> Walk:
        single = self._target.version == "1" or repetitions <= 1
        with self._lock:
            return bounded(self._rows(oid, 0 if single else repetitions), oid, limit)

    def close(self) -> None:
        with self._lock:
            self._session = None

    def _rows(self, oid: str, repetitions: int) -> Iterator[tuple[str, Value]]:
        """Yield what is below `oid`; a request that got no answer is repeated, also amid a walk."""
        steps: list[Iterator[tuple[str, Value | None]]] = []
        owner: list[SnmpSession] = []

        def step(session: SnmpSession) -> tuple[str, Value | None] | None:
            if owner != [session]:
                if owner:
                    raise NoAnswer(f"{self._where()} changed amid a walk")
                owner.append(session)
                steps.append(session.getbulk(oid, repetitions) if repetitions else session.getnext(oid))
            try:
                return next(steps[0], None)
            except NoSuchInstance:  # how an SNMPv1 device says that its view ends
                return None

        while (row := self._ask(step)) is not None:
            if row[1] is not None:
                yield row[0], row[1]

    def _ask(self, question: Callable[[SnmpSession], T]) -> T:
        refused = 0
        silences = 0
        while True:
            try:
                answer = question(self._open())
            except (TimeoutError, BlockingIOError) as error:
                silences += 1
                self._silences += 1
                if self._silences >= REBUILD_AFTER:
                    self._session, self._silences = None, 0
                if silences > self._target.retries:
                    if "refused" in str(error):
                        raise NotReachable(f"{self._where()} is there, but no SNMP agent listens on it") from error
                    waited = f"{silences} x {self._target.timeout_s:g} s"
                    raise NoAnswer(f"{self._where()} did not answer within {waited}") from error
            except SnmpAuthError as error:
                refused += 1
                self._session = None if refused > 1 else self._session
                if refused > 2:
                    raise AuthError(f"{self._where()} refuses the SNMPv3 user: unknown, or another key") from error
            except GufoError as error:
                raise Garbage(f"{self._where()} answered what is no SNMP: {error}") from error
            except ConnectionError as error:
                raise NotReachable(f"{self._where()} has no SNMP agent listening: {error}") from error
            except (OSError, ValueError) as error:
                self._session = None
                raise NotReachable(f"{self._where()} cannot be reached: {error}") from error
            except BaseException as error:
                # A panic of its Rust is no Exception; a device's answer must not end our thread.
                if type(error).__name__ != "PanicException":
                    raise
                self._session = None
                raise Garbage(f"{self._where()} answered what its reader cannot bear: {error}") from error
            else:
                self._silences = 0
                return answer

    def _open(self) -> SnmpSession:
        if self._session is None:
            target = self._target
            session = SnmpSession(
                _address(target.host, target.port),
                target.port,
                community=target.community,
                user=_user(target.user) if target.user is not None else None,
                version=_VERSIONS[target.version],
                timeout=target.timeout_s,
                max_repetitions=REPETITIONS,
            )
            if target.version == "3":
                session.refresh()
            self._session = session
        return self._session

    def _where(self) -> str:
        return f"{self._target.host}:{self._target.port}"


def _address(host: str, port: int) -> str:
    """Return the numeric address of a host: gufo-snmp resolves no names."""
    address: str = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0][4][0]  # type: ignore[assignment]
    return address


def _user(user: SnmpUser) -> User:
    auth = _AUTH[user.auth_proto](user.auth_key.encode()) if user.auth_proto else None
    priv = _PRIV[user.priv_proto](user.priv_key.encode()) if user.priv_proto else None
    cisco = user.priv_proto in (PrivProto.AES192C, PrivProto.AES256C)
    expansion = KeyExpansion.Cisco if cisco else KeyExpansion.Blumenthal
    return User(user.name, auth_key=auth, priv_key=priv, key_expansion=expansion)
