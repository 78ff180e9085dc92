"""Makes MQTT clients for an address. In: a broker's address. Out: a client of paho's, and its connection.

Over TCP or WebSocket, with or without TLS, a certificate of our own, and an HTTP proxy on the way.
"""

import base64
import socket

from agent.uplink.address import BrokerAddress, Proxy
from agent.uplink.paho import CallbackAPIVersion, Client, MQTTProtocolVersion, WebsocketConnectionError


class BrokerClient(Client):
    """One client of one broker; `open` connects it."""

    def __init__(self, broker: BrokerAddress, name: str, *, timeout_s: float) -> None:
        """`name` is the client id; connecting may take `timeout_s` at each of its steps."""
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            transport="websockets" if broker.path else "tcp",
            reconnect_on_failure=False,
        )
        self._broker = broker
        self.connect_timeout = timeout_s
        if broker.username:
            self.username_pw_set(broker.username, broker.password)
        if broker.path:
            self.ws_set_options(path=broker.path)

    def open(self) -> None:
        """Connect and send CONNECT. Blocks.

        Raises:
            OSError, ValueError: the broker cannot be reached, or a certificate is of no use.
        """
        broker = self._broker
        if broker.tls:
            self.tls_set(
                ca_certs=str(broker.ca_file) if broker.ca_file else None,
                certfile=str(broker.cert_file) if broker.cert_file else None,
                keyfile=str(broker.key_file) if broker.key_file else None,
            )
        try:
            self.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
        # paho reads the answer to its handshake as a broker's, and stumbles over others.
        except (WebsocketConnectionError, IndexError, UnicodeDecodeError) as error:
            raise OSError(
                f"what answers there is no WebSocket of a broker; is {broker.path} the path, and does the web server "
                "pass it on?"
            ) from error

    def _create_socket_connection(self) -> socket.socket:
        """Return a connection to the broker, before TLS and WebSocket (paho asks for it)."""
        broker = self._broker
        if broker.proxy is not None:
            return _through(broker.proxy, broker.host, broker.port, self.connect_timeout)
        # Given a text, getaddrinfo loads the tables of international names (0.5 MB) also for a plain one.
        host = broker.host.encode("ascii") if broker.host.isascii() else broker.host
        return socket.create_connection((host, broker.port), timeout=self.connect_timeout)  # type: ignore[arg-type]  # typeshed knows texts alone


def _through(proxy: Proxy, host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a tunnel through an HTTP proxy; source: RFC 9110, 9.3.6 CONNECT."""
    from http.client import HTTPConnection  # who needs no proxy does not pay for it

    connection = HTTPConnection(proxy.host, proxy.port, timeout=timeout_s)
    account = base64.b64encode(proxy.account.encode()).decode("ascii")
    connection.set_tunnel(host, port, {"Proxy-Authorization": f"Basic {account}"} if account else None)
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        raise OSError(f"the proxy {proxy.host}:{proxy.port} does not let us through: {error}") from error
    tunnel: socket.socket = connection.sock
    return tunnel
