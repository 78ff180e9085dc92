"""The wall of a living campus: every room in its place, faults by name, and stale when its data stop."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, sign_in
from tests.house import House, wait_for

PICTURE = ROOT / "docs/images/wall.png"


def test_the_wall_shows_each_room_and_names_what_is_wrong(
    page: Page, demo: House, errors: list[str], tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    sign_in(page, demo, "/wall")
    rooms = demo.items("/rooms")
    assert len(rooms) == 41
    tiles = page.locator("a[href*='/rooms/']")
    expect(tiles).to_have_count(41, timeout=30_000)
    wait_for(
        lambda: [t for t in demo.items("/tickets", state="live") if t["level"] <= 2],
        within_s=150,
        saying="a fault of level 1 or 2",
    )
    troubled = page.locator("a[href*='/rooms/']").and_(page.get_by_role("link", name=re.compile("level [12]|[一二]级")))
    expect(troubled.first).to_be_visible(timeout=20_000)
    expect(page.get_by_role("meter").first).to_be_visible()
    picture = PICTURE if os.environ.get("ROOMTONE_PICTURES") else tmp_path / "wall.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size > 50_000
    assert errors == []


def test_on_a_phone_the_first_page_is_the_queue_and_pages_fit_its_width(
    page: Page, demo: House, errors: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, demo, "/tickets")
    page.goto(f"{demo.url}/")
    page.wait_for_url(f"{demo.url}/tickets")
    row = page.locator("tr[data-ticket]").first
    expect(row).to_be_visible(timeout=150_000)
    box = row.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    room = demo.items("/rooms")[0]["id"]
    for path in ("/tickets", "/agents", f"/rooms/{room}"):
        page.goto(f"{demo.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.querySelector('main').scrollWidth") <= 390
    assert errors == []


def test_a_wall_without_data_says_so_and_its_clocks_go_on(page: Page, demo: House) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    sign_in(page, demo, "/wall")
    expect(page.locator("a[href*='/rooms/']").first).to_be_visible(timeout=20_000)
    assert demo.process is not None
    demo.process.kill()
    expect(page.get_by_text(re.compile("画面停在|Stopped at"))).to_be_visible(timeout=45_000)
    demo.up()
    expect(page.get_by_text(re.compile("画面停在|Stopped at"))).to_be_hidden(timeout=45_000)
