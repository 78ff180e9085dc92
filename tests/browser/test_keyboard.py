"""By keyboard alone: what has the focus is seen and has a name, and the focus stays after dialogs and actions."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.house import House, wait_for

FOCUSED = """() => {
  const el = document.activeElement
  if (el === null || el === document.body) return null
  const shown = el.type === 'radio' ? el.labels[0] : el
  const style = getComputedStyle(shown)
  const label = el.labels?.[0]?.textContent ?? ''
  const labelled = (el.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id))
  const box = shown.getBoundingClientRect()
  return {
    what: el.outerHTML.slice(0, 120),
    name: [el.getAttribute('aria-label'), label, ...labelled.map((one) => one?.textContent), el.textContent, el.title]
      .filter(Boolean).join(' ').trim(),
    // The calendar's button within a date field is the browser's own, and has a ring of its own.
    seen: el.type === 'date' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    size: Math.min(box.width, box.height),
  }
}"""
IS_IN_QUEUE = "() => document.activeElement?.closest('[data-ticket]')?.getAttribute('data-ticket')"


@pytest.fixture(scope="module")
def ticket(demo: House) -> dict[str, Any]:
    """A ticket of the demo that nobody has taken on yet."""

    def open_ones() -> list[dict[str, Any]]:
        return [one for one in demo.items("/tickets", state="live") if one["state"] == "open"]

    return wait_for(lambda: len(found := open_ones()) > 1 and found, within_s=150, saying="two open tickets")[-1]


def stops(page: Page, most: int = 25) -> list[dict[str, Any]]:
    """Press Tab through a page and return what had the focus, up to `most`."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        found.append(at)
    return found


def test_whatever_has_the_focus_is_seen_and_has_a_name(page: Page, demo: House, ticket: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, demo, "/rooms")
    paths = ("/rooms", f"/rooms/{ticket['room']}", "/tickets", f"/tickets/{ticket['id']}", "/inspections", "/foresight",
             "/agents", "/settings", "/wall")  # fmt: skip
    for path in paths:
        page.goto(f"{demo.url}{path}")
        expect(page.get_by_role("heading", level=1).or_(page.get_by_role("main")).first).to_be_visible()
        page.wait_for_function("() => document.querySelectorAll('a[href], button').length > 5")  # it is filled
        found = stops(page)
        assert len(found) > 5, path
        assert [(path, one["what"]) for one in found if not one["name"]] == []
        assert [(path, one["what"]) for one in found if not one["seen"]] == []
        assert [(path, one["what"]) for one in found if one["size"] < 16] == []


def test_the_first_stop_leads_past_the_rail_to_the_page(page: Page, demo: House) -> None:
    sign_in(page, demo, "/rooms")
    expect(page.get_by_role("main").get_by_role("link").first).to_be_visible(timeout=20_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('main') !== null")


def test_the_focus_returns_when_a_dialog_closes(page: Page, demo: House, ticket: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, demo, f"/rooms/{ticket['room']}")
    report = page.get_by_role("button", name=re.compile("报修|Report a fault"))
    report.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("() => document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(report).to_be_focused()


def test_in_the_queue_the_focus_moves_with_the_keys_and_enter_opens_what_has_it(page: Page, demo: House) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, demo, "/tickets")
    rows = page.locator("tr[data-ticket]")
    expect(rows.nth(1)).to_be_visible(timeout=20_000)
    ids = [row.get_attribute("data-ticket") for row in rows.all()]
    rows.first.get_by_role("link").focus()
    page.keyboard.press("j")
    assert page.evaluate(IS_IN_QUEUE) == ids[1]
    page.keyboard.press("k")
    assert page.evaluate(IS_IN_QUEUE) == ids[0]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.url}/tickets/{ids[1]}")


def test_after_an_action_the_focus_is_on_what_comes_next(page: Page, demo: House, ticket: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, demo, f"/tickets/{ticket['id']}")
    take = page.get_by_role("button", name=re.compile("认领|Acknowledge"))
    take.focus()
    page.keyboard.press("Enter")
    expect(take).to_be_hidden(timeout=10_000)
    page.wait_for_function("() => document.activeElement?.closest('header button') !== null", timeout=5_000)
    page.wait_for_timeout(1_500)  # the page is drawn once a second; the focus stays
    assert page.evaluate("() => document.activeElement?.closest('header button') !== null")
