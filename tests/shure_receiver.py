"""A Shure receiver over a real socket: it answers GET with REP, and reports on its own in between."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


def ulxd(**more: str) -> dict[str, str]:
    """What one channel of a ULX-D or QLX-D says while its microphone is on, with an accumulator."""
    return {
        "CHAN_NAME": "{Lectern }", "BATT_CHARGE": "095", "BATT_BARS": "005", "BATT_RUN_TIME": "00392",
        "TX_TYPE": "ULXD2", "TX_MUTE_STATUS": "OFF", **more,
    }  # fmt: skip


def axient(**more: str) -> dict[str, str]:
    """The same of Axient Digital."""
    return {
        "CHAN_NAME": "{Hand}", "TX_BATT_CHARGE_PERCENT": "040", "TX_BATT_BARS": "002", "TX_BATT_MINS": "00125",
        "TX_MODEL": "AD2", "TX_MUTE_MODE_STATUS": "MUTE", **more,
    }  # fmt: skip


@dataclass
class Receiver:
    """What its channels and it itself report. `chatter` is said before each answer; `silent` is never answered."""

    channels: dict[int, dict[str, str]] = field(default_factory=lambda: {1: ulxd()})
    own: Mapping[str, str] = field(default_factory=lambda: {"DEVICE_ID": "{A101    }", "FW_VER": "{2.4.14.0  }"})
    chatter: bytes = b""
    silent: tuple[str, ...] = ()
    is_silent_of_others: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, channel: str, name: str) -> bytes:
        """Return what it says to a question."""
        self.asked.append(f"{channel} {name}".strip())
        said = (self.channels.get(int(channel), {}) if channel else self.own).get(name)
        if name in self.silent or (self.is_silent_of_others and channel and int(channel) not in self.channels):
            return b""
        whose = f"{channel} " if channel else ""
        return self.chatter + (f"< REP {whose}{name} {said} >" if said is not None else "< REP ERR >").encode()


@contextmanager
def at_work(receiver: Receiver) -> Iterator[Receiver]:
    """Let a receiver listen on a loopback port, `receiver.port`, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        receiver.port = server.getsockname()[1]

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    _hold(receiver, connection)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _hold(receiver: Receiver, connection: socket.socket) -> None:
    said = ""
    try:
        while data := connection.recv(4096):
            said += data.decode()
            while (one := re.search(r"< GET (?:(\d) )?(\w+) >", said)) is not None:
                said = said[one.end() :]
                connection.sendall(receiver.answer(one[1] or "", one[2]))
    except OSError:
        pass
