"""Has a device restarted between two readings of its uptime? Vectors in, a verdict each out.

A device restarted when the moment of its start has moved by more than a minute and lies after the reading before. The
counters that SNMP agents show uptime from (sysUpTime, RFC 3418) run over after 2^32 hundredths of a second, 497 days:
that is no restart.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SLACK_S: Final = 60.0
WRAP_S: Final = 2**32 / 100

Floats = NDArray[np.float64]


def has_restarted(before_s: Floats, uptime_s: Floats, gap_s: Floats) -> NDArray[np.bool_]:
    """Tell whether a device that was up for `before_s` restarted within the `gap_s` up to this reading.

    What is not known (NaN) has not.
    """
    expected = before_s + gap_s
    moved = expected - uptime_s > SLACK_S
    since = uptime_s <= gap_s + SLACK_S
    ran_over = np.abs(expected - WRAP_S - uptime_s) <= SLACK_S
    return np.asarray(moved & since & ~ran_over)
