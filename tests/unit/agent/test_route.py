"""The way to the broker, as the system tells it."""

from agent.now import Moment
from agent.uplink.route import ANYWHERE, Route, own_address


def test_the_way_changes_is_gone_and_comes_back() -> None:
    addresses = ["10.0.0.1", "10.0.0.1", "", "", "10.0.0.1", "10.0.0.2", "", "10.0.0.3"]
    route = Route(lambda _peer: addresses.pop(0))
    route.lead_to(("10.0.0.9", 1883))
    said = [route.step(Moment(0, float(second))) for second in range(7)]
    assert said == ["", "gone", "", "back", "changed", "gone", "changed"]
    assert route.changes == 4
    route.close()


def test_a_network_that_comes_after_the_agent_is_a_change() -> None:
    addresses = ["", "10.0.0.1"]
    route = Route(lambda peer: addresses.pop(0) if peer == ANYWHERE else "")
    assert [route.step(Moment(0, 0.0)), route.step(Moment(0, 5.0))] == ["", "changed"]
    route.close()


def test_it_is_looked_at_once_a_second_at_most() -> None:
    asked: list[object] = []
    route = Route(lambda peer: asked.append(peer) or "10.0.0.1")  # type: ignore[func-returns-value]
    for tenth in range(25):
        route.step(Moment(0, tenth / 10))
    assert len(asked) == 3
    route.close()


def test_our_own_address_is_found_without_a_word() -> None:
    assert own_address(("127.0.0.1", 9)) == "127.0.0.1"
    assert own_address(("not an address", 9)) == ""
