"""The agents page: what runs where, and a code for the next computer."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.house import House, wait_for


def test_the_page_shows_this_machine_and_makes_a_code(page: Page, alone: House, errors: list[str]) -> None:
    sign_in(page, alone, "/agents")
    (agent,) = wait_for(lambda: alone.items("/agents"), within_s=30, saying="the agent is listed")
    row = page.get_by_role("row").filter(has_text=agent["id"].partition(":")[2])
    expect(row).to_contain_text(agent["agent_version"], timeout=20_000)
    expect(row).to_contain_text(re.compile("本机文件|Its own file"))
    page.get_by_role("button", name=re.compile("登记电脑|Enrol a computer")).click()
    page.get_by_role("button", name=re.compile("生成|Make")).click()
    command = page.get_by_role("dialog").locator("pre")
    expect(command).to_contain_text(f"roomtone agent enrol {alone.url} --code")
    assert any(one["used_by"] is None for one in alone.items("/enrolments"))
    assert errors == []
