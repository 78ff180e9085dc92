"""What hangs on what, by what a few devices say."""

import random
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from collector.core.learnt import Findings, Known, Learnt, Source, learn
from collector.core.model import DeviceId, SiteId
from collector.core.neighbours import Named, Port, Said

EAST, WEST = SiteId("east"), SiteId("west")
CORE, SW1, SW2, PC1, PC2, CAMERA = (
    DeviceId(f"east:{name}") for name in ("gw:core", "gw:sw1", "gw:sw2", "pc1", "pc2", "pc1:camera")
)


def switch(
    card: str, *, uplink: str = "", is_root: bool = False, site: SiteId = EAST, reports: bool = True, **ports: Port
) -> Known:
    said = Said(cards=(card,), uplink=uplink, is_root=is_root, ports=ports)
    return Known(said=said, site=site, role="switch", reports=reports)


def host(*cards: str, site: SiteId = EAST, name: str = "", address: str = "", **ports: Port) -> Known:
    said = Said(cards=cards, address=address, ports=ports)
    return Known(said=said, site=site, names=frozenset({name}), role="recorder-pc")


def seen(*cards: str) -> Port:
    return Port(cards=cards)


def named(card: str = "", *, is_switch: bool | None = None, **rest: str) -> Port:
    return Port(named=(Named(card=card, is_switch=is_switch, **rest),))  # type: ignore[arg-type]  # of Named's texts


def links(known: Mapping[DeviceId, Known]) -> dict[DeviceId, tuple[str, str, str]]:
    return {device: (one.feeder, one.port, one.source.value) for device, one in learn(known).links.items()}


def test_who_is_seen_at_an_edge_port_is_fed_by_it() -> None:
    known = {SW1: switch("s1", uplink="24", p1=seen("a"), p24=seen("z")), PC1: host("a")}
    assert links(known) == {PC1: (SW1, "p1", "bridge table")}


def test_several_behind_one_port_are_all_fed_by_it() -> None:
    known = {SW1: switch("s1", uplink="24", p1=seen("a", "b", "stranger")), PC1: host("a"), CAMERA: host("b")}
    assert links(known) == {PC1: (SW1, "p1", "bridge table"), CAMERA: (SW1, "p1", "bridge table")}


def test_who_is_seen_on_several_switches_is_fed_where_the_port_is_an_edge() -> None:
    known = {
        CORE: switch("c", is_root=True, p1=seen("a", "s1"), p2=seen("s2")),
        SW1: switch("s1", uplink="p24", p1=seen("a"), p24=seen("c")),
        SW2: switch("s2", uplink="p24", p24=seen("a", "c")),
        PC1: host("a"),
    }
    assert links(known) == {PC1: (SW1, "p1", "bridge table")}


def test_who_is_seen_at_two_edge_ports_hangs_on_neither() -> None:
    known = {
        SW1: switch("s1", uplink="p24", p1=seen("a")),
        SW2: switch("s2", uplink="p24", p1=seen("a")),
        PC1: host("a"),
    }
    assert learn(known) == Findings({}, frozenset({PC1}))


def test_two_cards_at_two_ports_of_one_switch_hang_on_the_switch() -> None:
    known = {SW1: switch("s1", uplink="p24", p1=seen("a"), p2=seen("b")), PC1: host("a", "b")}
    assert links(known) == {PC1: (SW1, "", "bridge table")}


def test_a_switch_whose_way_out_is_not_known_says_nothing_by_its_forwarding_table() -> None:
    assert links({SW1: switch("s1", p1=seen("a")), PC1: host("a")}) == {}


def test_ports_that_lead_on_feed_nobody() -> None:
    known = {
        SW1: switch(
            "s1",
            uplink="p24",
            p1=Port(named=(Named(name="somebody's switch", is_switch=True),), cards=("a",)),
            p2=Port(named=(Named(name="who knows"),), cards=("a",)),
            p3=Port(cards=("a",), more=40),
            p24=seen("a"),
        ),
        PC1: host("a"),
    }
    assert links(known) == {}


