"""SNMP through pysnmp: where gufo-snmp has no wheel, and for SNMPv3 contexts. Slower, and runs anywhere.

pysnmp speaks asyncio; all its engines share one event loop in one thread of its own, which callers wait for.
Making an SnmpEngine takes long, so targets with the same user share one (a namesake with other keys elsewhere has
another). A device whose engineID changed needs a fresh one: it gets its own after silences in a row.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from pyasn1.type import univ  # type: ignore[import-untyped]  # pysnmp's own dependency, without types
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_MD5,
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC128_SHA224,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_HMAC256_SHA384,
    USM_AUTH_HMAC384_SHA512,
    USM_AUTH_NONE,
    USM_PRIV_CBC56_DES,
    USM_PRIV_CFB128_AES,
    USM_PRIV_CFB192_AES,
    USM_PRIV_CFB192_AES_BLUMENTHAL,
    USM_PRIV_CFB256_AES,
    USM_PRIV_CFB256_AES_BLUMENTHAL,
    USM_PRIV_NONE,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    next_cmd,
)
from pysnmp.proto import errind, rfc1902

from agent.snmp.engine import REPETITIONS, WALK_LIMIT, Value, Walk, bounded, plain
from agent.snmp.errors import AuthError, Garbage, NoAnswer, NotReachable, Refused, SnmpError, UnknownUser, WrongDigest
from agent.snmp.target import AuthProto, PrivProto, SnmpTarget, SnmpUser

REBUILD_AFTER: Final = 2
AUTHORIZATION_ERROR: Final = 16  # RFC 3416, error-status
_AUTH: Final = {
    AuthProto.MD5: USM_AUTH_HMAC96_MD5,
    AuthProto.SHA: USM_AUTH_HMAC96_SHA,
    AuthProto.SHA224: USM_AUTH_HMAC128_SHA224,
    AuthProto.SHA256: USM_AUTH_HMAC192_SHA256,
    AuthProto.SHA384: USM_AUTH_HMAC256_SHA384,
    AuthProto.SHA512: USM_AUTH_HMAC384_SHA512,
}
_PRIV: Final = {
    PrivProto.DES: USM_PRIV_CBC56_DES,
    PrivProto.AES128: USM_PRIV_CFB128_AES,
    PrivProto.AES192: USM_PRIV_CFB192_AES_BLUMENTHAL,
    PrivProto.AES256: USM_PRIV_CFB256_AES_BLUMENTHAL,
    PrivProto.AES192C: USM_PRIV_CFB192_AES,
    PrivProto.AES256C: USM_PRIV_CFB256_AES,
}
_SILENCES: Final = (errind.RequestTimedOut, errind.UnknownEngineID, errind.EngineIDMismatch, errind.NotInTimeWindow)

T = TypeVar("T")
Answer = tuple[Any, Any, Any, Any]


class EventLoopThread:
    """An event loop in a thread of its own, started when first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T], deadline_s: float) -> T:
        """Wait until `work` is done in the loop's thread.

        Raises:
            TimeoutError: it was not done before the deadline.
        """
        with self._lock:
            if self._loop is None:
                # A selector loop everywhere: pysnmp needs add_reader, which Windows' default loop lacks.
                self._loop = asyncio.SelectorEventLoop()
                threading.Thread(target=self._loop.run_forever, name="pysnmp", daemon=True).start()
            loop = self._loop
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result(deadline_s)
        except TimeoutError:
            future.cancel()
            raise


_LOOP: Final = EventLoopThread()


@cache
def _shared_engine(user: SnmpUser | None) -> SnmpEngine:
    """Return the SnmpEngine of all targets with this user (None: SNMPv1 and v2c); only used in the loop's thread."""
    return SnmpEngine()


