import pytest

from agent.arp import card_in, gateway_in
from agent.fingerprint import hashed_card
from agent.whereabouts import LOOK_EVERY_S, Whereabouts, address_of

CARD, OTHER = "00:11:22:33:44:55", "00:11:22:33:44:66"
PROC = f"""\
IP address       HW type     Flags       HW address            Mask     Device
10.0.7.1         0x1         0x2         {CARD}     *        eth0
10.0.7.11        0x1         0x0         00:00:00:00:00:00     *        eth0
"""
WINDOWS = """
Interface: 10.0.7.20 --- 0x4
  Internet Address      Physical Address      Type
  10.0.7.1              00-11-22-33-44-55     dynamic
  10.0.7.255            ff-ff-ff-ff-ff-ff     static
"""
MACOS = "? (10.0.7.1) at 0:11:22:33:44:55 on en0 ifscope [ethernet]\n"
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0107000A\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0207000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0007000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""


@pytest.mark.parametrize("table", [PROC, WINDOWS, MACOS], ids=["Linux", "Windows", "macOS"])
def test_the_card_beside_an_address_is_found(table: str) -> None:
    assert card_in(table, "10.0.7.1") == CARD


@pytest.mark.parametrize("address", ["10.0.7.11", "10.0.7.255", "10.0.7.2", "0.7.1", ""])
def test_what_has_no_card_of_its_own_has_none(address: str) -> None:
    assert card_in(PROC + WINDOWS, address) == ""


def test_the_gateway_is_that_of_the_lowest_metric() -> None:
    assert gateway_in(ROUTES) == "10.0.7.2"


@pytest.mark.parametrize("routes", ["", "header\n", "header\neth0\n", "header\nbr0 x y z\n"])
def test_routes_that_say_nothing_name_no_gateway(routes: str) -> None:
    assert gateway_in(routes) == ""


class Network:
    """A name server, a table of neighbours and a clock."""

    def __init__(self) -> None:
        self.cards = {"10.0.7.9": CARD}
        self.address = "10.0.7.9"
        self.now_s = 100.0
        self.asked = 0

    def find(self, host: str) -> str:
        self.asked += 1
        return self.address

    def where(self, host: str = "projector.example") -> Whereabouts:
        return Whereabouts(host, find=self.find, card=lambda at: self.cards.get(at, ""), clock=lambda: self.now_s)


def test_a_device_is_told_with_its_address_and_its_card_hashed() -> None:
    where = Network().where()
    assert where.beside({"vendor": "Example"}) == {"vendor": "Example"}
    where.look()
    assert where.beside({"vendor": "Example"}) == {
        "vendor": "Example",
        "address": "10.0.7.9",
        "cards": hashed_card(CARD),
    }
    assert where.beside({"cards": hashed_card(OTHER)})["cards"] == f"{hashed_card(OTHER)} {hashed_card(CARD)}"


def test_it_is_looked_up_once_in_a_while() -> None:
    network = Network()
    where = network.where()
    for _ in range(3):
        where.look()
    assert network.asked == 1
    network.now_s += LOOK_EVERY_S
    where.look()
    assert network.asked == 2


def test_a_card_that_the_table_has_forgotten_is_still_told_until_the_address_is_another() -> None:
    network = Network()
    where = network.where()
    where.look()
    network.cards.clear()
    network.now_s += LOOK_EVERY_S
    where.look()
    assert where.said["cards"] == hashed_card(CARD)
    network.address = "10.0.7.10"
    network.now_s += LOOK_EVERY_S
    where.look()
    assert where.said == {"address": "10.0.7.10"}


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_what_is_no_devices_own_address_is_not_told(address: str) -> None:
    network = Network()
    network.address = address
    where = network.where()
    where.look()
    assert where.said == {}


def test_a_probe_of_no_device_looks_nothing_up() -> None:
    network = Network()
    network.where("").look()
    assert network.asked == 0


def test_an_address_is_itself() -> None:
    assert address_of("10.0.7.9") == "10.0.7.9"
    assert address_of("2001:db8::9") == "2001:db8::9"
    assert address_of("no..host") == ""