def test_behind_a_telephone_is_still_behind_the_port() -> None:
    port = Port(named=(Named(name="phone", is_switch=False),), cards=("a",))
    assert links({SW1: switch("s1", uplink="p24", p1=port), PC1: host("a")}) == {PC1: (SW1, "p1", "bridge table")}


def test_who_names_itself_is_fed_by_the_port_whatever_is_seen_elsewhere() -> None:
    known = {
        SW1: switch("s1", p7=named("a", is_switch=False)),
        SW2: switch("s2", uplink="p24", p1=seen("b")),
        PC1: host("a", "b"),
    }
    assert links(known) == {PC1: (SW1, "p7", "LLDP")}


def test_who_names_itself_at_two_switches_hangs_on_neither() -> None:
    known = {SW1: switch("s1", p7=named("a")), SW2: switch("s2", p8=named("a")), PC1: host("a")}
    assert learn(known) == Findings({}, frozenset({PC1}))


def test_a_device_is_known_by_its_address_or_name_within_its_site() -> None:
    known = {
        SW1: switch("s1", p1=named(address="10.0.0.7"), p2=named(name="PC2.example.edu")),
        PC1: host(address="10.0.0.7"),
        PC2: host(name="pc2"),
    }
    assert links(known) == {PC1: (SW1, "p1", "LLDP"), PC2: (SW1, "p2", "LLDP")}
    elsewhere = {**known, PC1: host(address="10.0.0.7", site=WEST), PC2: host(name="pc2", site=WEST)}
    assert links(elsewhere) == {}


def test_a_card_is_known_in_every_site() -> None:
    known = {SW1: switch("s1", uplink="p24", p1=seen("a")), PC1: host("a", site=WEST)}
    assert links(known) == {PC1: (SW1, "p1", "bridge table")}


def test_a_name_that_two_share_tells_neither() -> None:
    known = {SW1: switch("s1", p1=named(name="pc")), PC1: host(name="pc"), PC2: host(name="pc")}
    assert links(known) == {}


def test_a_card_of_one_and_a_name_of_another_tell_nobody() -> None:
    known = {SW1: switch("s1", p1=named("a", name="pc2")), PC1: host("a"), PC2: host("b", name="pc2")}
    assert links(known) == {}


def test_a_name_beside_another_card_is_somebody_elses() -> None:
    known = {SW1: switch("s1", p1=named("stranger", name="gateway")), PC1: host("a", name="gateway"), PC2: host()}
    assert links(known) == {}
    known |= {SW1: switch("s1", p1=named("stranger", name="pc2")), PC2: host(name="pc2")}
    assert links(known) == {PC2: (SW1, "p1", "LLDP")}


def test_a_clone_and_its_original_hang_on_nothing() -> None:
    known = {SW1: switch("s1", uplink="p24", p1=seen("a")), PC1: host("a"), PC2: host("a")}
    assert links(known) == {}


def test_a_device_says_itself_by_which_port_of_which_switch_it_is_fed() -> None:
    known = {SW1: switch("s1", uplink="Gi24", Gi7=Port(cards=("x",))), PC1: host("a", eth0=named("s1", ports=("gi7",)))}  # type: ignore[arg-type]  # ports are several
    assert links(known) == {PC1: (SW1, "Gi7", "LLDP")}


def test_a_switch_is_fed_by_the_one_that_its_way_out_leads_over() -> None:
    known = {
        CORE: switch("c", is_root=True, p1=named("s1"), p2=named("s2")),
        SW1: switch("s1", uplink="p24", p24=named("c")),
        SW2: switch("s2", uplink="p24", p24=named("c")),
    }
    assert links(known) == {SW1: (CORE, "p1", "LLDP"), SW2: (CORE, "p2", "LLDP")}


