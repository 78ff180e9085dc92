"""The web server: uvicorn on a socket that is bound before anything else is started."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from collector.settings import Address, SettingsError


class Server(uvicorn.Server):
    """uvicorn's server, told to stop by `should_exit` alone: signals belong to the whole collector."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(address: Address) -> socket.socket:
    """Return a bound socket.

    Raises:
        SettingsError: the address is taken or not this machine's.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address.host, address.port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"{address} cannot be listened on ({error.strerror or error}), so there would be no pages. Stop the "
            "program that has the port, or choose another address with --http HOST:PORT."
        ) from error
    bound.setblocking(False)
    return bound
