"""Rule packs: what they say, and how every mistake is told with its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.core.model import Context, Level, State
from collector.core.rule import (
    Absent,
    All,
    Bound,
    Kind,
    Operator,
    Quantity,
    Reference,
    RulePack,
    Scope,
    Silent,
    Test,
)
from collector.packs.errors import PackError
from collector.packs.rules import load_rules
from collector.packs.schema import written

ROOT = Path(__file__).parents[3]
WORDS = """    words:
      en: {title: T, symptom: S, advice: A}
      zh-CN: {title: 题, symptom: 象, advice: 策}
"""


def load(folder: Path, text: str) -> RulePack:
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    return load_rules([folder])


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(PackError) as caught:
        load(folder, text)
    return [f"{m.line}:{m.column} {m.where}: {m.what}" for m in caught.value.mistakes]


def rule(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"rules:\n  - id: r\n{lines}\n{WORDS}"


SIMPLE = "metric: m\nraise: {above: 1, for: 30 s}\nlevel: 2"


def test_a_simple_rule(tmp_path: Path) -> None:
    (found,) = load(tmp_path, rule(SIMPLE)).rules
    (rung,) = found.rungs
    assert (found.id, found.family, found.kind, found.roles) == ("r", "r", Kind.ANY, frozenset())
    assert (rung.key, rung.rule, rung.metrics) == ("r", "r", ("m",))
    assert rung.raises == Test(operator=Operator.ABOVE, bounds=(Bound(plus=1),))
    assert (rung.raise_for, rung.clears, rung.clear_for) == (timedelta(seconds=30), None, timedelta())
    assert [case.level for case in rung.cases] == [Level.SEVERE]
    assert found.words["zh-CN"] == {"title": "题", "symptom": "象", "causes": "", "advice": "策"}
    assert rung.instances.match("")
    assert not rung.instances.match("x")


def test_everything_a_rule_can_say(tmp_path: Path) -> None:
    text = """conditions:
  active: {metric: a, of: room, equals: 1}
rules:
  - id: r
    family: f
    about: device
    roles: [camera, ups]
    metric: [m, n]
    instance: "cam*"
    not_instance: "*Slides*"
    clear: {abs: true, below: 1, for: 1 h 30 min}
    rungs:
      - raise: {abs: true, above: {metric: l, instance: "{instance}:high", times: 2, plus: -5}, while: active}
        level:
          - {when: {context: [lesson, open], role: camera, sole: true, if: {absent: {metric: z}}}, then: 1}
          - when: {told: true, silent_since: closed, unheard: true, reachable: false, every: true, instance: x}
            then: off
          - {then: none}
      - metric: k
        raise:
          all: [{one_of: [1, 4]}, {below: {quantity: booked_hours}}, {none: [active, {rising: true}]}, {during: closed}]
          while: [{any: [{booked: recorded}, {target: seen}]}]
        clear: {for: 1 min}
        level: 3
