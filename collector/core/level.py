"""How bad a raised rung is: the first line of its level table whose facts hold."""

from dataclasses import dataclass
from typing import Final, Protocol

from collector.core.book import Bar
from collector.core.condition import Evidence
from collector.core.model import Attribution, Context, Level, State
from collector.core.rule import Case


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level (None: opens nothing) and, where the rule says so, the state of the device.

    What is attributed to people has no level: it `is_notice`.
    """

    level: Level | None
    state: State | None = None
    attribution: Attribution = Attribution.EQUIPMENT

    @property
    def is_notice(self) -> bool:
        return self.attribution is Attribution.PEOPLE


NO_VERDICT: Final = Verdict(None)


class Facts(Evidence, Protocol):
    """What level tables ask for, beside the evidence of conditions."""

    @property
    def role(self) -> str: ...
    @property
    def instance(self) -> str: ...
    def context(self) -> Context:
        """Give what the room is needed for: `lesson` also while it is recording."""
        ...

    def sole(self) -> bool: ...
    def every(self, bar: Bar) -> bool: ...
    def told(self) -> bool: ...
    def silent_since(self) -> Context | None: ...
    def unheard(self) -> bool: ...
    def reachable(self) -> bool: ...


def grade(bar: Bar, facts: Facts) -> Verdict:
    """Return the verdict of the first case that holds; none where no case does."""
    for case, condition in bar.cases:
        if _holds(case, bar, facts) and (condition is None or condition(facts.reading, facts)):
            whose = case.attribution or bar.rule.attribution
            return Verdict(None if whose is Attribution.PEOPLE else case.level, case.state, whose)
    return NO_VERDICT


def _holds(case: Case, bar: Bar, facts: Facts) -> bool:
    return (
        (case.contexts is None or facts.context() in case.contexts)
        and (case.roles is None or facts.role in case.roles)
        and (case.instances is None or case.instances.match(facts.instance))
        and (case.told is None or facts.told() is case.told)
        and (case.silent_since is None or facts.silent_since() in case.silent_since)
        and (case.unheard is None or facts.unheard() is case.unheard)
        and (case.sole is None or facts.sole() is case.sole)
        and (case.every is None or facts.every(bar) is case.every)
        and (case.reachable is None or facts.reachable() is case.reachable)
    )
