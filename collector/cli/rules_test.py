"""`roomtone rules test`: runs the tests of rule packs in virtual time."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collector.core.agreement import Agreement
from collector.core.rule import RulePack
from collector.now import monotonic_s
from collector.packs.agreement import load_agreements
from collector.packs.errors import PackError
from collector.packs.rules import load_rules
from collector.packs.rules_test import load_tests
from collector.settings import default_rules
from collector.trial.case import Suite
from collector.trial.mutate import survivors
from collector.trial.report import Outcome, junit
from collector.trial.run import failures


def run_tests(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Default: the packs shipped.")
    ] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write a JUnit report there.")] = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Say which thresholds, times, guards and levels no test notices.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List every test, and the overrides of rules that it used.")
    ] = False,
) -> None:
    """Run the tests (*.test.yaml) of rule packs in virtual time; status 1 when one fails or something survives.

    A test says what is read, what happens, and what devices, incidents and tickets must then be: rules/README.md.

    Example:

      roomtone rules test ./rules --junit rules.xml

      roomtone rules test ./rules --mutate
    """
    try:
        suites = load_tests(folders or [default_rules()])
        packs = {suite.file: load_rules([Path(name) for name in suite.rules]) for suite in suites}
        agreements = load_agreements([default_rules() / "agreements"])
    except PackError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    outcomes = [outcome for suite in suites for outcome in _run(suite, packs[suite.file], agreements)]
    if junit_file is not None:
        junit_file.write_bytes(junit(outcomes))
    failed = [outcome for outcome in outcomes if outcome.failures]
    for failure in (failure for outcome in failed for failure in outcome.failures):
        print(failure, file=sys.stderr)
    for outcome in outcomes if verbose else ():
        print(f"{'failed' if outcome.failures else 'passed'} {outcome.took_s:.3f} s {outcome.case.name}")
        for said in outcome.overrides:
            print(f"  by the override in {said}")
    print(f"{len(outcomes)} tests, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)
    if mutate and _survived(suites, packs, agreements):
        raise typer.Exit(1)


def _run(suite: Suite, pack: RulePack, agreements: dict[str, Agreement]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for case in suite.cases:
        started = monotonic_s()
        used: set[str] = set()
        found = tuple(failures(case, pack, agreements, used=used))
        outcomes.append(
            Outcome(
                suite=suite,
                case=case,
                failures=found,
                took_s=monotonic_s() - started,
                overrides=tuple(sorted(used)),
            )
        )
    return outcomes


def _survived(suites: list[Suite], packs: dict[str, RulePack], agreements: dict[str, Agreement]) -> int:
    """Print what no test notices; tests that are about the same rules are taken together."""
    count = 0
    for rules in dict.fromkeys(suite.rules for suite in suites):
        together = [suite for suite in suites if suite.rules == rules]
        cases = [case for suite in together for case in suite.cases]
        for mutant in survivors(packs[together[0].file], cases, agreements):
            count += 1
            print(f"no test notices: {mutant.what}")
    print(f"{count} changes that no test notices")
    return count
