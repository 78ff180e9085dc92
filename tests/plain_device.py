"""A plain MQTT device: it has a last will, and publishes what it is told to."""

import json

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.waiting import until


class PlainDevice:
    """One connection to a broker."""

    def __init__(
        self, address: tuple[str, int], account: tuple[str, str], name: str, *, will: tuple[str, str] | None = None
    ) -> None:
        """`account` is username and password, `name` the client id, `will` its topic and payload, retained."""
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self._client.username_pw_set(*account)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.connect(*address, keepalive=10)
        self._client.loop_start()
        until(self._client.is_connected)

    def say(self, topic: str, content: object, *, retain: bool = False) -> None:
        """Publish text as it is, all else as JSON, and wait until the broker has it."""
        payload = content if isinstance(content, str) else json.dumps(content)
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def vanish(self) -> None:
        """Lose the connection without a word, so that the broker says the will."""
        sock = self._client.socket()
        assert sock is not None
        self._client.loop_stop()
        sock.close()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
