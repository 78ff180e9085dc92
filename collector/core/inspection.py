"""What a period of a site comes to: its borders, how many readings it should hold, how long each state lasted.

Comes in: days or instants, intervals, changes of health. Goes out: instants, counts and times. Nothing here is
rounded; whoever writes the figures down does that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.core.model import DeviceId, HealthCorrected, State

_DAY = timedelta(days=1)


class PeriodError(ValueError):
    """A period cannot be one; `mistakes` names each border that is wrong, and says why."""

    def __init__(self, mistakes: Iterable[tuple[str, str]]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{where}: {what}" for where, what in self.mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time, `start` included and `end` not, in UTC; `asked` is how it was asked for."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    asked: tuple[str, str]

    @property
    def last_moment(self) -> datetime:
        """Return the last microsecond that belongs to it."""
        return self.end - timedelta.resolution


def period_of(first: str, last: str, zone: ZoneInfo) -> Period:
    """Return the period from `first` to `last`, each a day (`2026-09-01`) or an RFC 3339 instant.

    A day is one of `zone`, and the last one belongs to the period; an instant is the border itself.

    Raises:
        PeriodError: a border is neither, or the period would be empty.
    """
    mistakes: list[tuple[str, str]] = []
    borders: list[datetime] = []
    for where, text, days_on in (("from", first, 0), ("to", last, 1)):
        try:
            borders.append(_border(text.strip(), zone, days_on))
        except (ValueError, OverflowError) as error:
            mistakes.append((where, str(error)))
    if mistakes:
        raise PeriodError(mistakes)
    start, end = borders
    if end <= start:
        raise PeriodError([("to", f"{last} is before {first}: the period would be empty")])
    return Period(start=start, end=end, zone=zone, asked=(first.strip(), last.strip()))


def _border(text: str, zone: ZoneInfo, days_on: int) -> datetime:
    wanted = "write a day as 2026-09-01 or an instant as 2026-09-01T08:00:00+08:00"
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
        else:
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is None:
                raise ValueError(f"{text!r} does not say its time zone: {wanted}")
            return instant.astimezone(UTC)
    except ValueError as error:
        raise error if "time zone" in str(error) else ValueError(f"{text!r} is no date: {wanted}") from None
    return datetime.combine(day + days_on * _DAY, time(), zone).astimezone(UTC)


def expected_readings(interval: timedelta | None, start: datetime, end: datetime) -> int | None:
    """Return how many steps of `interval` lie between two instants; None where there is no interval to count by."""
    if interval is None or interval <= timedelta():
        return None
    return max(timedelta(), end - start) // interval


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChange:
    """From `at` on a device was in `state`, until its next change."""

    device: DeviceId
    at: datetime
    state: State


def time_in_states(changes: Iterable[HealthChange], *, start: datetime, end: datetime) -> Mapping[State, timedelta]:
    """Return how long one device was in each state between two instants.

    `changes` ascend; the last one before `start` says what it was then. Time before the first change is unknown.
    """
    spent = dict.fromkeys(State, timedelta())
    state, since = State.UNKNOWN, start
    for change in changes:
        at = min(max(change.at, start), end)
        spent[state] += max(timedelta(), at - since)
        state, since = change.state, max(since, at)
    spent[state] += max(timedelta(), end - since)
    return spent


def corrected(changes: Sequence[HealthChange], corrections: Iterable[HealthCorrected]) -> Sequence[HealthChange]:
    """Return a device's changes as evidence that came late has them; where two say of one time, the later one counts.

    Both ascend. Outside of what is corrected, a device was what its changes say.
    """
    found = list(changes)
    for each in corrections:
        after = [change for change in found if change.at <= each.end]
        resumes = after[-1].state if after else State.UNKNOWN
        before = [change for change in found if change.at < each.start]
        later = [change for change in found if change.at > each.end]
        here = HealthChange(device=each.device, at=each.start, state=each.state)
        found = [*before, here, HealthChange(device=each.device, at=each.end, state=resumes), *later]
    return found


def as_of(changes: Iterable[HealthChange], start: datetime) -> Sequence[HealthChange]:
    """Return the changes that are some, from the last one before `start` on."""
    found: list[HealthChange] = []
    for change in changes:
        if found and change.at <= start:
            found.clear()
        if not found or found[-1].state is not change.state:
            found.append(change)
    return found
