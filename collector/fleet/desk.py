"""Where agents are enrolled, revoked and configured.

Comes in: what people and agents ask for. Goes out: codes, identities, accounts at the broker, signed configurations.
What is on record is changed first, the broker second, and somebody is told last; each step may be done again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from collector.core.model import DeviceId, site_of
from collector.fleet.account import AgentAccount, BrokerAccounts
from collector.fleet.document import BadDocument, Identity, broker_url_of, check_document, first_document, moved
from collector.fleet.gateway import Gateway
from collector.fleet.key import SigningKey
from collector.store.records.fleet import Agent, Configuration, FleetRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a computer says to be enrolled. `claim` is a secret of its own; `asked_host` the name it reached us by."""

    code: str
    claim: str
    wanted: str
    fingerprint: str
    asked_host: str
    is_from_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """Everything that an agent needs to report. `authority` is the PEM of whoever signed the broker's certificate."""

    id: DeviceId
    config: str
    version: int
    password: str = field(repr=False)
    authority: str | None = None


class UnknownAgent(Exception):
    """There is no such agent."""


class FleetDesk:
    """The fleet of one collector. Every call blocks."""

    def __init__(
        self,
        *,
        records: FleetRecords,
        accounts: BrokerAccounts,
        gateway: Gateway,
        key: SigningKey,
        authority: str | None = None,
    ) -> None:
        self.records = records
        self._accounts = accounts
        self._gateway = gateway
        self._key = key
        self._authority = authority
        self._tell: Callable[[DeviceId], None] = lambda _agent: None

    def on_configuration(self, tell: Callable[[DeviceId], None]) -> None:
        """Have `tell` called with each agent for which there is a new configuration."""
        self._tell = tell

    # ------------------------------------------------------------ enrolment

    def enrol(self, asked: Asked, now: datetime) -> Welcome:
        """Trade a code for an identity, an account and a configuration.

        Raises:
            CodeRefused: the code is not good (any more).
            AccountsError: the agent could not be let in; the same call may be made again.
        """
        self.records.check_code(asked.code, asked.claim, now)
        url = self._gateway.url_for(asked_host=asked.asked_host, is_from_here=asked.is_from_here)
        agent = self.records.redeem(
            code=asked.code, claim=asked.claim, wanted=asked.wanted, fingerprint=asked.fingerprint, now=now
        )
        account = AgentAccount(site=agent.site, agent=_name(agent.id), password=secrets.token_urlsafe(24))
        self._accounts.grant(account)
        document = self._document(agent, account, url, now)
        return Welcome(
            id=agent.id,
            config=document.text,
            version=document.version,
            password=account.password,
            authority=self._authority,
        )

    def revoke(self, agent: DeviceId, *, by: str, now: datetime) -> None:
        """Cut an agent off, for good or until it is enrolled again.

        Raises:
            UnknownAgent: there is none.
            AccountsError: the broker still lets it in; the same call may be made again.
        """
        if not self.records.revoke(agent, by=by, now=now):
            raise UnknownAgent(agent)
        self._accounts.revoke([f"{site_of(agent)}/{_name(agent)}"])

    # ------------------------------------------------------------ configurations

    def configure(self, agent: DeviceId, text: str, *, by: str, now: datetime) -> Configuration:
        """Make a new version of an agent's configuration and hand it out; whether it is good the agent will say.

        Raises:
            UnknownAgent: no such agent was enrolled here.
            BadDocument: the text cannot be its configuration.
        """
        known = self.records.agent(agent)
        if known is None or known.enrolled_at is None or known.revoked_at is not None:
            raise UnknownAgent(agent)
        check_document(text, site=known.site, agent=_name(agent), key=self._key.public)
        made = self.records.add_configuration(agent, text, by=by, now=now)
        self._tell(agent)
        return made

    def sealed(self, agent: DeviceId) -> bytes | None:
        """Return the newest configuration of an agent as the agent takes it; None where it is the one it began with."""
        newest = self.records.configuration(agent)
        if newest is None or newest.is_first:
            return None
        return self._key.seal(agent=agent, version=newest.version, text=newest.text)

    # ------------------------------------------------------------ inside

    def _document(self, agent: Agent, account: AgentAccount, url: str, now: datetime) -> Configuration:
        """Return the configuration to begin with: the one that last worked, or a first one."""
        identity = Identity(
            site=agent.site,
            agent=account.agent,
            room=agent.room,
            broker_url=url,
            username=account.username,
            host_id=self._gateway.host_id,
            key=self._key.public,
            has_authority=self._authority is not None,
        )
        kept = self.records.configuration(agent.id, agent.running or None)
        text = kept.text if kept else first_document(identity)
        if broker_url_of(text) != url:
            text = moved(text, url) or first_document(identity)
        try:
            check_document(text, site=agent.site, agent=account.agent, key=self._key.public)
        except BadDocument:  # it was made with a key that is lost
            text = first_document(identity)
        if kept is not None and kept.text == text:
            return kept
        return self.records.add_configuration(agent.id, text, is_first=True, by=agent.enrolled_by or agent.id, now=now)


def _name(agent: DeviceId) -> str:
    return agent.partition(":")[2]
