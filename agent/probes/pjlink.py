"""A projector or display over PJLink. In: its address. Out: power, input, mute, components, lamps, filter, signal.

One connection a reading, since many devices serve only one. What a device does not know is not asked again until it is
met anew; an answer that is none costs only itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final

from agent.now import monotonic_s
from agent.probe_tables import PjlinkTable
from agent.probes import pjlink_answers as answers
from agent.probes.device_link import SilentDevice
from agent.probes.pjlink_link import Garbled, Level2Link, Link, Refused
from agent.reading import Reading

# Who it is changes seldom: that a lamp or the projector was swapped is seen within the hour.
_MEET_EVERY_S: Final = 3600.0
_LONGEST_S: Final = 25.0
# Property, query, and the class that knows it.
_WHO: Final = (
    ("vendor", "INF1", 1),
    ("model", "INF2", 1),
    ("name", "NAME", 1),
    ("serial", "SNUM", 2),
    ("firmware", "SVER", 2),
    ("lamp_model", "RLMP", 2),
    ("filter_model", "RFIL", 2),
)
_LONGEST_TEXT: Final = 128


class PJLink:
    """A `DeviceProbe` of one PJLink device of class 1 or 2."""

    has_rates = False
    gives: ClassVar[tuple[str, ...]] = (
        "hw.status",
        "classroom.projector.power",
        "classroom.projector.input",
        "classroom.projector.mute",
        "classroom.projector.freeze",
        "classroom.projector.lamp.time",
        "classroom.projector.lamp.limit",
        "classroom.projector.filter.time",
        "classroom.signal.lock",
    )

    def __init__(self, target: PjlinkTable) -> None:
        self._target = target
        self._properties: dict[str, str] = {}
        self._inputs: tuple[str, ...] = ()
        self._level = 0  # its class; 0 until it was met
        self._meet_at_s = 0.0
        self._lacks: set[str] = set()
        self._kinds: list[type[Link]] = [Link, Level2Link]  # those not yet refused; the last one stays
        self.troubles: list[str] = []

    @property
    def name(self) -> str:
        """What it is called in `classroom.agent.probe.*[name]`."""
        return f"pjlink:{self._target.id}"

    @property
    def device(self) -> str:
        """The last part of site:agent:device."""
        return self._target.id

    @property
    def role(self) -> str:
        """The configured role."""
        return self._target.role

    @property
    def properties(self) -> Mapping[str, str]:
        """Vendor, model and name; of class 2 also serial, firmware and the models of its lamp and filter."""
        return self._properties

    @property
    def host(self) -> str:
        """The name or address at which it is read."""
        return self._target.host

    @property
    def interval_s(self) -> float | None:
        """How often it is read, None for the agent's own interval."""
        return self._target.interval_s

    def read(self, now: datetime) -> list[Reading]:
        """Return what the device says now.

        Raises:
            ProbeError: it did not answer, is no PJLink device, or refuses our password.
        """
        self.troubles = []
        try:
            said = self._converse(self._kinds[0])
        except Refused:
            if not self._target.password or len(self._kinds) == 1:
                raise
            # It may take SHA-256 only. That is tried once; a wrong password stays wrong.
            kind = self._kinds.pop()
            said = self._converse(kind)
            self._kinds = [kind]
        return [Reading(r.metric, r.value, r.instance, self._target.id) for r in said]

    def _converse(self, kind: type[Link]) -> list[Reading]:
        at = self._target
        with kind(at.host, at.port, at.password, timeout_s=at.timeout_s, total_s=_LONGEST_S) as link:
            power = link.ask("POWR")
            said = list(self._meaning("POWR", power, answers.power))
            try:
                for readings in self._rest(link, power):
                    said += readings
            except (SilentDevice, Refused) as error:
                # It did answer, so it is there, and what it has said so far counts.
                self.troubles.append(str(error))
        return said

    def _rest(self, link: Link, power: str) -> Iterator[Iterable[Reading]]:
        if monotonic_s() >= self._meet_at_s:
            self._meet(link)
        for query, (level, meaning) in answers.QUERIES.items():
            readings = list(self._meaning(query, self._ask(link, query, level), meaning))
            yield readings
            if query == "LAMP" and self._target.lamp_limit_h is not None:
                limit_h = self._target.lamp_limit_h
                yield [Reading("classroom.projector.lamp.limit", limit_h, r.instance) for r in readings]
        selected = self._ask(link, "INPT", 1)
        yield self._meaning("INPT", selected, lambda value: answers.inputs(value, self._inputs))
        if power == "1" and selected is not None:
            name = answers.input_name(selected)
            yield self._meaning("IRES", self._ask(link, "IRES", 2), lambda value: answers.signal(value, name))

    def _meet(self, link: Link) -> None:
        """Ask who it is and what it can do."""
        self._lacks.clear()
        self._level = 2
        self._level = 2 if self._ask(link, "CLSS", 1) == "2" else 1
        for key, query, level in _WHO:
            said = self._ask(link, query, level)
            if said is not None and said not in answers.ERRORS:
                text = "".join(c for c in said[:_LONGEST_TEXT] if c.isprintable()).strip()
                self._properties[key] = text
        codes = self._ask(link, "INST", 1) or ""
        self._inputs = tuple(
            name for code in codes.split()[: answers.MOST_INPUTS] if (name := answers.input_name(code))
        )
        self._meet_at_s = monotonic_s() + _MEET_EVERY_S

    def _ask(self, link: Link, query: str, level: int) -> str | None:
        """Return the answer; None where the device is known to have none, or gives one that is no PJLink."""
        if level > self._level or query in self._lacks:
            return None
        try:
            # A class 2 device has more inputs than class 1 can name.
            said = link.ask(query, level=self._level if query in ("INPT", "INST") else level)
        except Garbled as error:
            self.troubles.append(str(error))
            return None
        if said == answers.NOT_THERE:
            self._lacks.add(query)
        return said

    def _meaning(self, query: str, said: str | None, meaning: Callable[[str], Iterator[Reading]]) -> Iterator[Reading]:
        if said is None:
            return
        try:
            yield from meaning(said)
        except answers.Unlike:
            self.troubles.append(f"it answers {query} with {said[:40]!r}, which is no answer to it")
