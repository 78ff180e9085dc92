"""Topic names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import TopicError
from wire.topics import ID_PATTERN, Kind, Topic, parse, state_topic

ids = st.from_regex(ID_PATTERN, fullmatch=True)


@given(site=ids, kind=st.sampled_from(Kind), agent=ids, device=ids)
def test_a_topic_goes_round(site: str, kind: Kind, agent: str, device: str) -> None:
    topic = Topic(site=site, kind=kind, agent=agent, device=device if kind.is_device else "")
    assert parse(str(topic)) == topic


def test_a_topic_names_the_device_it_is_of() -> None:
    topic = parse("spBv1.0/east/DDATA/pc1/ups-1")
    assert (topic.node_id, topic.device_id) == ("east:pc1", "east:pc1:ups-1")
    assert parse("spBv1.0/east/NDATA/pc1").device_id == "east:pc1"
    assert parse("spBv1.0/Haus 1/NDATA/Gerät").node_id == "Haus 1:Gerät"


def test_the_host_has_a_topic() -> None:
    assert state_topic("roomtone") == "spBv1.0/STATE/roomtone"


@pytest.mark.parametrize(
    ("topic", "what"),
    [
        ("", "not a Sparkplug edge topic"),
        ("spBv1.0/STATE/roomtone", "not a Sparkplug edge topic"),
        ("spAv1.0/east/NDATA/pc1", "not a Sparkplug edge topic"),
        ("spBv1.0/east/NDATA/pc1/ups/more", "not a Sparkplug edge topic"),
        ("spBv1.0/east/NSMOKE/pc1", "no Sparkplug message type"),
        ("spBv1.0/east/ndata/pc1", "no Sparkplug message type"),
        ("spBv1.0/east/DDATA/pc1", "needs device part"),
        ("spBv1.0/east/NDATA/pc1/ups", "has no device part"),
        ("spBv1.0//NDATA/pc1", "cannot be an id"),
        ("spBv1.0/east/NDATA/+", "cannot be an id"),
        ("spBv1.0/east/NDATA/a:b", "cannot be an id"),
        ("spBv1.0/east/NDATA/a\nb", "cannot be an id"),
        ("spBv1.0/east/NDATA/" + "x" * 200, "cannot be an id"),
    ],
)
def test_a_topic_that_is_none_is_told(topic: str, what: str) -> None:
    with pytest.raises(TopicError, match=what):
        parse(topic)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse(text)
    except TopicError:
        pass
