"""A stranger runs one command: their machine is there, and what they break becomes a ticket they can work."""

import re
import signal
import time

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import password_of, sign_in
from tests.house import House


def agent_of(house: House) -> psutil.Process:
    """Return the process of the machine's own agent."""
    assert house.process is not None
    children = psutil.Process(house.process.popen.pid).children()
    return next(child for child in children if "agent" in child.cmdline())


def test_a_wrong_password_is_told_and_a_right_one_shows_this_machine_live(
    page: Page, alone: House, errors: list[str]
) -> None:
    started = time.monotonic()
    page.goto(alone.url)
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill("not-the-password")
    page.locator("button[type=submit]").click()
    expect(page.locator("form")).to_contain_text(re.compile("密码|password"))
    page.locator("input[name=password]").fill(password_of(alone))
    page.locator("button[type=submit]").click()
    machine = page.get_by_text(re.compile(r"\d+(\.\d+)?\s%"))
    expect(machine.first).to_be_visible(timeout=60_000)
    assert time.monotonic() - started < 60
    assert errors == []


def test_a_frozen_agent_becomes_a_ticket_on_the_page_and_is_worked_with_the_keyboard(
    page: Page, alone: House, errors: list[str]
) -> None:
    sign_in(page, alone, "/tickets")
    expect(page.get_by_text(re.compile("没有工单|No tickets")).first).to_be_visible(timeout=20_000)
    agent = agent_of(alone)
    agent.send_signal(signal.SIGSTOP)
    try:
        row = page.get_by_role("row").or_(page.get_by_role("listitem")).or_(page.get_by_role("link"))
        silent = row.filter(has_text=re.compile("主机失联|silent|out of sight"))
        expect(silent.first).to_be_visible(timeout=(1.5 * 10 + 30 + 15) * 1000)
        (ticket,) = alone.items("/tickets", state="live")
        assert ticket["level"] == 1
        page.keyboard.press("a")
        page.wait_for_function(
            "id => fetch(`/api/v1/tickets/${id}`).then(r => r.json()).then(t => t.state === 'acknowledged')",
            arg=ticket["id"],
        )
        page.goto(f"{alone.url}/tickets/{ticket['id']}")
        expect(page.get_by_role("meter").first).to_be_visible()
    finally:
        agent.send_signal(signal.SIGCONT)
    page.wait_for_function(
        "id => fetch(`/api/v1/tickets/${id}`).then(r => r.json()).then(t => t.state === 'restored')",
        arg=ticket["id"],
        timeout=90_000,
    )
    assert errors == []


@pytest.mark.parametrize("path", ["/", "/wall", "/rooms", "/tickets", "/settings"])
def test_every_page_is_whole_in_both_languages(page: Page, alone: House, errors: list[str], path: str) -> None:
    sign_in(page, alone, "/settings")
    for name, code in (("English", "en"), ("中文", "zh-CN")):
        page.goto(f"{alone.url}/settings")
        page.get_by_text(name, exact=False).first.click()
        expect(page.locator("html")).to_have_attribute("lang", code)
        page.goto(f"{alone.url}{path}")
        expect(page.locator("h1, h2").first).to_be_visible(timeout=20_000)
        text = page.locator("body").inner_text()
        if code == "en":
            assert "\u2019" not in text
            assert "\u00b7" not in text
    assert errors == []
