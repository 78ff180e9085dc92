"""Agreements are read from files: the default one as the service promises it, and every mistake at its place."""

import json
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from collector.core.agreement import Agreement, Counting, Term, coverage
from collector.core.model import Level
from collector.core.ticket import Coverage, Step
from collector.packs.agreement import agreement_schema, load_agreements
from collector.packs.errors import PackError

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "rules" / "agreements"
HOUR = timedelta(hours=1)

GOOD = """\
id: school
tracks:
  fast: [{step: respond, within: 30 min}]
levels: {1: fast, 2: fast, 3: fast, 4: fast}
"""


@pytest.fixture
def default() -> Agreement:
    return load_agreements([SHIPPED])["default"]


def terms(*promised: tuple[Step, timedelta, Counting]) -> tuple[Term, ...]:
    return tuple(Term(step=step, within=within, counting=counting) for step, within, counting in promised)


def test_the_default_agreement_is_that_of_the_service(default: Agreement) -> None:
    fast = terms(
        (Step.RESPOND, HOUR / 2, Counting.ALWAYS),
        (Step.ARRIVE, 2 * HOUR, Counting.ALWAYS),
        (Step.SOLVE, 8 * HOUR, Counting.ALWAYS),
    )
    slow = terms(
        (Step.RESPOND, 24 * HOUR, Counting.ALWAYS),
        (Step.SOLVE, 48 * HOUR, Counting.ALWAYS),
        (Step.SWAP, timedelta(days=3), Counting.WORKING_DAYS),
    )
    question = terms((Step.RESPOND, 24 * HOUR, Counting.ALWAYS))
    assert default.tracks == {1: fast, 2: fast, 3: slow, 4: question}
    hours = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
    assert default.calendar.week == (hours,) * 5 + ((), ())
    assert (default.warranty_years, default.reopen_within) == (5, HOUR / 2)
    roles = ["on-call engineer", "project lead", "senior engineer", "responsible manager"]
    assert [contact.role for contact in default.contacts] == roles
    assert [(rung.key, rung.to) for rung in default.ladder[:4]] == list(
        zip(("respond/0", "respond/50", "respond/80", "respond/100"), roles, strict=True)
    )
    assert [(rung.after, rung.to) for rung in default.complaints] == [
        (0 * HOUR, roles[1]), (4 * HOUR, roles[2]), (24 * HOUR, roles[3]),
    ]  # fmt: skip
    assert default.told_in_business_hours == (3, 4)
    assert set(default.name) == {"en", "zh-CN"}


def test_the_schema_on_file_is_the_one_of_the_reader() -> None:
    on_file = json.loads((ROOT / "docs" / "schema" / "agreement.json").read_text("utf-8"))
    assert on_file == agreement_schema(), "run: python -m collector.packs.agreement > docs/schema/agreement.json"


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("30 min", (HOUR / 2, Counting.ALWAYS)),
        ("1 h 30 min", (1.5 * HOUR, Counting.ALWAYS)),
        ("4 h of business hours", (4 * HOUR, Counting.BUSINESS)),
        ("1 working day", (timedelta(days=1), Counting.WORKING_DAYS)),
        ("3 working days", (timedelta(days=3), Counting.WORKING_DAYS)),
    ],
)
def test_promised_times_are_said_in_words(tmp_path: Path, within: str, expected: tuple[timedelta, Counting]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD.replace("30 min", within) + 'business_hours: {mon: "08:00-12:00"}\n', "utf-8")
    (term,) = load_agreements([file])["school"].tracks[Level.OUTAGE]
    assert (term.within, term.counting) == expected


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        pytest.param("{}", ["1:1: an agreement needs 'id'", "'tracks'", "'levels'"], id="nothing in it"),
        pytest.param(GOOD.replace("30 min", "soon"), ["3:34: tracks.fast[0].within:", "'soon'"], id="no duration"),
        pytest.param(GOOD.replace("30 min", "0 s"), ["more than nothing"], id="no time at all"),
        pytest.param(GOOD.replace("respond", "answer"), ["3:17: tracks.fast[0].step:", "respond"], id="no such step"),
        pytest.param(GOOD.replace("4: fast", "4: slow"), ["level 4: there is no track 'slow'"], id="no such track"),
        pytest.param(GOOD.replace(", 4: fast", ""), ["level 4 has no track"], id="a level without a track"),
        pytest.param(GOOD.replace("4: fast", "5: fast"), ["must be one of 1, 2, 3, 4, is 5"], id="a fifth level"),
        pytest.param(GOOD.replace("30 min", "2 working days"), ["business_hours must list"], id="days, but no hours"),
        pytest.param(GOOD + "holidays: [2026-13-01]\n", ["5:12: holidays[0]: must be a date"], id="no such date"),
        pytest.param(GOOD + "holydays: []\n", ["did you mean 'holidays'"], id="a key misspelt"),
        pytest.param(GOOD + "warranty_years: -1\n", ["5:17: warranty_years: must be at least 0"], id="years below 0"),
        pytest.param(
            GOOD.replace("[{", "[{step: respond, within: 1 h}, {"), ["promises respond twice"], id="a promise twice"
        ),
        pytest.param(
            "id: Großes\nwarranty_years: many\nbusiness_hours: {mon: 8-12, moon: x}\n",
            ["1:5: id", "2:17: warranty_years", "3:23:", "3:29:", "needs 'tracks'"],
            id="all of them at once",
        ),
    ],
)
def test_each_mistake_is_told_with_its_place(tmp_path: Path, text: str, mistakes: list[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_agreements([tmp_path])
    told = str(caught.value)
    assert all(line.startswith(f"{file}:") for line in told.splitlines())
    for mistake in mistakes:
        assert mistake in told


def test_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("id: [", "utf-8")
    with pytest.raises(PackError) as caught:
        load_agreements([tmp_path])
    assert [Path(mistake.file).name for mistake in caught.value.mistakes] == ["a.yaml", "b.yaml"]


def test_one_id_twice_in_a_folder_is_a_mistake_and_a_later_folder_replaces(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, minutes in ((first, 30), (second, 15)):
        folder.mkdir()
        (folder / "school.yaml").write_text(GOOD.replace("30 min", f"{minutes} min"), "utf-8")
    (term,) = load_agreements([first, second])["school"].tracks[Level.OUTAGE]
    assert term.within == HOUR / 4
    (second / "twin.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(PackError, match=r"twin\.yaml:1:5: id: agreement 'school' is in .*school\.yaml too"):
        load_agreements([first, second])


@pytest.mark.parametrize(
    ("accepted", "contract", "expected"),
    [
        pytest.param(None, False, Coverage.WARRANTY, id="nobody is billed on a guess"),
        pytest.param(date(2021, 11, 20), False, Coverage.WARRANTY, id="the last day of five years"),
        pytest.param(date(2021, 11, 19), False, Coverage.BILLABLE, id="the day after"),
        pytest.param(date(2021, 11, 19), True, Coverage.CONTRACT, id="the day after, with a contract"),
        pytest.param(date(2016, 2, 29), True, Coverage.CONTRACT, id="accepted on a leap day"),
    ],
)
def test_who_pays(default: Agreement, accepted: date | None, contract: bool, expected: Coverage) -> None:
    agreement = Agreement(id="x", tracks=default.tracks, calendar=default.calendar, follow_on_contract=contract)
    assert coverage(agreement, accepted_on=accepted, on=date(2026, 11, 19)) is expected
