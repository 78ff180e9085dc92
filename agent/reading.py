"""What a probe gives: readings. Comes in: the machine or a device. Goes out: values with a catalogue name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one metric. The loop stamps it with the step of the grid it was read for."""

    metric: str  # catalogue or foreign name
    value: float | int | bool
    instance: str = ""
    device: str = ""  # "" = the agent itself, else the device part of site:agent:device
    unit: str = ""  # UCUM; "" = the catalogue's


class Probe(Protocol):
    """Something that can be read. `read` may take as long as its deadline and may raise `ProbeError`.

    Its class has `gives`, the metrics of the catalogue that it may give; one whose configuration or profile names them
    gives those, too. A probe may also have: `interval_s`, how often it is read where that is not the agent's own
    interval; `troubles`, sentences on what it could not read last time beside the readings it gave (each is said once,
    and the reading counts as a failure); `has_rates = False` where one reading says all, so that `agent once` need not
    read it twice; `listen(tell)`, which is called when a running agent begins, for a probe that learns out of turn that
    a device has news and says so by `tell(device)`, from any thread: the device is read soon; `is_one_of_many = True`
    where there may be a thousand of its kind, which share threads and are read in different seconds; `close()`,
    which is called when the agent ends in order; and `host`, the name or address at which a device is read.
    """

    @property
    def name(self) -> str:
        """Say what it is called in `classroom.agent.probe.*[name]`."""
        ...

    def read(self, now: datetime) -> Iterable[Reading]:
        """Return what is true at `now`, an aware UTC instant."""
        ...


class Present(Protocol):
    """A device that answers, and what it says of itself."""

    @property
    def device(self) -> str:
        """Name the device: the last part of site:agent:device."""
        ...

    @property
    def role(self) -> str:
        """Name the device's role, one of `wire.catalogue.Role`; "" where it is not known."""
        ...

    @property
    def properties(self) -> Mapping[str, str]:
        """Return vendor, model, serial, firmware and name, as far as they are known so far."""
        ...


class DeviceProbe(Probe, Present, Protocol):
    """A probe of one device behind the agent; `ProbeError` from `read` means that the device did not answer.

    It may also have `members`: devices behind the device, each with `is_here`, whose readings it gives, too.
    """
