"""Reads every probe now. In: probes. Out: checked readings, and what went wrong, for a person to look at."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from agent.errors import ProbeError
from agent.now import monotonic_s, now
from agent.reading import Probe, Reading
from agent.runner import troubles_of
from agent.sample import BadReading, Sample, sample_of

# Rates and the processor's share need two readings, so far apart.
APART_S: Final = 1.0
LONGEST_S: Final = 30.0
AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one probe said: samples with the device they are of, or why there are none."""

    probe: str
    samples: tuple[tuple[Reading, Sample], ...] = ()
    mistakes: tuple[str, ...] = ()
    duration_s: float = 0.0


def look_once(probes: Sequence[Probe]) -> list[Look]:
    """Read each probe; those of this computer that may have rates twice, so that there are some."""
    start = monotonic_s()
    here = [probe for probe in probes if not getattr(probe, "device", "") and getattr(probe, "has_rates", True)]
    for probe in here:
        _look(probe)
    if here:
        threading.Event().wait(max(0.0, start + APART_S - monotonic_s()))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # This computer's own one after the other, so that none takes the other's time; devices all at once.
        devices = {id(probe): pool.submit(_look, probe) for probe in probes if getattr(probe, "device", "")}
        return [devices[id(probe)].result() if id(probe) in devices else _look(probe) for probe in probes]


def _look(probe: Probe) -> Look:
    start = monotonic_s()
    outcome: list[Iterable[Reading] | Exception] = []

    def read() -> None:
        try:
            outcome.append(tuple(probe.read(now())))
        except Exception as error:  # noqa: BLE001  a probe costs only itself, whatever it does
            outcome.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(LONGEST_S)
    duration_s = monotonic_s() - start
    got = outcome[0] if outcome else TimeoutError(f"no answer within {LONGEST_S:g} s")
    if isinstance(got, Exception):
        what = str(got) if isinstance(got, ProbeError) else f"{type(got).__name__}: {got}"
        return Look(probe=probe.name, mistakes=(what,), duration_s=duration_s)
    samples, mistakes = [], list(troubles_of(probe))
    for reading in got:
        try:
            samples.append((reading, sample_of(reading)))
        except BadReading as error:
            mistakes.append(str(error))
    return Look(probe=probe.name, samples=tuple(samples), mistakes=tuple(mistakes), duration_s=duration_s)
