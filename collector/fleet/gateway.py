"""Where agents find the broker. Comes in: how the collector was told to listen. Goes out: a URL for agent.toml."""

from dataclasses import dataclass
from typing import Final

from collector.broker import LOOPBACK
from collector.fleet.account import AccountsError

EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  to be compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The broker as agents see it. `url` where somebody said it; else the embedded broker's own host and port."""

    url: str = ""
    host: str = ""
    port: int = 0
    host_id: str = "roomtone"

    def url_for(self, *, asked_host: str, is_from_here: bool) -> str:
        """Return the broker's URL for an agent that reached us as `asked_host`.

        Raises:
            AccountsError: an agent there could not reach the broker.
        """
        if self.url:
            return self.url
        host = self.host
        if host in EVERYWHERE:
            host = asked_host
        elif host in LOOPBACK and not is_from_here:
            raise AccountsError(
                f"the broker listens on {host}:{self.port}, which only this machine can reach. Start the collector "
                f"with --mqtt 0.0.0.0:{self.port}, or say with --mqtt-url where agents find the broker"
            )
        return f"mqtt://[{host}]:{self.port}" if ":" in host else f"mqtt://{host}:{self.port}"
