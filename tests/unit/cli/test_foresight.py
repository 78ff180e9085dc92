"""What `roomtone foresight` writes, in both languages."""

import pytest
from rich.console import Console

from collector.cli.foresight import _WORDS, tables, undated
from collector.store.records.accounts import Language

UNIT = {"device": "s:pc:p", "name": "P", "role": "projector", "model": "E X", "site": "s", "site_name": "S",
        "room": "s/r", "room_name": "R"}  # fmt: skip
FAILING = UNIT | {
    "failures": 6, "years": 0.5, "rate": 12.0, "rate_low": 5.2, "rate_high": 23.7,
    "model_peers": {"units": 9, "failures": 1, "years": 4.5, "rate": 0.22, "chance": 1e-6}, "site_peers": None,
}  # fmt: skip
WEARING = UNIT | {
    "kind": "lamp", "metric": "classroom.projector.lamp.time", "instance": "1", "value": 2700.0, "limit": 3000.0,
    "per_day": 5.0, "days": 40, "due_at": "2027-01-10T12:00:00Z", "earliest_at": "2027-01-05T12:00:00Z",
    "latest_at": None,
}  # fmt: skip
WORN = WEARING | {"kind": "battery", "instance": "", "due_at": "2026-11-27T00:00:00Z"}
FOUND = {
    "made_at": "2026-11-27T00:00:00Z", "week": "2026-W48",
    "likely": [UNIT | {"chance": 0.62, "failing": FAILING, "wearing": None},
               UNIT | {"chance": 1.0, "failing": None, "wearing": WEARING}],
    "failing": [FAILING], "wearing": [WEARING, WORN],
}  # fmt: skip


def written(found: dict[str, object], language: Language) -> str:
    console = Console(width=200)
    with console.capture() as said:
        for table in tables(found, language):
            console.print(table)
    return said.get()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            Language.EN,
            ("week 2026-W48", "62%", "6 failures in 0.5 years", "lamp 1: due 2027-01-10", "12.0 (5.2-23.7)", "0.22",
             "2700 / 3000", "2027-01-05 - later", "reached"),
        ),
        (
            Language.ZH_CN,
            ("2026-W48 周", "0.5 年内故障 6 次", "灯泡 1 约 2027-01-10 到寿命", "2027-01-05 - 更晚", "已到"),
        ),
    ],
)  # fmt: skip
def test_units_and_parts_are_told_with_rates_dates_and_intervals(language: Language, words: tuple[str, ...]) -> None:
    said = written(FOUND, language)
    assert [word for word in words if word not in said] == []


def test_each_language_has_every_word_and_says_when_there_is_nothing() -> None:
    assert _WORDS[Language.EN].keys() == _WORDS[Language.ZH_CN].keys()
    nothing = {"week": "2026-W48", "made_at": "2026-11-27T00:00:00Z", "likely": [], "failing": [], "wearing": []}
    assert written(nothing, Language.ZH_CN).count("无") == 3


def test_parts_without_a_date_are_counted_with_the_day_from_which_they_may_have_one() -> None:
    young = UNIT | {"kind": "lamp", "metric": "m", "instance": "1", "value": 1.0, "days": 4,
                    "dated_at": "2027-01-10T12:00:00Z"}  # fmt: skip
    parts = [young, young | {"dated_at": "2027-01-12T12:00:00Z"}, young | {"kind": "filter", "dated_at": None}]
    assert list(undated(FOUND | {"undated": parts}, Language.EN)) == [
        "Too little is known yet to say when: lamp 2; the next from 2027-01-10 on",
        "Nobody knows the limit: filter 1",
    ]
    assert list(undated(FOUND | {"undated": parts[2:]}, Language.ZH_CN)) == ["不知极限：滤网 1"]