def test_one_that_says_nothing_is_above_who_goes_out_over_it() -> None:
    core = Known(said=Said(cards=("c",)), site=EAST, role="switch")
    known = {CORE: core, SW1: switch("s1", uplink="p24", p24=named("c", ports=("Te1/1", "to sw1")))}  # type: ignore[arg-type]  # ports are several
    assert links(known) == {SW1: (CORE, "Te1/1", "LLDP")}


def test_one_that_says_nothing_is_below_who_goes_out_elsewhere() -> None:
    below = Known(said=Said(cards=("s2",)), site=EAST, role="switch")
    known = {SW1: switch("s1", uplink="p24", p1=Port(named=(Named(card="s2"),), cards=("x",))), SW2: below}
    assert links(known) == {SW2: (SW1, "p1", "LLDP")}


def test_switches_whose_ways_out_lead_over_each_other_hang_on_neither() -> None:
    known = {SW1: switch("s1", uplink="p1", p1=named("s2")), SW2: switch("s2", uplink="p1", p1=named("s1"))}
    assert links(known) == {}


def test_ways_out_in_a_circle_feed_nobody() -> None:
    third = DeviceId("east:gw:sw3")
    known = {
        SW1: switch("s1", uplink="p1", p1=named("s2")),
        SW2: switch("s2", uplink="p1", p1=named("s3")),
        third: switch("s3", uplink="p1", p1=named("s1")),
        PC1: host("a", eth0=named("s1")),
    }
    assert learn(known).unclear == {SW1, SW2, third}
    assert list(links(known)) == [PC1]


def test_switches_whose_direction_nobody_knows_hang_on_neither() -> None:
    assert links({SW1: switch("s1", p1=named("s2")), SW2: switch("s2", p1=named("s1"))}) == {}


def test_a_port_that_is_a_part_of_the_way_out_does_not_lead_down() -> None:
    core = Known(said=Said(cards=("c",)), site=EAST, role="switch")
    known = {CORE: core, SW1: switch("s1", uplink="Trk1", p23=named("c"), p24=named("c"), p1=seen("x"))}
    assert links(known) == {}


def test_a_second_line_between_two_switches_changes_nothing() -> None:
    known = {
        CORE: switch("c", is_root=True, p1=named("s1"), p2=named("s1")),
        SW1: switch("s1", uplink="p24", p23=named("c"), p24=named("c")),
    }
    assert links(known) == {SW1: (CORE, "", "LLDP")}


def test_a_blocked_line_beside_a_tree_makes_no_link() -> None:
    known = {
        CORE: switch("c", is_root=True, p1=named("s1"), p2=named("s2")),
        SW1: switch("s1", uplink="p24", p24=named("c"), p23=named("s2")),
        SW2: switch("s2", uplink="p24", p24=named("c"), p23=named("s1")),
    }
    assert links(known) == {SW1: (CORE, "p1", "LLDP"), SW2: (CORE, "p2", "LLDP")}


def test_who_is_silent_for_long_has_no_say() -> None:
    known = {
        SW1: switch("s1", uplink="p24", reports=False, p1=seen("a")),
        SW2: switch("s2", uplink="p24", p1=seen("a")),
        PC1: host("a"),
    }
    assert links(known) == {PC1: (SW2, "p1", "bridge table")}


# ---------------------------------------------------------------- any network


