"""Pages opened in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import need
from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (320, 360, 768, 1280)
SCHEMES = ("light", "dark")
PAGES = (
    "index.html",
    "posts/llm-pipeline-wukong/index.html",
    "posts/llm-pipeline-wukong/numbers.html",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, output: Path) -> Iterator[object]:
    """Open a page of the site from disk."""
    opened: list[Page] = []

    def open_(path: str, width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        page = browser.new_page(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
        )
        opened.append(page)
        page.goto((output / "site" / path).as_uri())
        return page

    yield open_
    for page in opened:
        page.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(open_page, path: str, width: int) -> None:
    page = open_page(path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_without_errors_and_asks_nothing_of_other_hosts(
    browser: Browser, output: Path, path: str
) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((output / "site" / path).as_uri())
    page.wait_for_load_state()
    page.close()
    assert troubles == []
    assert all(url.startswith(("file:", "data:")) for url in requests)


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_all_text_has_contrast_enough_to_read(open_page, path: str, scheme: str) -> None:
    assert open_page(path, 1280, scheme).evaluate(CONTRAST) == []


def test_light_and_dark_differ(open_page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    body = "getComputedStyle(document.body).backgroundColor"
    colours = {
        scheme: open_page(PAGES[0], scheme=scheme).evaluate(f"[{ground}, {body}].join()")
        for scheme in SCHEMES
    }
    assert colours["light"] != colours["dark"]


def test_the_table_of_contents_leads_to_every_section(open_page) -> None:
    page = open_page(PAGES[1])
    dead = page.evaluate(
        "[...document.querySelectorAll('nav.toc a')].map(a => a.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    assert dead == []
    assert page.locator("nav.toc a").count() >= 13


def test_bars_are_as_long_as_the_numbers_beside_them(open_page) -> None:
    page = open_page(PAGES[1])
    rows = page.evaluate(
        """() => [...document.querySelectorAll('figure [data-bar]')].map(bar => [
            bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width,
            Number(bar.parentElement.nextElementSibling.querySelector('data').value)])"""
    )
    assert rows
    for drawn, share in rows:
        assert drawn == pytest.approx(share, abs=0.005)


def test_without_scripts_every_number_is_there(open_page) -> None:
    page = open_page(PAGES[1], script=False)
    assert page.locator("data[data-src]").count() >= 300
    assert page.get_by_text("自己动手").first.is_visible()


def test_pointing_at_a_number_tells_its_address_and_its_full_value(open_page) -> None:
    page = open_page(PAGES[1])
    card = page.locator(".number-card")
    assert card.is_hidden()
    for number in page.locator(".prose [data-src]").all()[::60]:
        number.scroll_into_view_if_needed()
        number.hover()
        assert card.locator("code").inner_text() == number.get_attribute("data-src")
        assert card.locator("strong").inner_text() == number.get_attribute("value")
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
    page.keyboard.press("Escape")
    assert card.is_hidden()


def test_the_pointer_may_move_onto_the_card_to_copy_from_it(open_page) -> None:
    page = open_page(PAGES[1])
    page.locator(".prose p [data-src]").first.hover()
    page.locator(".number-card code").hover()
    assert page.locator(".number-card").is_visible()
    page.locator("h1").hover()
    assert page.locator(".number-card").is_hidden()


def test_a_tap_tells_the_same_at_the_edge_of_a_phone(browser: Browser, output: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700}, has_touch=True)
    page.goto((output / "site" / PAGES[1]).as_uri())
    number = page.locator(".prose p [data-src]").nth(12)
    number.tap()
    assert page.locator(".number-card code").inner_text() == number.get_attribute("data-src")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("h1").tap()
    assert page.locator(".number-card").is_hidden()
    page.close()


def test_numbers_are_no_tab_stops(open_page) -> None:
    page = open_page(PAGES[1])
    reached = (
        "[...document.querySelectorAll('[data-src], .number-card')].some(e => e.tabIndex >= 0)"
    )
    assert page.evaluate(reached) is False
