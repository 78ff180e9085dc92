"""A week of a simulated campus through the real core: faults are found at their level, and nothing else is told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.term_judge import Judge, Verdict
from bench.term_run import TermRun
from collector.core.rule import RulePack
from collector.packs.agreement import load_agreements
from collector.packs.rules import load_rules
from simulate.term import Term, make_term
from simulate.term_events import Truth

PACK = Path(__file__).parents[2] / "rules"
RULES = load_rules([PACK])


def run_of(term: Term, rules: RulePack) -> TermRun:
    run = TermRun(term, interval=timedelta(seconds=60), rules=rules, agreements=load_agreements([PACK / "agreements"]))
    run.run()
    return run


def week(seed: int, rooms: int, rules: RulePack, *, edges: float = 0.0) -> Verdict:
    term = make_term(seed=seed, weeks=1, rooms=rooms, edges=edges)
    run = run_of(term, rules)
    try:
        return Judge(term, run).judge()
    finally:
        run.world.close()


def test_a_week_of_faults_noise_and_nights_is_told_as_it_was() -> None:
    verdict = week(8, 40, RULES)
    assert verdict.missed == []
    assert verdict.wrong_level == []
    assert verdict.at_rest == []
    assert verdict.false_per_100_room_weeks < 1
    assert verdict.found >= 5


def test_a_switch_that_is_lost_with_its_rooms_is_one_ticket() -> None:
    verdict = week(5, 40, RULES)
    assert verdict.per_switch == {1: 1}
    assert verdict.missed == []


def test_troubles_at_awkward_moments_are_told_as_they_were() -> None:
    verdict = week(3, 50, RULES, edges=1.0)
    assert (verdict.missed, verdict.wrong_level, verdict.at_rest, verdict.false) == ([], [], [], [])
    assert (verdict.overlooked, verdict.invented) == ([], [])
    assert verdict.found >= 5


def test_what_was_gone_and_back_unheard_is_on_record_and_nothing_else_is() -> None:
    term = make_term(seed=2, weeks=1, rooms=20, edges=3.0)
    run = run_of(term, RULES)
    verdict = Judge(term, run).judge()
    assert verdict.recorded >= 3
    assert (verdict.overlooked, verdict.invented) == ([], [])
    assert (verdict.missed, verdict.wrong_level, verdict.at_rest, verdict.false) == ([], [], [], [])
    run.gone.clear()
    assert Judge(term, run).judge().invented  # the judge notices
    run.world.kept.incidents = {number: one for number, one in run.world.kept.incidents.items() if not one.late}
    assert Judge(term, run).judge().overlooked
    run.world.close()


def test_the_judge_notices_what_is_missed_told_at_the_wrong_level_or_told_in_vain() -> None:
    """Without it nobody would know that the judge can find anything."""

    told = make_term(seed=5, weeks=1, rooms=10)
    run = run_of(told, RULES)
    assert Judge(told, run).judge().found
    others = tuple(replace(truth, level=2 if truth.level == 1 else truth.level) for truth in told.truths)
    assert Judge(replace(told, truths=others), run).judge().wrong_level
    assert Judge(replace(told, truths=()), run).judge().false  # a ticket that nothing explains
    run.world.close()
    term = make_term(seed=5, weeks=1, rooms=10)
    run = run_of(term, RulePack())
    assert term.truths
    assert Judge(term, run).judge().missed  # without rules nothing is found
    run.world.close()


def test_a_term_is_the_same_for_the_same_seed_and_tells_what_it_did() -> None:
    term = make_term(seed=9, weeks=2, rooms=60)
    assert term == make_term(seed=9, weeks=2, rooms=60)
    assert term.truths != make_term(seed=10, weeks=2, rooms=60).truths
    assert [each.at for each in term.happenings] == sorted(each.at for each in term.happenings)
    kinds = {truth.kind for truth in term.truths}
    assert kinds >= {"cloned", "agent restarted", "link blinked", "host died"}
    assert all(isinstance(truth, Truth) and truth.start < truth.end for truth in term.truths)
    assert any(day.weekday() < 5 for day in term.holidays)