def tree(seed: int, switches: int, hosts: int) -> tuple[dict[DeviceId, Known], dict[DeviceId, tuple[DeviceId, str]]]:
    """Return what all devices of a tree of switches say when everything was heard, and by what each truly is fed."""
    dice = random.Random(seed)
    names = [DeviceId(f"east:gw:sw{number}") for number in range(switches)]
    above = {names[n]: names[dice.randrange(n)] for n in range(1, switches)}
    ends = [DeviceId(f"east:pc{number}") for number in range(hosts)]
    above |= {end: dice.choice(names) for end in ends}
    truth = {device: (feeder, f"to {device}") for device, feeder in above.items()}

    def way(device: DeviceId) -> list[DeviceId]:
        return [device, *(way(above[device]) if device in above else [])]

    lines: dict[DeviceId, dict[str, Port]] = {name: {} for name in names}
    for device in [*names, *ends]:
        for name in names:
            if name == device:
                continue
            down = way(device)
            port = f"to {down[down.index(name) - 1]}" if name in down else "up"
            old = lines[name].get(port, Port())
            is_next = (above.get(device) == name or above.get(name) == device) and device in lines
            found = (*old.named, Named(card=f"card {device}", is_switch=True)) if is_next else old.named
            lines[name][port] = Port(named=found, cards=(*old.cards, f"card {device}"))
    known = {
        name: Known(
            said=Said(
                cards=(f"card {name}",), uplink="up" if name in above else "", is_root=name not in above, ports=ports
            ),
            site=EAST,
            role="switch",
        )
        for name, ports in lines.items()
    }
    return known | {end: host(f"card {end}") for end in ends}, truth


shapes = st.builds(tree, st.integers(0, 10**6), st.integers(1, 8), st.integers(0, 12))


@given(shapes)
def test_of_a_network_that_says_all_every_link_is_learnt(
    shape: tuple[dict[DeviceId, Known], dict[DeviceId, tuple[DeviceId, str]]],
) -> None:
    known, truth = shape
    assert {device: (one.feeder, one.port) for device, one in learn(known).links.items()} == truth


@given(shapes, st.data())
def test_what_is_not_said_makes_no_wrong_link(
    shape: tuple[dict[DeviceId, Known], dict[DeviceId, tuple[DeviceId, str]]], data: st.DataObject
) -> None:
    known, truth = shape
    heard = {}
    for device, one in sorted(known.items()):
        ports = {name: port for name, port in one.said.ports.items() if data.draw(st.integers(0, 4))}
        said = Said(cards=one.said.cards, uplink=one.said.uplink, is_root=one.said.is_root, ports=ports)
        heard[device] = Known(said=said, site=one.site, role=one.role, reports=data.draw(st.booleans()))
    for device, learnt in learn(heard).links.items():
        assert learnt.feeder == truth[device][0]


small = st.sampled_from(["", "a", "b", "c", "up"])
anything = st.dictionaries(
    st.sampled_from([CORE, SW1, SW2, PC1, PC2]),
    st.builds(
        Known,
        said=st.builds(
            Said,
            cards=st.tuples(small),
            address=small,
            uplink=small,
            is_root=st.booleans(),
            ports=st.dictionaries(
                small,
                st.builds(
                    Port,
                    named=st.lists(
                        st.builds(Named, card=small, name=small, is_switch=st.sampled_from([None, True, False])),
                        max_size=2,
                    ).map(tuple),
                    cards=st.lists(small, max_size=2).map(tuple),
                    more=st.integers(0, 1),
                ),
                max_size=3,
            ),
        ),
        site=st.just(EAST),
        names=st.frozensets(small, max_size=2),
        role=st.sampled_from(["switch", "recorder-pc"]),
        reports=st.booleans(),
    ),
)


@given(anything)
def test_whatever_is_said_nothing_feeds_itself(known: dict[DeviceId, Known]) -> None:
    found = learn(known)
    for start in found.links:
        device, seen_already = start, set[DeviceId]()
        while device in found.links:
            assert device not in seen_already
            seen_already.add(device)
            device = found.links[device].feeder
    assert not found.unclear & found.links.keys()


@given(anything, st.randoms())
def test_the_order_in_which_it_is_said_does_not_matter(known: dict[DeviceId, Known], dice: random.Random) -> None:
    shuffled = list(known.items())
    dice.shuffle(shuffled)
    assert learn(dict(shuffled)) == learn(known)


def test_what_is_learnt_is_a_link_with_its_source() -> None:
    link = Learnt(SW1, "p1", Source.LLDP).as_link(PC1)
    assert (link.feeder, link.port, link.device, link.source) == (SW1, "p1", PC1, "LLDP")