"""
    (found,) = load(tmp_path, text + WORDS).rules
    assert (found.family, found.kind, found.roles) == ("f", Kind.DEVICE, {"camera", "ups"})
    first, second = found.rungs
    assert (first.key, second.key) == ("r", "r/2")
    assert (first.metrics, second.metrics) == (("m", "n"), ("k",))
    assert first.clear_for == timedelta(minutes=90)
    assert (second.clears, second.clear_for) == (None, timedelta(minutes=1))
    active = Test(operator=Operator.EQUALS, bounds=(Bound(plus=1),), subject=Reference(metric="a", scope=Scope.ROOM))
    limit = Bound(of=Reference(metric="l", instance="{instance}:high"), times=2, plus=-5)
    assert first.raises == All(of=(Test(operator=Operator.ABOVE, bounds=(limit,), absolute=True), active))
    assert isinstance(second.raises, All)
    assert Test(operator=Operator.BELOW, bounds=(Bound(of=Quantity.BOOKED_HOURS),)) in second.raises.of[0].of  # type: ignore[union-attr]
    one, two, three = first.cases
    assert (one.level, one.contexts, one.roles, one.sole) == (1, {Context.LESSON, Context.OPEN}, {"camera"}, True)
    assert one.condition == Absent(subject=Reference(metric="z"))
    assert (two.level, two.state, two.told, two.every, two.reachable) == (None, State.OFF, True, True, False)
    assert (two.silent_since, two.unheard) == ({Context.CLOSED}, True)
    assert (three.level, three.state) == (None, None)
    assert first.instances.match("CAM1")
    assert not first.instances.match("cam-slides")


def test_silence_is_a_rule_like_any_other(tmp_path: Path) -> None:
    body = "about: agent\nraise: {silent: true, for: 30 s}\nclear: {for: 60 s}\nlevel: 1"
    (found,) = load(tmp_path, rule(body)).rules
    assert found.rungs[0].raises == Silent()
    assert found.rungs[0].silent
    assert found.is_for("camera", agent=True)
    assert not found.is_for("camera", agent=False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise: {above: 1}\nlevel: 2", "2:5 rules[0]: a rule needs 'metric': what it reads"),
        ("metric: m\nraise: {above: 1}", "2:5 rules[0]: a rule needs 'level'"),
        ("metric: m\nlevel: 2", "2:5 rules[0]: a rule needs exactly one of raise, rungs; it has none"),
        ("metric: m\nraise: {above: x}\nlevel: 2", "4:20 rules[0].raise.above: must be a number, is text"),
        ("metric: m\nraise: {abov: 1}\nlevel: 2", "4:13 rules[0].raise.abov: unknown key 'abov'; did you mean"),
        ("metric: m\nraise: {above: 1, for: 30}\nlevel: 2", "4:28 rules[0].raise.for: must be a duration like 30 s"),
        ("metric: m\nraise: {above: 1, below: 2}\nlevel: 2", "4:12 rules[0].raise: `raise` needs exactly one of"),
        ("metric: m\nraise: {above: 1, while: gone}\nlevel: 2", "4:30 rules[0].raise.while: there is no condition"),
        ("metric: m\nraise: {above: 1}\nlevel: 4", "5:12 rules[0].level: must be 1, 2, 3, none, notice"),
        ("metric: m\nraise: {above: 1}\nlevel: [{when: {sole: true}, then: 1}]", "5:12 rules[0].level: needs a last"),
        ("metric: m\nraise: {above: 1}\nlevel: [{then: 1}, {then: 2}]", "5:24 rules[0].level[1]: is never reached"),
        ("metric: m\nraise: {above: 5}\nclear: {below: 6}\nlevel: 1", "5:12 rules[0].clear: a reading could raise and"),
        ("metric: m\nraise: {silent: true}\nlevel: 1", "4:21 rules[0].raise.silent: silence is of a device"),
        ("raise: {silent: true}\nclear: {below: 1}\nlevel: 1", "4:12 rules[0].clear: silence is over"),
        ("metric: system.cpu.utilisation\nraise: {above: 1}\nlevel: 1", "3:13 rules[0].metric: 'system.cpu.util"),
        ("metric: m\nroles: [toaster]\nraise: {above: 1}\nlevel: 1", "4:13 rules[0].roles[0]: must be one of"),
        ("metric: m\nraise: {instance: x, above: 1}\nlevel: 1", "4:23 rules[0].raise.instance: 'instance' needs"),
        ("metric: m\nraise: {metric: n, during: open}\nlevel: 1", "4:21 rules[0].raise.metric: 'metric' says nothing"),
        ("metric: m\nraise: {trend: {over: 3 h, reaches: 1}}\nlevel: 1", "4:20 rules[0].raise.trend: a trend"),
        ("metric: m\nraise: {trend: {over: 9 d, reaches: 1, within: 1 d}}\nlevel: 1", "4:27 rules[0].raise.trend.over"),
        ("metric: m\nraise: {rate: {over: 1 h, equals: 1}}\nlevel: 1", "4:39 rules[0].raise.rate.equals: a rate is"),
        ("metric: m\nraise: {rate: {over: 1 h}}\nlevel: 1", "4:19 rules[0].raise.rate: a rate needs exactly one of"),
        ("metric: m\nraise: {count: {of: {equals: 0}, within: 1 h, at_least: 1}}\nlevel: 1", "4:61 rules[0].raise"),
        ("metric: m\nraise: {count: {of: gone, within: 1 h, at_least: 2}}\nlevel: 1", "4:25 rules[0].raise.count.of"),
        ("metric: m\nraise: {missing: {}}\nlevel: 1", "4:22 rules[0].raise.missing: a metric needs 'metric'"),
        ("metric: m\nraise: {restarted: false}\nlevel: 1", "4:24 rules[0].raise.restarted: must be true"),
        ("metric: m\nraise: {above: 1}\nlevel: 1\nattribution: weather", "6:18 rules[0].attribution: must be"),
        ("metric: m\nraise: {above: 1}\nlevel: [{then: notice, attribution: unknown}]", "5:41 rules[0].level[0].a"),
        ("metric: m\nraise: {feeds: room}\nlevel: 1", "4:20 rules[0].raise.feeds: must be one of device"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_is(tmp_path: Path, body: str, expected: str) -> None:
    found = mistakes(tmp_path, rule(body))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule(SIMPLE + "\ncolour: red").replace("above: 1", "above: high"), "utf-8")
    (tmp_path / "b.yaml").write_text("rules: [", "utf-8")
    (tmp_path / "c.yaml").write_text("rules:\n  - id: r\n    raise: {above: 1}\n", "utf-8")
    (tmp_path / "c.test.yaml").write_text("no: pack\n", "utf-8")
    with pytest.raises(PackError) as caught:
        load_rules([tmp_path, tmp_path / "missing.yaml"])
    places = [(Path(m.file).name, m.line) for m in caught.value.mistakes]
    assert places == [("a.yaml", 4), ("a.yaml", 6), ("b.yaml", 2), *[("c.yaml", 2)] * 3, ("missing.yaml", 1)]
    assert str(caught.value).splitlines()[0].endswith("a.yaml:4:20: rules[0].raise.above: must be a number, is text")


def test_a_rule_that_is_there_twice_says_where_the_first_is(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(rule(SIMPLE), "utf-8")
    (tmp_path / "b.yaml").write_text(rule(SIMPLE), "utf-8")
    with pytest.raises(PackError, match=r"b\.yaml:2:9: rules\[0\]\.id: rule 'r' is here twice, first in .*a\.yaml:2"):
        load_rules([tmp_path])


def test_words_are_needed_in_both_languages(tmp_path: Path) -> None:
    text = rule(SIMPLE).replace("      zh-CN: {title: 题, symptom: 象, advice: 策}\n", "")
    assert mistakes(tmp_path, text) == ["7:7 rules[0].words: words needs 'zh-CN'"]


def test_probable_causes_are_as_many_in_each_language(tmp_path: Path) -> None:
    text = rule(SIMPLE).replace("{title: T, symptom: S,", "{title: T, symptom: S, causes: [a, b],")
    assert mistakes(tmp_path, text) == ["7:7 rules[0].words: probable causes must be as many in each language"]
    text = text.replace("{title: 题, symptom: 象,", "{title: 题, symptom: 象, causes: [甲, 乙],")
    assert load(tmp_path, text).rule_words("r")["en"]["causes"] == "a\nb"


def test_a_folder_without_rules_says_so(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there are no rules"):
        load_rules([tmp_path])


def test_the_default_rules_are_without_mistake_and_have_their_words() -> None:
    pack = load_rules([ROOT / "rules"])
    ids = {found.id for found in pack.rules}
    assert {
        "agent-silent",
        "device-silent",
        "component-failed",
        "volume-full",
        "ups-on-battery",
        "outbox-behind",
    } <= ids
    for found in pack.rules:
        for language in ("en", "zh-CN"):
            words = pack.rule_words(found.id)[language]
            assert all(words[part] for part in ("title", "symptom", "advice"))
            assert not any(mark in "".join(words.values()) for mark in "!！’·")
            assert "." not in words["title"]
    assert pack.rule_words("recording-not-growing")["zh-CN"]["title"] == "录制中，文件不再增长"
    assert pack.rule_words("gone") == {}


def test_the_schemas_in_docs_are_those_of_the_readers() -> None:
    for name, text in written().items():
        on_file = (ROOT / "docs" / "schema" / name).read_text("utf-8")
        assert on_file == text, "run: python -m collector.packs.schema docs/schema"
