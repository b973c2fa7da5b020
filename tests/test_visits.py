"""Visits to the site as it may really stand, and as readers may have set their browser: in a folder
of its host, on a disk, without motion, in colours of their own, on paper, on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import HOME
from playwright.sync_api import Browser, expect

from generator.files import write
from generator.page.site import SiteWriter, layouts_of
from generator.project.project import Project

BASE = "/blog/"
ARTICLE = "posts/llm-pipeline-wukong/index.html"
CATEGORY = "categories/语言模型/index.html"
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blog(output: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a host that shows the site under `BASE`, with an article's former address."""
    folder = tmp_path_factory.mktemp("host")
    top = folder / BASE.strip("/")
    shutil.copytree(output / "site", top, copy_function=os.link)
    project = Project(HOME)
    site = project.site.model_copy(update={"base_url": f"https://example.org{BASE}"})
    layouts = layouts_of(project.theme, site, project.docs)
    SiteWriter(site, layouts).write_rest([], project.docs, top)
    moved = {"title": "走完每一步", "path": ARTICLE, "address": layouts.canonical(ARTICLE)}
    place = "old/index.html"
    write(top / place, layouts.render("redirect.html", place, site.language, page=moved))
    return folder


@pytest.fixture(scope="module")
def address(blog: Path) -> Iterator[str]:
    """Where a web server shows it, which answers with `404.html` as hosts of such sites do."""

    class Handler(SimpleHTTPRequestHandler):
        def send_error(self, code: int, *_: object) -> None:
            page = (blog / BASE.strip("/") / "404.html").read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(blog)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{BASE}"
    server.shutdown()
    server.server_close()


def test_in_a_folder_of_its_host_a_site_is_whole_and_its_links_lead_somewhere(
    browser: Browser, address: str, blog: Path
) -> None:
    page = browser.new_page()
    refused: list[str] = []
    page.on("response", lambda answer: answer.status >= 400 and refused.append(answer.url))
    seen: set[str] = set()
    for path in ("index.html", CATEGORY, ARTICLE, "docs/commands/index.html", "no/such/page.html"):
        page.goto(address + path)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(250, 248, 243)"
        links: list[str] = page.eval_on_selector_all(
            "a[href]:not([href^='#'])", "all => all.map(a => a.href)"
        )
        seen |= {link for link in links if not link.startswith("https://")}
    assert refused == [address + "no/such/page.html"]
    assert len(seen) > 25
    places = {unquote(urlsplit(link).path) for link in seen}
    assert [p for p in places if not (p.startswith(BASE) and (blog / p[1:]).is_file())] == []
    page.goto(address + "old/index.html")
    page.wait_for_url(address + ARTICLE)
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_a_category_can_be_read_by_everyone(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page.goto(address + CATEGORY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    page.close()


def test_from_disk_the_documentation_can_be_read_and_search_says_why_it_cannot(
    browser: Browser, output: Path
) -> None:
    page = browser.new_page()
    page.goto((output / "site/docs/index.html").as_uri())
    page.get_by_role("link", name="Values").click()
    expect(page.locator("h1")).to_have_text("Values")
    page.get_by_role("link", name="Search").click()
    expect(page.locator(".search-status")).to_contain_text("搜索要从网站上打开才能用")
    assert page.locator(".search-form").is_hidden()
    page.close()


def test_nothing_moves_for_those_who_asked_for_that(browser: Browser, address: str) -> None:
    moving = """() => {
        document.querySelector("main").focus();
        const styles = [...document.querySelectorAll("*")].map(each => getComputedStyle(each));
        return styles.some(style => style.scrollBehavior === "smooth"
            || [style.transitionDuration, style.animationDuration].some(time => time !== "0s"));
    }"""
    page = browser.new_page()
    page.goto(address + ARTICLE)
    assert page.evaluate(moving)
    page.emulate_media(reduced_motion="reduce")
    assert not page.evaluate(moving)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_reader_s_own_colours_text_stays_legible_and_shapes_stay(
    browser: Browser, address: str, scheme: str
) -> None:
    page = browser.new_page(forced_colors="active", color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address + "docs/gallery/index.html")
    assert page.evaluate(CONTRAST) == []
    visible = """([selector, property]) => [...document.querySelectorAll(selector)].map(each => {
        const alpha = getComputedStyle(each)[property].match(/[\\d.]+/g).map(Number)[3] ?? 1;
        return alpha > 0 || getComputedStyle(each).backgroundImage !== "none";
    })"""
    shapes = page.evaluate(visible, [".gp-fill", "backgroundColor"])
    grounds = page.evaluate(visible, ["[style*='outline:1px solid']", "outlineColor"])
    assert len(shapes) > 5
    assert len(grounds) > 5
    assert all([*shapes, *grounds])
    page.goto(address + "search/index.html?q=嵌入")
    page.locator("mark").first.wait_for()
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_on_a_phone_a_row_keeps_its_label_while_its_numbers_scroll(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(address + "docs/gallery/index.html")
    frame = page.locator("figure[aria-roledescription=Vectors] [role=group]")
    page.locator("figure[aria-roledescription=Vectors] summary").click()
    label, number = frame.locator("tbody th").first, frame.locator("tbody td").first
    before = label.bounding_box(), number.bounding_box()
    frame.evaluate("frame => frame.scrollLeft = 60")
    after = label.bounding_box(), number.bounding_box()
    assert before[0] == after[0]
    assert before[1] != after[1]
    ground = label.evaluate("label => getComputedStyle(label).backgroundColor")
    assert ground == page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()


def test_paper_shows_all_of_what_scrolls_on_a_screen(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(address + ARTICLE)
    hidden = """() => [...document.querySelectorAll("main :is(.table, pre, figure [role=group])")]
        .filter(frame => frame.checkVisibility() && getComputedStyle(frame).overflowX !== "visible"
            && getComputedStyle(frame).whiteSpace !== "pre-wrap").length"""
    assert page.evaluate(hidden) > 10
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == 0
    page.close()
