"""A real browser, Debian's Chromium, that is signed in to a real house."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.conftest import need_peer
from tests.house import House, house

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the machine's Chromium: nothing is downloaded."""
    return {"executable_path": str(need_peer("chromium")), "args": QUIET}


def password_of(made: House) -> str:
    """Return the first password, which is printed once."""
    assert made.process is not None
    line = next(line for line in made.process.text.splitlines() if line.startswith("First sign-in"))
    return line.rpartition(" / ")[2].strip()


def sign_in(page: Page, made: House, path: str) -> None:
    """Sign in as a person does, and end on `path`."""
    page.goto(f"{made.url}{path}")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(password_of(made))
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"{made.url}{path}")


@pytest.fixture
def errors(context: BrowserContext) -> list[str]:
    """What the pages complained of; being asked to sign in is no complaint."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "401" not in message.text:
            found.append(message.text)

    context.on("console", note)
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A simulated campus of forty rooms and this machine."""
    with house(tmp_path_factory.mktemp("demo"), "--demo", "40") as made:
        yield made


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A fresh house with nothing but this machine's agent."""
    with house(tmp_path_factory.mktemp("alone")) as made:
        yield made


ROOT = Path(__file__).resolve().parents[2]
