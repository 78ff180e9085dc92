"""What we use of paho-mqtt, imported without the modules that only TLS, WebSocket and proxies need.

Everything else of the agent imports paho's names from here. Where the broker's address asks for TLS, paho finds `ssl`
when it makes the connection.
"""

from wire.standin import standing_in

# paho catches these around every read and write; where no `ssl` is loaded, nothing can raise them.
_NOTHING_TO_CATCH: dict[str, object] = {"SSLWantReadError": (), "SSLWantWriteError": ()}

with standing_in("hashlib", "ssl", "urllib.request", "uuid", unloaded={"ssl": _NOTHING_TO_CATCH}):
    from paho.mqtt.client import (
        Client,
        ConnectFlags,
        DisconnectFlags,
        MQTTMessage,
        MQTTMessageInfo,
        WebsocketConnectionError,
    )
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

__all__ = [
    "CallbackAPIVersion",
    "Client",
    "ConnectFlags",
    "DisconnectFlags",
    "MQTTErrorCode",
    "MQTTMessage",
    "MQTTMessageInfo",
    "MQTTProtocolVersion",
    "Properties",
    "ReasonCode",
    "WebsocketConnectionError",
]
