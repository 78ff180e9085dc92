"""The brokers that the other suites stand on."""

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker
from tests.waiting import until


def _connects(broker: Broker, password: str) -> bool:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="probe")
    client.username_pw_set(broker.username, password)
    answers: list[bool] = []
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(not reason.is_failure)
    client.connect(broker.host, broker.port)
    try:
        until(lambda: client.loop(0.05) != mqtt.MQTT_ERR_SUCCESS or bool(answers))
    finally:
        client.disconnect()
    return bool(answers) and answers[0]


def test_a_broker_lets_its_account_in_and_nobody_else(broker: Broker) -> None:
    assert _connects(broker, broker.password)
    assert not _connects(broker, "wrong")


def test_a_killed_broker_comes_back_at_the_same_address(broker: Broker) -> None:
    broker.kill()
    broker.start()
    assert _connects(broker, broker.password)
