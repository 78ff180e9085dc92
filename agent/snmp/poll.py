"""A device behind the agent, polled over SNMP. In: a target. Out: readings under the names of the catalogue.

The device is identified when it first answers and again after a restart. A table that fails costs only itself; a
device that does not answer is told by `ProbeError`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from random import Random
from typing import ClassVar, Final

from agent.arp import gateway_card
from agent.errors import DeviceLeft
from agent.fingerprint import hashed_card
from agent.now import monotonic_s
from agent.reading import Reading
from agent.snmp.behind import Company, Member
from agent.snmp.engine import Engine, Value, engine_for
from agent.snmp.errors import AuthError, NoAnswer, NotReachable, SnmpError
from agent.snmp.identify import Identity, identify
from agent.snmp.known import KnownEngines
from agent.snmp.library import ProfileLibrary, library_with
from agent.snmp.neighbours import Surroundings
from agent.snmp.patience import Patience
from agent.snmp.profile import GENERIC, Group
from agent.snmp.protocol.inquiry import engine_at
from agent.snmp.rebased import Base, RebasedEngine
from agent.snmp.session import Session
from agent.snmp.table import Columns, GroupReader
from agent.snmp.target import ROOMTONE_BASE, SnmpTarget
from agent.snmp.uptime import UPTIME_OIDS, RestartWatch, uptime_s

# What traps told since the last poll; a device has few that matter at once.
_MOST_TOLD: Final = 50


class SnmpDevice:
    """A `DeviceProbe` of one SNMP device."""

    is_one_of_many = True
    # Beside what its profile reads.
    gives: ClassVar[tuple[str, ...]] = ("system.uptime",)

    def __init__(
        self,
        target: SnmpTarget,
        *,
        library: ProfileLibrary | None = None,
        engine: Engine | None = None,
        engines: KnownEngines | None = None,
        clock: Callable[[], float] = monotonic_s,
        gateway: Callable[[], str] = gateway_card,
    ) -> None:
        """`gateway` returns the card by which this computer's network is left, "" where that is not known."""
        self.target = target
        self.identity: Identity | None = None
        # Tables that could not be read, since the start; walks that looped count too.
        self.failures = 0
        self._library = library
        self._given = engine
        self._engines = engines
        self._clock = clock
        self._session: Session | None = None
        self._readers: list[GroupReader] = []
        self._watch = RestartWatch()
        self._told: deque[Mapping[str, Value]] = deque(maxlen=_MOST_TOLD)
        self._base = Base(ROOMTONE_BASE, target.base) if target.base else None
        self._company: Company | None = None
        self._gateway = gateway
        self._around: Surroundings | None = None
        self._around_of = ("", "")
        self._patience = Patience(Random())  # noqa: S311  jitter, no secret

    @property
    def name(self) -> str:
        """What it is called in `classroom.agent.probe.*[name]`."""
        return f"snmp:{self.target.id}"

    @property
    def device(self) -> str:
        """The last part of site:agent:device."""
        return self.target.id

    @property
    def role(self) -> str:
        """The configured role, else the one it says itself, or its profile."""
        own = self._company.members.get("") if self._company else None
        return self.target.role or (own.role if own else "") or (self.identity.role if self.identity else "")

    @property
    def properties(self) -> Mapping[str, str]:
        """Vendor, model, serial, firmware, name, cards and neighbours, as far as they are known."""
        who = self.identity
        if who is None:
            return {}
        if self._company is not None:
            own = self._company.members.get("")
            return own.properties if own else {}
        known = {
            "vendor": who.vendor,
            "model": who.model,
            "serial": who.serial,
            "firmware": who.firmware,
            "name": who.name,
        }
        if self._around is not None:
            known |= {"cards": self._around.cards, "neighbours": self._around.text}
        return {key: value for key, value in known.items() if value}

    @property
    def members(self) -> list[Member]:
        """The devices behind it, where it is one that reports for them."""
        return [member for there, member in self._company.members.items() if there] if self._company else []

    @property
    def host(self) -> str:
        """The name or address at which it is polled."""
        return self.target.host

    @property
    def interval_s(self) -> float | None:
        """How often it is polled, None for the agent's own interval."""
        return self.target.interval_s

    def heard(self, values: Mapping[str, Value]) -> None:
        """Take what a trap of the device told; it goes with the next poll. May be called from any thread."""
        self._told.append(values)
        self._patience.answered()

    def read(self, now: datetime) -> list[Reading]:
        """Return what the device says now, and what its traps told that it does not.

        Raises:
            SnmpError: it did not answer, or lets us read nothing.
            DeviceLeft: a notification of it said that it goes.
            ProfileError: its profile has mistakes.
        """
        values: dict[str, Value] = {}
        while self._told:
            values |= self._told.popleft()
        if self._company is not None and (why := self._company.goodbye(self._known_here(values))):
            raise DeviceLeft(why)
        try:
            readings = self._read_patiently()
        except (NoAnswer, NotReachable):
            # It may have told us with its last breath.
            if not (told := self._by_trap(values)):
                raise
            readings = told
        else:
            readings += self._by_trap(values)
        found = _first_of_each(readings)
        return [
            Reading(r.metric, r.value, r.instance, name, r.unit) for r in found if (name := self._name_of(r.device))
        ]

    def _name_of(self, there: str) -> str:
        """Return the device that a reading is of: this one, or one behind it; "" for one that is not known."""
        return self._company.name_of(there) if there and self._company else "" if there else self.target.id

    def _by_trap(self, values: Mapping[str, Value]) -> list[Reading]:
        if not values:
            return []
        known = self._known_here(values)
        return [reading for reader in self._readers for reading in reader.told(known)]

    def _known_here(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return values under the names that the profile has for them."""
        return self._base.values(values) if self._base else values

    def _read_patiently(self) -> list[Reading]:
        at_s = self._clock()
        if not self._patience.may_ask(at_s):
            raise NoAnswer(f"{self.target.host}:{self.target.port} has been silent for a while; it is asked less often")
        try:
            readings = self._read()
        except (NoAnswer, NotReachable):
            self._patience.silent(at_s)
            raise
        self._patience.answered()
        return readings

    def _read(self) -> list[Reading]:
        session = self._open()
        session.begin()
        clocks = session.get(UPTIME_OIDS)
        at_s = self._clock()
        up_s = uptime_s(clocks)
        if self._watch.restarted(up_s, at_s):
            for reader in self._readers:
                reader.forget_rates()
            self.identity = None
        if self.identity is None:
            self._meet(session)
        if self._company is not None and self._company.look(session):
            for reader in self._readers:
                reader.next_find_s = 0.0
        readings = list(self._poll(session, at_s))
        if up_s is not None and self._company is None:
            readings.append(Reading("system.uptime", up_s))
        self._look_around(session, at_s)
        return readings

    def _look_around(self, session: Session, at_s: float) -> None:
        """See once in a while who stands at the device's ports; what fails there costs only itself."""
        if self._around is None or not self._around.is_due(at_s):
            return
        try:
            self._around.look(session, at_s)
        except SnmpError:
            self.failures += 1

    def close(self) -> None:
        """Give back the session's sockets."""
        if self._session is not None:
            self._session.close()

    def _open(self) -> Session:
        if self._session is None:
            engine = self._given or engine_for(self.target)
            self._session = Session(RebasedEngine(engine, self._base) if self._base else engine, self._clock)
        return self._session

    def _profiles(self) -> ProfileLibrary:
        if self._library is None:
            self._library = library_with(self.target.profiles)
        return self._library

    def _meet(self, session: Session) -> None:
        library = self._profiles()
        session.forget()
        identity = identify(session, library, self.target.profile)
        groups = _groups(library, identity)
        if [reader.group for reader in self._readers] != groups:
            self._readers = [GroupReader(group) for group in groups]
        profile = library.find(identity.profile)
        self._company = Company(profile.behind, self.target.id) if profile and profile.behind else None
        self._stand_somewhere(identity, profile.neighbours if profile and self._company is None else {})
        self.identity = identity
        self._learn_engine()

    def _stand_somewhere(self, identity: Identity, tables: Mapping[str, str]) -> None:
        """Look around where the device has tables; another device at the same address stands elsewhere."""
        who = (identity.sys_object_id, identity.serial)
        if not tables:
            self._around = None
        elif self._around is None or self._around_of != who:
            self._around, self._around_of = Surroundings(tables, self.target.id, self._gateway_card), who

    def _gateway_card(self) -> str:
        return hashed_card(self._gateway())

    def _learn_engine(self) -> None:
        """Note which SNMPv3 engine answers here: traps name their sender by it."""
        if self._engines is None or self.target.version != "3":
            return
        try:
            engine_id = engine_at(self.target.host, self.target.port, self.target.timeout_s)
        except OSError:
            return
        if engine_id:
            self._engines.learn(self.target.id, engine_id)

    def _poll(self, session: Session, at_s: float) -> Iterable[Reading]:
        walked: Columns = {}
        values: dict[str, Value] = {}
        for reader in self._readers:
            if reader.next_find_s <= at_s:
                try:
                    values |= reader.find(session, walked, at_s)
                except (AuthError, NotReachable):
                    raise
                except NoAnswer:
                    self.failures += 1
                    session.get(UPTIME_OIDS[:1])
                except SnmpError:
                    self.failures += 1
        # Most tables of a profile are of other devices: they have nothing here.
        live = [reader for reader in self._readers if reader.cells]
        missing = [oid for reader in live for oid in reader.cells if oid not in values]
        if missing:
            values |= session.get(list(dict.fromkeys(missing)))
        for reader in live:
            yield from reader.read(values, at_s)


def _groups(library: ProfileLibrary, identity: Identity) -> list[Group]:
    """Return what to read: the device's profile, then what a foreign one adds; a foreign one alone also has ours."""
    names = [identity.profile, identity.beside]
    if "/" in identity.profile:
        names.append(GENERIC)
    groups: list[Group] = []
    for name in names:
        profile = library.find(name) if name else None
        groups += [group for group in (profile.groups if profile else ()) if group not in groups]
    return groups


def _first_of_each(readings: Iterable[Reading]) -> Iterable[Reading]:
    """Yield the first reading of each metric and instance: a vendor's own MIB comes before the standard's."""
    seen: set[tuple[str, str, str]] = set()
    for reading in readings:
        key = (reading.device, reading.metric, reading.instance)
        if key not in seen:
            seen.add(key)
            yield reading
