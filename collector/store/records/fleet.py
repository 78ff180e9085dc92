"""Enrolment codes and agents on record. Comes in: codes as people and agents send them. Goes out: values, no secrets.

Every call blocks, and is one transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from collector.core.computer import Hardware, hardware_of
from collector.core.enrolment import KnownAgent, choose_agent
from collector.core.model import DeviceId, SiteId
from collector.store.records.accounts import Sessions
from collector.store.records.fleet_tables import AgentRow, ConfigurationRow, EnrolmentRow
from collector.store.records.secret import hash_token, new_password
from collector.store.records.upsert import in_parts
from wire.digest import digest as digest_of

_MOST_OF_A_SITE: Final = 100_000
_Made = tuple[int, bool, str]  # version, is_first, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A code, without its text. `room` and `agent` are what it is bound to beside the site, "" for nothing."""

    id: int
    site: str
    room: str
    agent: str
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A computer that an agent was heard on lately, among others."""

    label: str
    hardware: tuple[str, ...]
    heard_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent on record. `said` are the fields of its last birth. `computers` are those that live under its identity
    at once, none where all is well; `twins` names the first two for as long as it lasts.

    `configuration` is the newest version that it was given since it enrolled, `running` the one that it said it runs;
    0 for none.

    `run` is the last number that its outbox gave a run, `repeats` how often in a row a new run had the number of the
    one before: the disk forgets.
    """

    id: DeviceId
    site: str = ""
    room: str = ""
    hardware: tuple[str, ...] = ()
    enrolled_at: datetime | None = None
    enrolled_by: str | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    born_at: datetime | None = None
    said: dict[str, str] = field(default_factory=dict)
    epoch: str = ""
    run: int = 0
    repeats: int = 0
    twins: str = ""
    computers: tuple[Seen, ...] = ()
    configuration: int = 0
    running: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A version of an agent's configuration: the text of its agent.toml. `is_first`: it began with it."""

    agent: DeviceId
    version: int
    is_first: bool
    text: str
    made_at: datetime
    made_by: str


class CodeRefused(Exception):
    """A code cannot be used; the sentence says why and what to do."""


