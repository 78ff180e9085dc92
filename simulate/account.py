"""Which broker, and as whom. Comes in: options, or the `mqtt.json` that `roomtone up` writes. Goes out: an address."""

import json
from dataclasses import dataclass
from pathlib import Path

from agent.uplink.address import BrokerAddress, split_url


class AccountError(Exception):
    """The broker or the account is not usable; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the options say; `url` None: everything is in `file`."""

    url: str | None
    username: str
    password_file: Path | None
    file: Path
    keepalive_s: int


def broker_of(account: Account) -> BrokerAddress:
    """Return the broker's address and our account with it.

    Raises:
        AccountError: a file is missing, or what it says is none.
    """
    url, username, password = account.url, account.username, ""
    try:
        if url is None:
            said = json.loads(account.file.read_text("utf-8"))
            url, username, password = str(said["url"]), str(said["username"]), str(said["password"])
        elif account.password_file is not None:
            password = account.password_file.read_text("utf-8").rstrip("\r\n")
        endpoint = split_url(url)
    except FileNotFoundError as error:
        raise AccountError(
            f"{error.filename} is not there. Start `roomtone up` first (it writes mqtt.json), or name a broker: "
            "--broker mqtt://HOST:PORT --username NAME --password-file FILE"
        ) from error
    except OSError as error:
        raise AccountError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        where = "--broker" if account.url is not None else str(account.file)
        raise AccountError(f"{where}: {error}") from error
    return BrokerAddress(
        host=endpoint.host,
        port=endpoint.port,
        tls=endpoint.tls,
        path=endpoint.path,
        username=username,
        password=password,
        keepalive_s=account.keepalive_s,
    )
