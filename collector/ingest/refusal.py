"""What ingest turns away, and why: each reason is a label of `roomtone_ingest_refused_total`."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a message, a metric or a reading was not taken."""

    BAD_TOPIC = "bad_topic"  # not a Sparkplug topic, or a name that cannot be an id
    MALFORMED = "malformed"  # the bytes are no payload, or lack what the message needs
    TOO_LARGE = "too_large"  # more bytes or metrics than any device has reason to send
    TOO_MANY = "too_many"  # more nodes, devices, series or gaps than the collector keeps account of
    OVERRUN = "overrun"  # the collector could not keep up, its queue was full
    UNBORN = "unborn"  # data of a node whose birth we have not seen since it died or we connected; asked for
    STALE = "stale"  # an agent's data from before its birth: of a session that is over
    GAP = "gap"  # an agent's data behind a message that never came; they are sent again after the rebirth
    UNKNOWN_ALIAS = "unknown_alias"  # a metric that no birth named; a rebirth was asked for
    STALE_DEATH = "stale_death"  # an NDEATH of an earlier session
    BAD_NAME = "bad_name"  # a metric name that is empty, too long, or has control characters
    BAD_NUMBER = "bad_number"  # an outbox number that cannot be one
    NOT_A_NUMBER = "not_a_number"  # text, bytes, tables: only numbers are readings
    NOT_FINITE = "not_finite"  # NaN or infinity
    STAMP_FUTURE = "stamp_future"  # further ahead than a wrong time zone explains
    STAMP_PAST = "stamp_past"  # older than any outbox keeps
    DUPLICATE = "duplicate"  # an outbox entry that is stored already
    UNMAPPED = "unmapped"  # of a plain MQTT device: nothing in it that the mapping file names
    UNSUPPORTED = "unsupported"  # a device describes itself in a way that we cannot follow
    TAKEN = "taken"  # of a plain MQTT device under the id of an agent
    FAULT = "fault"  # a fault of ours; it is logged with its trace


class Refusals:
    """Counters by reason. One thread counts a reason, any thread may read."""

    def __init__(self) -> None:
        self._counts = {reason.value: 0 for reason in Reason}

    def count(self, reason: Reason, how_many: int = 1) -> None:
        """Note that so many were turned away."""
        self._counts[reason.value] += how_many

    def __getitem__(self, reason: Reason) -> int:
        return self._counts[reason.value]

    def counts(self) -> Mapping[str, int]:
        """Return every reason with its count."""
        return dict(self._counts)
