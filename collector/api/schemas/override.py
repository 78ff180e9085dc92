"""Rules that have another form at a device than elsewhere."""

from pydantic import Field

from collector.api.schemas.base import Shown
from collector.api.schemas.explain import Seconds
from collector.api.schemas.incident import Words
from collector.core.rule import Operator


class Clause(Shown):
    """What must hold, in signs, and for how long; `operator` and `value` where a reading is held to a number."""

    text: str
    for_s: Seconds = Field(validation_alias="held")
    operator: Operator | None
    value: float | None


class RuleForm(Shown):
    """A rung of a rule. `metric` empty: it watches for silence. `levels`, null where nothing is opened, by case."""

    key: str
    metric: str
    raises: Clause
    clears: Clause | None
    levels: list[int | None]


class OverridePlace(Shown):
    """Where an override holds: all that is named. `instances` are globs."""

    site: str | None
    room: str | None
    device: str | None
    instances: list[str] | None


class Override(Shown):
    """A rule as it is elsewhere, `own`, and `here`; `here` is empty where the rule is off.

    `at` is where it is written (file:line:column), `why` what a person said of it. `instances` are those of the
    device that it holds for.
    """

    rule: str
    words: dict[str, Words]
    at: str
    why: str
    place: OverridePlace
    instances: list[str]
    own: list[RuleForm]
    here: list[RuleForm]
