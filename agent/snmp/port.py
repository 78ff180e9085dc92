"""UDP ports to listen on. In: an address. Out: a socket that never waits."""

import socket


def bound(host: str, port: int) -> socket.socket:
    """Return a datagram socket bound to an address.

    Raises:
        OSError: the address is not ours, or the port is taken or not for us.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
