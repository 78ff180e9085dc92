"""What the host asks of us. In: the payload of an NCMD. Out: a command, or None for what is none of ours."""

from dataclasses import dataclass

from wire import control
from wire.errors import PayloadError
from wire.payload import Datatype, decode, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One NCMD. `epoch` and `stored_up_to` are both there or neither; `configuration` is a signed one."""

    rebirth: bool = False
    epoch: str | None = None
    stored_up_to: int | None = None
    configuration: bytes | None = None


def read_command(payload: bytes) -> Command | None:
    """Return the command in an NCMD's payload, None where it holds none or is no payload."""
    try:
        metrics = decode(payload).metrics
    except PayloadError:
        return None
    values = {metric.name: value_of(metric, metric.datatype or Datatype.UINT64) for metric in metrics}
    epoch, stored = values.get(control.OUTBOX_EPOCH), values.get(control.STORED_UP_TO)
    sealed = values.get(control.CONFIGURATION)
    told = (epoch, stored) if isinstance(epoch, str) and isinstance(stored, int) and stored is not True else None
    command = Command(
        rebirth=values.get(control.REBIRTH) is True,
        epoch=told[0] if told else None,
        stored_up_to=told[1] if told else None,
        configuration=sealed if isinstance(sealed, bytes) else None,
    )
    return command if command != Command() else None