class PysnmpEngine:
    """An `Engine` over pysnmp."""

    def __init__(self, target: SnmpTarget) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._engine: SnmpEngine | None = None
        self._peer: UdpTransportTarget | Udp6TransportTarget | None = None
        self._auth = _credentials(target)
        self._context = ContextData(contextName=target.user.context.encode() if target.user else b"")
        self._silences = 0
        # Since its engine was made, so that it knows an engineID of the device, which may be out of date.
        self._has_answered = False
        self._needs_own = False

    def get(self, oids: Sequence[str]) -> dict[str, Value]:
        wanted = set(oids)
        with self._lock:
            status, rows = self._ask("get", oids, 0)
        if status:
            return {}
        found: dict[str, Value] = {}
        for name, raw in rows:
            value = _value(raw)
            if value is not None and str(name) in wanted:
                found[str(name)] = plain(value)
        return found

    def walk(self, oid: str, *, repetitions: int = REPETITIONS, limit: int = WALK_LIMIT) -> Walk:
        with self._lock:
            return bounded(self._rows(oid, repetitions), oid, limit)

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def _rows(self, oid: str, repetitions: int) -> Iterator[tuple[str, Value]]:
        single = self._target.version == "1" or repetitions <= 1
        at = oid
        while True:
            status, rows = self._ask("next" if single else "bulk", [at], repetitions)
            if status or not rows:
                return
            for name, raw in rows:
                value = _value(raw)
                if isinstance(raw, univ.Null) and not isinstance(raw, rfc1902.Null):
                    return
                at = str(name)
                if value is not None:
                    yield at, value
                elif not at.startswith(oid + "."):
                    return

    def _ask(self, kind: str, oids: Sequence[str], repetitions: int) -> tuple[int, list[tuple[Any, Any]]]:
        """Return the error status and the variable bindings of one answer."""
        # pysnmp repeats the request itself; the deadline is only against a request that never ends.
        deadline_s = (self._target.timeout_s + 1) * (self._target.retries + 1) + 5
        try:
            indication, status, _, rows = _LOOP.run(self._send(kind, oids, repetitions), deadline_s)
        except TimeoutError as error:
            self._let_go()
            raise NoAnswer(f"{self._where()} did not answer within {deadline_s:g} s") from error
        except OSError as error:
            raise NotReachable(f"{self._where()} cannot be reached: {error}") from error
        except PySnmpError as error:
            raise self._failure(error) from error
        if indication is not None:
            raise self._failure(indication)
        self._silences, self._has_answered = 0, True
        if int(status) == AUTHORIZATION_ERROR:
            raise AuthError(f"{self._where()} gives this SNMPv3 user no access at this security level")
        return int(status), [(row[0], row[1]) for row in rows]

    async def _send(self, kind: str, oids: Sequence[str], repetitions: int) -> Answer:
        if self._engine is None or self._peer is None:
            self._engine = SnmpEngine() if self._needs_own else _shared_engine(self._target.user)
            numeric = self._target.host.count(":") > 1
            peer = Udp6TransportTarget if numeric else UdpTransportTarget
            self._peer = await peer.create(
                (self._target.host, self._target.port), timeout=self._target.timeout_s, retries=self._target.retries
            )
        rows = [ObjectType(ObjectIdentity(oid)) for oid in oids]
        common = (self._engine, self._auth, self._peer, self._context)
        answer: Answer
        if kind == "get":
            answer = await get_cmd(*common, *rows, lookupMib=False)
        elif kind == "next":
            answer = await next_cmd(*common, *rows, lookupMib=False)
        else:
            answer = await bulk_cmd(*common, 0, repetitions, *rows, lookupMib=False)
        return answer

    def _failure(self, indication: Exception) -> SnmpError:
        where = self._where()
        if isinstance(indication, _SILENCES):
            self._silences += 1
            if self._silences >= REBUILD_AFTER or not isinstance(indication, errind.RequestTimedOut):
                self._begin_anew()
            return NoAnswer(f"{where} did not answer: {indication}")
        if isinstance(indication, errind.UnknownUserName):
            return UnknownUser(f"{where} does not know the SNMPv3 user")
        if isinstance(indication, (errind.WrongDigest, errind.AuthenticationFailure)):
            return WrongDigest(f"{where} has another authentication key or protocol for this SNMPv3 user")
        if isinstance(indication, (errind.UnsupportedSecurityLevel, errind.AuthenticationError)):
            return AuthError(f"{where} refuses the SNMPv3 user at this security level: {indication}")
        if isinstance(indication, (errind.ParseError, errind.DeserializationError, errind.EmptyResponse)):
            return Garbage(f"{where} answered what is no SNMP: {indication}")
        return Refused(f"{where} refuses: {indication}")

    def _begin_anew(self) -> None:
        """Take a fresh engine of our own for the next request, if the present one may know an outdated engineID."""
        if self._target.version == "3" and self._has_answered:
            self._let_go()
            self._needs_own = True

    def _let_go(self) -> None:
        engine, self._engine, self._peer, self._silences = self._engine, None, None, 0
        self._has_answered = False
        if engine is not None and self._needs_own:
            _LOOP.run(_close(engine), 5)

    def _where(self) -> str:
        return f"{self._target.host}:{self._target.port}"


async def _close(engine: SnmpEngine) -> None:
    engine.close_dispatcher()


def _credentials(target: SnmpTarget) -> CommunityData | UsmUserData:
    user = target.user
    if target.version != "3" or user is None:
        return CommunityData(target.community, mpModel=0 if target.version == "1" else 1)
    return UsmUserData(
        user.name,
        authKey=user.auth_key or None,
        privKey=user.priv_key or None,
        authProtocol=_AUTH[user.auth_proto] if user.auth_proto else USM_AUTH_NONE,
        privProtocol=_PRIV[user.priv_proto] if user.priv_proto else USM_PRIV_NONE,
    )


def _value(raw: Any) -> Value | None:
    """Return a plain value, as gufo-snmp would; None for null and for "there is no such"."""
    if isinstance(raw, univ.Null):  # also "no such object", "no such instance" and "end of view"
        return None
    if isinstance(raw, univ.ObjectIdentifier):
        return str(raw)
    if isinstance(raw, rfc1902.IpAddress):
        return str(raw.prettyPrint())
    if isinstance(raw, univ.OctetString):  # Bits and Opaque are octet strings, too
        return bytes(raw)
    return int(raw) if isinstance(raw, univ.Integer) else None
