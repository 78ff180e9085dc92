"""How often somebody may try a password: a bucket of tries a name and an address, refilled with time."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_TRIES_AT_A_NAME_FROM_AN_ADDRESS: Final = 5
_TRIES_FROM_AN_ADDRESS: Final = 20
_TRIES_AT_A_NAME: Final = 60  # far more, so that nobody is locked out by somebody elsewhere
_REFILL_S: Final = 12.0
_MOST_BUCKETS: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    tries: float
    at_s: float


class SignInGuard:
    """Counts tries; `now_s` is a monotonic clock. The oldest buckets are forgotten when there are too many."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self.refused = 0

    def wait_s(self, name: str, address: str, now_s: float) -> float:
        """Take one try; return 0, or after how many seconds another may be made."""
        waits = [
            self._take((name, address), _TRIES_AT_A_NAME_FROM_AN_ADDRESS, now_s),
            self._take(("", address), _TRIES_FROM_AN_ADDRESS, now_s),
            self._take((name, ""), _TRIES_AT_A_NAME, now_s),
        ]
        if max(waits) > 0:
            self.refused += 1
        return max(waits)

    def forgive(self, name: str, address: str) -> None:
        """Forget the tries at a name from an address: the password was right."""
        self._buckets.pop((name, address), None)

    def _take(self, key: tuple[str, str], most: int, now_s: float) -> float:
        bucket = self._buckets.pop(key, None) or _Bucket(most, now_s)
        bucket.tries = min(most, bucket.tries + (now_s - bucket.at_s) / _REFILL_S)
        bucket.at_s = now_s
        self._buckets[key] = bucket
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if bucket.tries < 1:
            return (1 - bucket.tries) * _REFILL_S
        bucket.tries -= 1
        return 0.0
