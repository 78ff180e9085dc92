"""What the host asks of us. In: the payload of an NCMD. Out: a command, or None for what is none of ours."""

from dataclasses import dataclass

from wire import control
from wire.errors import PayloadError
from wire.payload import Datatype, decode, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One NCMD. `epoch` and `stored_up_to` are both there or neither."""

    rebirth: bool = False
    epoch: str | None = None
    stored_up_to: int | None = None


def read_command(payload: bytes) -> Command | None:
    """Return the command in an NCMD's payload, None where it holds none or is no payload."""
    try:
        metrics = decode(payload).metrics
    except PayloadError:
        return None
    values = {metric.name: value_of(metric, metric.datatype or Datatype.UINT64) for metric in metrics}
    epoch, stored = values.get(control.OUTBOX_EPOCH), values.get(control.STORED_UP_TO)
    rebirth = values.get(control.REBIRTH) is True
    if isinstance(epoch, str) and isinstance(stored, int) and not isinstance(stored, bool):
        return Command(rebirth=rebirth, epoch=epoch, stored_up_to=stored)
    return Command(rebirth=True) if rebirth else None
