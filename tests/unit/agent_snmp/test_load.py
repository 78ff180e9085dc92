import pytest

from agent.snmp.document import parse_document
from agent.snmp.errors import ProfileError
from agent.snmp.load import load_profile
from agent.snmp.profile import Profile

GOOD = """\
roomtone: 1
vendor: Example
role: ups
match:
  - {sysObjectID: [1.3.6.1.4.1.99.1, 1.3.6.1.4.1.99.*], sysDescr: 'Example'}
identity:
  model: [{OID: 1.3.6.1.4.1.99.1.1.0}]
metrics:
  - MIB: EXAMPLE-MIB
    table: {OID: 1.3.6.1.4.1.99.2, name: fanTable}
    tags: [{OID: .10, name: descr}]
    symbols:
      - {OID: .2, name: speed, metric: hw.fan.speed, instance: "{descr|index}"}
      - {OID: .3, name: state, metric: hw.status, instance: "fan:{descr}", enum: {1: ok, 2: failed, 3: null}}
"""


def load(text: str) -> Profile:
    return load_profile(parse_document(text, "example.yaml"), "example", lambda name: None)


def test_a_profile_is_read() -> None:
    profile = load(GOOD)
    group = profile.groups[0]
    assert (profile.vendor, profile.role, group.table) == ("Example", "ups", "1.3.6.1.4.1.99.2")
    assert [column.oid for column in group.columns] == [f"1.3.6.1.4.1.99.2.1.{n}" for n in (10, 2, 3)]
    assert group.rules[1].enum == {"1": 0, "2": 2, "3": None}


def test_every_mistake_is_listed_with_file_line_and_column() -> None:
    bad = (
        GOOD.replace("role: ups", "role: toaster")
        .replace("name: speed", "name: descr")
        .replace("hw.fan.speed", "hw.fan.speeed")
        .replace("1: ok", "1: fine")
        .replace('instance: "fan:{descr}"', 'instance: "fan:{nothing}", colour: red')
        .replace("1.3.6.1.4.1.99.1.1.0", "one.two")
    )
    with pytest.raises(ProfileError) as caught:
        load(bad)
    found = {(mistake.line, mistake.where.rsplit(".", 1)[-1]) for mistake in caught.value.mistakes}
    assert {(3, "role"), (13, "metric"), (14, "1"), (14, "instance"), (14, "colour"), (7, "OID")} <= found
    assert all(str(mistake).startswith("example.yaml:") for mistake in caught.value.mistakes)
    assert all(mistake.column > 0 for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("roomtone: 1\nmetrics: [", "no YAML"),
        ("roomtone: 2\n", "must be 1"),
        ("- a\n- b\n", "must be a mapping"),
        ("roomtone: 1\nroomtone: 1\n", "given twice"),
        ("roomtone: 1\nextends: [nothing]\n", "there is no profile 'nothing'"),
        ("roomtone: 1\nmetrics:\n  - symbols:\n      - {metric: hw.power, value: watts * 2}\n", "'watts' is none of"),
        ("a: &a [*a]\n", "nested too deep"),
        (
            "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n",
            "too large",
        ),
        ("", "must be a mapping"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(text: str, what: str) -> None:
    with pytest.raises(ProfileError, match=what.replace("*", r"\*")):
        load(text)


def test_an_oid_that_looks_like_a_number_keeps_its_zeros() -> None:
    profile = load(
        "roomtone: 1\nmetrics:\n  - base: 1.3.6.1\n    symbols:\n      - {OID: .10, name: a, metric: hw.power}\n"
    )
    assert profile.groups[0].columns[0].oid == "1.3.6.1.10"
