"""Who we are at somebody's server."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A username and its password; an empty username is nobody."""

    username: str = ""
    password: str = field(default="", repr=False)
