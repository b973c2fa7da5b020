"""Pages opened in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from generator.serve.handler import POLICY

WIDTHS = (320, 360, 768, 1280)
SCHEMES = ("light", "dark")
PAGES = (
    "index.html",
    "posts/llm-pipeline-wukong/index.html",
    "posts/llm-pipeline-wukong/numbers.html",
    "archive/index.html",
    "tags/gpt/index.html",
    "search/index.html",
    "404.html",
    "docs/index.html",
    "docs/values/index.html",
    "docs/gallery/index.html",
)


@pytest.fixture(scope="module")
def host(output: Path) -> Iterator[str]:
    """A web server that shows the site, under a strict policy."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = partial(Handler, directory=str(output / "site"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, host: str) -> Iterator[object]:
    """Open a page of the site as a reader would."""
    opened: list[Page] = []

    def open_(path: str, width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        page = browser.new_page(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
        )
        opened.append(page)
        page.goto(host + path)
        return page

    yield open_
    for page in opened:
        page.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_the_screen(open_page, path: str) -> None:
    page = open_page(path, WIDTHS[0])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_without_errors_and_asks_nothing_of_other_hosts(
    browser: Browser, host: str, path: str
) -> None:
    page = browser.new_page()
    troubles: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(host + path)
    page.wait_for_load_state("networkidle")
    page.close()
    assert troubles == []
    assert all(url.startswith((host, "data:")) for url in requests)


def test_a_page_opened_from_disk_can_be_read(browser: Browser, output: Path) -> None:
    page = browser.new_page()
    page.goto((output / "site" / PAGES[1]).as_uri())
    assert page.locator("article data[data-src]").count() >= 300
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(250, 248, 243)"
    page.locator("a.site-name").click()
    assert page.locator(".pages h2 a").count() == 1
    page.close()


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        *((path, 360, "dark") for path in PAGES),
        *((path, 1280, "light") for path in (PAGES[1], "docs/gallery/index.html")),
    ],
)
def test_axe_finds_nothing_to_mend(open_page, path: str, width: int, scheme: str) -> None:
    page = open_page(path, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    # What it finds in order takes it longer to tell than to find.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_the_page_loads(browser: Browser, host: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.add_init_script(
        """window.shifts = 0;
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({type: 'layout-shift', buffered: true})"""
    )
    page.goto(host + PAGES[1])
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts") == 0
    page.close()


def test_the_scheme_is_switched_and_remembered(open_page) -> None:
    page = open_page(PAGES[0], scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    button = page.locator("button.scheme")
    light = page.evaluate(ground)
    assert button.get_attribute("aria-label") == "外观：跟随系统"
    button.click()
    assert (button.get_attribute("aria-label"), page.evaluate(ground)) == ("外观：浅色", light)
    button.click()
    dark = page.evaluate(ground)
    assert button.get_attribute("aria-label") == "外观：深色"
    assert dark != light
    page.goto(page.url.replace("index.html", PAGES[1]))
    assert page.evaluate(ground) == dark
    page.locator("button.scheme").click()
    assert page.evaluate(ground) == light


def test_the_contents_follow_the_scroll(open_page) -> None:
    page = open_page(PAGES[1])
    current = page.locator("nav.toc a[aria-current]")
    assert current.count() == 0
    for place in ("tokens", "attention", "run"):
        page.evaluate(f"document.getElementById('{place}').scrollIntoView({{behavior: 'instant'}})")
        expect(current).to_have_attribute("href", f"#{place}")
    on_phone = open_page(PAGES[1], width=360)
    assert on_phone.locator("nav.toc ol").first.is_hidden()
    on_phone.locator("nav.toc summary").click()
    assert on_phone.locator("nav.toc ol").first.is_visible()


def test_code_can_be_copied(browser: Browser, host: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(host + PAGES[1])
    block = page.locator(".code").first
    block.hover()
    block.locator(".copy").click()
    expect(block.locator(".copy")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("code").inner_text()
    context.close()


def test_search_finds_chinese(open_page) -> None:
    page = open_page("search/index.html")
    box = page.locator("#search-words")
    box.fill("嵌入")
    result = page.locator(".search-results h2 a")
    result.wait_for()
    expect(page.locator(".search-status")).to_have_text("找到 1 篇")
    assert set(page.locator(".search-results mark").all_inner_texts()) == {"嵌入"}
    box.fill("龘龘龘")
    page.get_by_text("没有找到").wait_for()
    page.goto(page.url.split("?")[0] + "?q=注意力")
    page.locator(".search-results h3 a").first.click()
    assert page.locator("h1").inner_text().startswith("一个字是怎样写出来的")
    assert page.locator(":target").count() == 1


def test_search_on_a_chinese_page_finds_english_documentation_too(open_page) -> None:
    page = open_page("search/index.html")
    page.locator("#search-words").fill("residual")
    page.locator(".search-results a").get_by_text("Values").click()
    assert page.locator("h1").inner_text() == "Values"


def test_headings_link_to_themselves(open_page) -> None:
    page = open_page(PAGES[1])
    link = page.locator("#attention a.anchor")
    assert link.get_attribute("href") == "#attention"


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_all_text_has_contrast_enough_to_read(open_page, path: str) -> None:
    page = open_page(path)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) == []


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


def test_paper_keeps_the_fills_that_show_numbers(open_page) -> None:
    page = open_page("docs/gallery/index.html")
    page.emulate_media(media="print")
    kept = page.evaluate(
        """() => [...document.querySelectorAll('.gp-fill, .gp td[style*="background"]')].map(
            fill => getComputedStyle(fill).printColorAdjust)"""
    )
    assert len(kept) >= 12
    assert set(kept) == {"exact"}
    for absent in (".masthead", ".colophon .links", ".toc"):
        assert page.locator(absent).is_hidden()


def test_without_scripts_every_number_is_there(open_page) -> None:
    page = open_page(PAGES[1], script=False)
    assert page.locator("data[data-src]").count() >= 300
    assert page.get_by_text("自己动手").first.is_visible()


def test_pointing_at_a_number_tells_its_address_and_its_full_value(open_page) -> None:
    page = open_page(PAGES[1])
    card = page.locator(".number-card")
    assert card.is_hidden()
    for number in page.locator(".prose [data-src]:visible").all()[::60]:
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


def test_a_tap_tells_the_same_at_the_edge_of_a_phone(browser: Browser, host: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700}, has_touch=True)
    page.goto(host + PAGES[1])
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