class FleetRecords:
    """Codes, agents and configurations in a records database."""

    def __init__(self, records: Sessions) -> None:
        self._records = records

    # ------------------------------------------------------------ codes

    def enrolments(self, *, sites: Collection[str] | None = None, after: int = 0, limit: int) -> list[Enrolment]:
        """Return codes in the order in which they were made, those after an id; `sites` None: of all."""
        query = select(EnrolmentRow).where(EnrolmentRow.id > after).order_by(EnrolmentRow.id).limit(limit)
        if sites is not None:
            query = query.where(EnrolmentRow.site.in_(sites))
        with self._records.session(read_only=True) as sql:
            return [_enrolment(row) for row in sql.scalars(query)]

    def add_enrolment(
        self, *, site: str, room: str = "", agent: str = "", lasts: timedelta, by: str, now: datetime
    ) -> tuple[Enrolment, str]:
        """Make a code; return it and its text, which is not kept."""
        code = new_password()
        row = EnrolmentRow(
            code_hash=hash_token(code), site=site, room=room, agent=agent, made_at=now, made_by=by,
            expires_at=now + lasts, used_at=None, used_by=None, claim_hash=None,
        )  # fmt: skip
        with self._records.session() as sql:
            sql.add(row)
            sql.flush()
            made = _enrolment(row)
            sql.commit()
        return made, code

    def remove_enrolment(self, id_: int) -> bool:
        """Revoke a code; False: there is none, or an agent has used it and is to be revoked itself."""
        with self._records.session() as sql:
            row = sql.get(EnrolmentRow, id_)
            if row is None or row.used_at is not None:
                return False
            sql.delete(row)
            sql.commit()
        return True

    def check_code(self, code: str, claim: str, now: datetime) -> Enrolment:
        """Return what a code is bound to. Raises CodeRefused where `redeem` would."""
        with self._records.session(read_only=True) as sql:
            return _enrolment(_usable(sql, code, claim, now))

    def redeem(self, *, code: str, claim: str, wanted: str, fingerprint: str, now: datetime) -> Agent:
        """Use a code up and return the agent that it makes.

        `claim` is a secret of whoever uses the code: with it, and until the code expires, the same agent is returned
        again, so that an answer lost on the way can be asked for once more.

        Raises:
            CodeRefused: there is no such code, or it expired, or somebody else has used it.
        """
        hardware = hardware_of(fingerprint)
        with self._records.session() as sql:
            code_row = _usable(sql, code, claim, now)
            if code_row.used_by is not None:
                row = sql.get(AgentRow, code_row.used_by)
                if row is None or row.revoked_at is not None:
                    raise CodeRefused("the agent that this code made was revoked; ask for a new code")
                return _agents(sql, [row])[0]
            name = choose_agent(
                slot=code_row.agent, room=code_row.room, wanted=wanted, hardware=hardware,
                known=_known(sql, code_row.site),
            )  # fmt: skip
            id_ = f"{code_row.site}:{name}"
            row = sql.get(AgentRow, id_) or _fresh(sql, id_)
            row.room = code_row.room or row.room
            row.hardware = sorted(hardware)
            row.enrolled_at, row.enrolled_by = now, code_row.made_by
            row.revoked_at = row.revoked_by = None
            code_row.used_at, code_row.used_by, code_row.claim_hash = now, id_, hash_token(claim)
            sql.flush()
            made = _agents(sql, [row])[0]
            sql.commit()
        return made

    # ------------------------------------------------------------ agents

    def agents(
        self, *, sites: Collection[str] | None = None, rooms: Collection[str] = (), after: str = "", limit: int
    ) -> list[Agent]:
        """Return agents by id, those after one; `sites` None and no `rooms`: of all."""
        query = select(AgentRow).where(AgentRow.id > after).order_by(AgentRow.id).limit(limit)
        if sites is not None:
            query = query.where(AgentRow.site.in_(sites))
        if rooms:
            query = query.where(or_(AgentRow.room.in_(rooms), (AgentRow.site + "/" + AgentRow.room).in_(rooms)))
        with self._records.session(read_only=True) as sql:
            return _agents(sql, list(sql.scalars(query)))

    def agent(self, id_: DeviceId) -> Agent | None:
        """Return an agent; None where there is none."""
        with self._records.session(read_only=True) as sql:
            row = sql.get(AgentRow, id_)
            return _agents(sql, [row])[0] if row is not None else None

    def revoke(self, id_: DeviceId, *, by: str, now: datetime) -> bool:
        """Revoke an agent; False: there is none. A second time changes nothing."""
        with self._records.session() as sql:
            row = sql.get(AgentRow, id_)
            if row is None:
                return False
            if row.revoked_at is None:
                row.revoked_at, row.revoked_by = now, by
                sql.commit()
        return True

    def revoked(self) -> list[str]:
        """Return the broker's user names of agents that are revoked."""
        query = select(AgentRow.id).where(AgentRow.revoked_at.is_not(None))
        with self._records.session(read_only=True) as sql:
            return [id_.replace(":", "/", 1) for id_ in sql.scalars(query)]

    def some(self, ids: Collection[str]) -> list[Agent]:
        """Return those of the named agents that are known."""
        with self._records.session(read_only=True) as sql:
            rows = [row for part in in_parts(ids) for row in sql.scalars(select(AgentRow).where(AgentRow.id.in_(part)))]
            return _agents(sql, rows)

    def cloned(self) -> list[Agent]:
        """Return the agents that were cloned when this was last written down."""
        with self._records.session(read_only=True) as sql:
            return _agents(sql, list(sql.scalars(select(AgentRow).where(AgentRow.twins != ""))))

    def forget_clones(self, ids: Collection[str]) -> None:
        """Write down that agents are one computer each again."""
        with self._records.session() as sql:
            for part in in_parts(ids):
                sql.execute(update(AgentRow).where(AgentRow.id.in_(part)).values(twins="", computers=[]))
            sql.commit()

    def keep_births(self, agents: Sequence[Agent]) -> list[Agent]:
        """Keep what births said: room, born_at, said, epoch, run, repeats, twins and computers. Return what is kept."""
        rows: list[AgentRow] = []
        with self._records.session() as sql:
            for agent in agents:
                row = sql.get(AgentRow, agent.id) or _fresh(sql, agent.id)
                row.room = agent.room or row.room
                row.born_at, row.said = agent.born_at, dict(agent.said)
                row.epoch, row.run, row.repeats = agent.epoch, agent.run, agent.repeats
                row.twins = agent.twins
                row.computers = [
                    {"label": one.label, "hardware": " ".join(one.hardware), "heard_at": one.heard_at.isoformat()}
                    for one in agent.computers
                ]
                rows.append(row)
            sql.flush()
            kept = _agents(sql, rows)
            sql.commit()
        return kept

    # ------------------------------------------------------------ configurations

    def add_configuration(
        self, agent: DeviceId, text: str, *, is_first: bool = False, by: str, now: datetime
    ) -> Configuration:
        """Make the next version of an agent's configuration."""
        with self._records.session() as sql:
            version = _newest(sql, agent) + 1
            row = ConfigurationRow(
                agent=agent, version=version, is_first=is_first, digest=digest_of(text), text=text,
                made_at=now, made_by=by,
            )  # fmt: skip
            sql.add(row)
            made = _configuration(row)
            sql.commit()
        return made

    def configuration(self, agent: DeviceId, version: int | None = None) -> Configuration | None:
        """Return a version of an agent's configuration, the newest where none is named; None where there is none."""
        with self._records.session(read_only=True) as sql:
            row = sql.get(ConfigurationRow, (agent, _newest(sql, agent) if version is None else version))
            return _configuration(row) if row is not None else None


