"""The broker account of one agent: its name, its password, and the topics that are its own."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from collector.broker import Account
from wire.topics import Kind, Topic, state_topic

_NODE_SAYS = (Kind.NBIRTH, Kind.NDATA, Kind.NDEATH)
_DEVICES_SAY = (Kind.DBIRTH, Kind.DDATA, Kind.DDEATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAccount:
    """An agent's account; the user name is `site/agent`."""

    site: str
    agent: str
    password: str = field(repr=False)

    @property
    def username(self) -> str:
        """Return the user name. It holds no colon, which ends a name in Mosquitto's file of passwords."""
        return f"{self.site}/{self.agent}"

    def rights(self, host_id: str) -> Account:
        """Return the account with its topics: what this agent and its devices say, and what is said to them."""

        def topic(kind: Kind) -> str:
            return str(Topic(site=self.site, kind=kind, agent=self.agent, device="+" if kind.is_device else ""))

        return Account(
            username=self.username,
            password=self.password,
            publish=[topic(kind) for kind in (*_NODE_SAYS, *_DEVICES_SAY)],
            subscribe=[topic(Kind.NCMD), topic(Kind.DCMD), state_topic(host_id)],
        )


class AccountsError(Exception):
    """An account could not be made or taken away; the sentence says why and what to do."""


class BrokerAccounts(Protocol):
    """Who may use the broker. Every call blocks, and returns when it is in force."""

    def grant(self, account: AgentAccount) -> None:
        """Let an agent in, with this password and no other. Raises AccountsError."""
        ...

    def revoke(self, usernames: Collection[str]) -> None:
        """Let these in no longer, and cut off those that are connected. Raises AccountsError."""
        ...


class NoAccounts:
    """A broker whose accounts are somebody else's affair."""

    def grant(self, account: AgentAccount) -> None:
        """Refuse."""
        raise AccountsError(
            "this collector makes no accounts at its broker, so no agent can be enrolled. Name a folder for them with "
            "`agent_accounts` in the collector's file, or configure the agent by hand"
        )

    def revoke(self, usernames: Collection[str]) -> None:
        """Do nothing: there is nothing of ours."""
