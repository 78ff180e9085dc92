"""The agents page: what runs where, a code for the next computer, and what is wrong with the watch itself."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.house import House, Process, house, wait_for
from tests.system.enrolment import agent, enrolled, run_agent


def test_the_page_shows_this_machine_and_makes_a_code(page: Page, alone: House, errors: list[str]) -> None:
    sign_in(page, alone, "/agents")
    (machine,) = wait_for(lambda: alone.items("/agents"), within_s=30, saying="the agent is listed")
    row = page.get_by_role("row").filter(has_text=machine["id"].partition(":")[2])
    expect(row).to_contain_text(machine["agent_version"], timeout=20_000)
    expect(row).to_contain_text(re.compile("本机文件|Its own file"))
    page.get_by_role("button", name=re.compile("登记电脑|Enrol a computer")).click()
    page.get_by_role("button", name=re.compile("生成|Make")).click()
    command = page.get_by_role("dialog").locator("pre")
    expect(command).to_contain_text(f"roomtone agent enrol {alone.url} --code")
    assert any(one["used_by"] is None for one in alone.items("/enrolments"))
    assert errors == []


def hurried(alone: House, config: Path, name: str, hardware: str = "") -> tuple[str, Process]:
    """Enrol and start an agent that reads twice a second and tries a configuration for four."""
    id_ = enrolled(alone, config, "--id", name, hardware=hardware)
    text = config.read_text().replace("[agent]", "[agent]\ninterval_s = 0.5", 1)
    config.write_text(f"{text}trial_s = 4\n")
    return id_, run_agent(alone, config, hardware=hardware)


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(rf"^{name}\b")))


def test_an_agent_is_configured_and_revoked_on_the_page(
    page: Page, alone: House, errors: list[str], tmp_path: Path
) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = hurried(alone, config, "lectern")
    sign_in(page, alone, "/agents")
    row = row_of(page, "lectern")
    expect(row).to_contain_text(re.compile("本机文件|Its own file"), timeout=20_000)

    def hand_over(text: str) -> None:
        row.get_by_role("button", name=re.compile("配置|Configure")).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(text)
        dialog.get_by_role("button", name=re.compile("下发|Hand over")).click()
        expect(dialog).to_be_hidden()

    hand_over(config.read_text() + '[process]\nwatch = ["no-such-recorder"]\n')
    expect(row).to_contain_text(re.compile("在用|runs"), timeout=30_000)
    hand_over(config.read_text() + '[proces]\nwatch = "x"\n')
    expect(row).to_contain_text("unknown key; did you mean 'process'?", timeout=30_000)

    row.get_by_role("button", name=re.compile("吊销|Revoke")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("吊销|Revoke")).click()
    expect(row).to_contain_text(re.compile("已被 admin 吊销|Revoked by admin"), timeout=20_000)
    expect(row.get_by_role("button")).to_have_count(0)
    assert agent(alone, id_)["revoked_by"] == "admin"
    wait_for(lambda: "refuses us as 'east/lectern'" in process.text, within_s=20, saying="it is cut off")
    assert errors == []


def test_two_computers_from_one_image_are_named_on_ticket_and_page(
    page: Page, alone: House, errors: list[str], tmp_path: Path
) -> None:
    config, copy = tmp_path / "one" / "agent.toml", tmp_path / "two" / "agent.toml"
    id_, first = hurried(alone, config, "imaged", hardware="one")
    wait_for(lambda: agent(alone, id_)["state"] == "ok", within_s=30, saying="the first reports")
    assert first.stop() == 0
    shutil.copytree(config.parent, copy.parent)
    run_agent(alone, config, hardware="one")
    run_agent(alone, copy, hardware="two")
    labels = [
        one["label"]
        for one in wait_for(lambda: agent(alone, id_)["computers"], within_s=60, saying="two computers are seen")
    ]
    assert len(set(labels)) == 2
    assert all(label.startswith("127.0.0.1 ") for label in labels)
    (ticket,) = wait_for(
        lambda: [one for one in alone.items("/tickets", state="live") if one["device"] == id_ and one["level"] == 3],
        within_s=30,
        saying="the ticket",
    )
    (incident,) = [one for one in alone.items("/incidents", state="open") if one["rule"] == "agent-cloned"]
    assert incident["ticket"] == ticket["id"]
    assert all(label in incident["instance"] for label in labels)
    sign_in(page, alone, "/agents")
    row = row_of(page, "imaged")
    for label in labels:
        expect(row).to_contain_text(label, timeout=20_000)
    page.goto(f"{alone.url}/tickets/{ticket['id']}")
    for label in labels:
        expect(page.locator("main")).to_contain_text(label, timeout=20_000)
    assert errors == []


def test_a_disk_that_is_put_back_at_each_start_is_told_on_the_page(
    page: Page, alone: House, errors: list[str], tmp_path: Path
) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = hurried(alone, config, "frozen")
    wait_for(lambda: agent(alone, id_)["born_at"], within_s=30, saying="the first run")
    assert process.stop() == 0
    state, image = config.parent / "state", config.parent / "image"
    shutil.copytree(state, image)
    for _ in range(3):
        born = agent(alone, id_)["born_at"]
        shutil.rmtree(state)
        shutil.copytree(image, state)
        process = run_agent(alone, config)
        wait_for(lambda b=born: agent(alone, id_)["born_at"] != b, within_s=30, saying="the next run")  # type: ignore[misc]
        process.kill()
    assert agent(alone, id_)["spool"] == "volatile"
    sign_in(page, alone, "/agents")
    expect(row_of(page, "frozen")).to_contain_text(re.compile("重启|does not outlive a restart"), timeout=20_000)
    assert errors == []


def test_the_first_computer_of_all_brings_its_school(page: Page, tmp_path: Path, errors: list[str]) -> None:
    with house(tmp_path, "--no-agent") as empty:
        sign_in(page, empty, "/agents")
        page.get_by_role("button", name=re.compile("登记电脑|Enrol a computer")).click()
        dialog = page.get_by_role("dialog")
        make = dialog.get_by_role("button", name=re.compile("生成|Make"))
        expect(make).to_be_disabled()
        dialog.get_by_role("textbox").nth(0).fill("East")
        expect(make).to_be_disabled()
        dialog.get_by_role("textbox").nth(0).fill("east")
        dialog.get_by_role("textbox").nth(1).fill("a101")
        make.click()
        expect(dialog.locator("pre")).to_contain_text("roomtone agent enrol")
        (code,) = empty.items("/enrolments")
        assert (code["site"], code["room"]) == ("east", "a101")
        assert errors == []