def _usable(sql: Session, code: str, claim: str, now: datetime) -> EnrolmentRow:
    row = sql.scalars(select(EnrolmentRow).where(EnrolmentRow.code_hash == hash_token(code))).one_or_none()
    if row is None:
        raise CodeRefused("there is no such code, or it was revoked; check it for slips, or ask for a new one")
    if row.expires_at <= now:
        raise CodeRefused(f"the code ran out at {row.expires_at.isoformat(timespec='minutes')}; ask for a new one")
    if row.used_at is not None and row.claim_hash != hash_token(claim):
        raise CodeRefused(f"the code has been used already, by {row.used_by}; ask for a new one")
    return row


def _known(sql: Session, site: str) -> list[KnownAgent]:
    rows = sql.scalars(select(AgentRow).where(AgentRow.site == site).limit(_MOST_OF_A_SITE))
    return [
        KnownAgent(
            agent=row.id.partition(":")[2],
            room=row.room,
            hardware=_hardware(row),
            is_enrolled=row.enrolled_at is not None,
            is_revoked=row.revoked_at is not None,
        )
        for row in rows
    ]


def _hardware(row: AgentRow) -> Hardware:
    """Return what an agent is known to run on: at its enrolment, or as its last birth said."""
    return frozenset(row.hardware) or hardware_of(row.said.get("fingerprint", ""))


def _fresh(sql: Session, id_: str) -> AgentRow:
    row = AgentRow(
        id=id_,
        site=id_.partition(":")[0],
        room="",
        hardware=[],
        said={},
        epoch="",
        run=0,
        repeats=0,
        twins="",
        computers=[],
    )
    sql.add(row)
    return row


def _newest(sql: Session, agent: str) -> int:
    found = sql.scalar(select(func.max(ConfigurationRow.version)).where(ConfigurationRow.agent == agent))
    return found or 0


def _enrolment(row: EnrolmentRow) -> Enrolment:
    return Enrolment(
        id=row.id, site=row.site, room=row.room, agent=row.agent, made_at=row.made_at, made_by=row.made_by,
        expires_at=row.expires_at, used_at=row.used_at, used_by=row.used_by,
    )  # fmt: skip


def _agents(sql: Session, rows: Sequence[AgentRow]) -> list[Agent]:
    """Return agents with what configurations there are for them."""
    made: dict[str, list[_Made]] = {row.id: [] for row in rows}
    columns = ConfigurationRow.agent, ConfigurationRow.version, ConfigurationRow.is_first, ConfigurationRow.digest
    for part in in_parts(made):
        for agent, version, is_first, digest in sql.execute(select(*columns).where(ConfigurationRow.agent.in_(part))):
            made[agent].append((version, is_first, digest))
    return [_agent(row, made[row.id]) for row in rows]


def _configuration(row: ConfigurationRow) -> Configuration:
    return Configuration(
        agent=DeviceId(row.agent), version=row.version, is_first=row.is_first, text=row.text, made_at=row.made_at,
        made_by=row.made_by,
    )  # fmt: skip


def _agent(row: AgentRow, made: Sequence[_Made]) -> Agent:
    digest = row.said.get("config_digest")
    return Agent(
        id=DeviceId(row.id),
        site=SiteId(row.site),
        room=row.room,
        hardware=tuple(row.hardware),
        enrolled_at=row.enrolled_at,
        enrolled_by=row.enrolled_by,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        born_at=row.born_at,
        said=dict(row.said),
        epoch=row.epoch,
        run=row.run,
        repeats=row.repeats,
        twins=row.twins,
        computers=tuple(
            Seen(
                label=one["label"],
                hardware=tuple(one["hardware"].split()),
                heard_at=datetime.fromisoformat(one["heard_at"]),
            )
            for one in row.computers
        ),
        configuration=max((version for version, is_first, _ in made if not is_first), default=0),
        running=max((version for version, _, kept in made if kept == digest), default=0),
    )
