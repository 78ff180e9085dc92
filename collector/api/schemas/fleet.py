"""Agents, the codes that make them, and their configurations."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from collector.api.schemas.base import Asked, Shown
from collector.core.model import State

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Enrolment(Shown):
    """A one-time code, without its text. `room` and `agent` are what it is bound to beside the site."""

    id: int
    site: str
    room: str | None
    agent: str | None
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None


class EnrolmentMade(Enrolment):
    """A code just made: its text, and the command that uses it on a classroom PC. Both are shown this once."""

    code: str
    command: str


class EnrolmentAsked(Asked):
    """A code to be made. `agent` makes the computer that uses it this one, also in place of another computer."""

    site: Id
    room: Id | None = None
    agent: Id | None = None
    expires_in_s: Annotated[int, Field(ge=60, le=90 * 86400)] = 86400


class EnrolAsked(Asked):
    """What `roomtone agent enrol` sends: the code, a secret of its own for asking again, and what the computer is."""

    code: Secret
    claim: Annotated[str, StringConstraints(min_length=16, max_length=200)]
    agent: Id
    fingerprint: Annotated[str, StringConstraints(max_length=200)] = ""


class Welcome(Shown):
    """What an agent gets for its code: its identity, its agent.toml, its broker password, the broker's authority."""

    id: str
    site: str
    agent: str
    version: int
    config: str
    password: str
    authority: str | None


class ConfigState(StrEnum):
    """How an agent stands to its configuration."""

    LOCAL = "local"  # it runs what somebody wrote on its disk
    APPLIED = "applied"
    TRIAL = "trial"  # it runs the new one, and has not been heard for good with it
    REJECTED = "rejected"  # it would not run the new one
    ROLLED_BACK = "rolled_back"  # it could not report with the new one
    PENDING = "pending"  # it has not answered yet


class AgentConfig(Shown):
    """`version` is what the agent runs, 0 for a file of its own; `newest` what it was given last."""

    version: int
    newest: int
    state: ConfigState
    error: str


class Sighting(Shown):
    """A computer that was heard under this identity."""

    label: str
    heard_at: datetime


class Trouble(Shown):
    """What an agent's computer went through since the agent began; how often, but `in_memory` is how things stand.

    `in_memory`: readings are kept in memory, since the disk is full, read-only or broken. `untold_sleeps`: it slept
    without having said so. `network_changes`: its address on the way to the broker became another, or none.
    """

    in_memory: bool = False
    clock_jumps: int = 0
    untold_sleeps: int = 0
    network_changes: int = 0


class Agent(Shown):
    """An agent. `enrolled_at` is null for one that uses a shared account.

    `spool`: `volatile` says that what waits on its disk does not outlive a restart; empty where it is not known.
    `computers` are those that live under this identity at once: more than one are clones of one disk.
    `moved`: it runs on another computer than the one that was enrolled.
    """

    id: str
    site: str
    room: str | None
    state: State | None
    last_seen: datetime | None
    born_at: datetime | None
    agent_version: str
    os: str
    address: str
    serial: str
    fingerprint: str
    spool: str
    moved: bool
    trouble: Trouble
    computers: Sequence[Sighting]
    config: AgentConfig
    enrolled_at: datetime | None
    enrolled_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None


class ConfigText(Shown):
    """A version of an agent's configuration."""

    version: int
    config: str
    made_at: datetime
    made_by: str


class ConfigAsked(Asked):
    """The text of an agent.toml to be handed to the agent."""

    config: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]
