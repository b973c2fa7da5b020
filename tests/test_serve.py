"""The site as an author sees it while writing."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import HOME, ROOT
from playwright.sync_api import Browser, expect

from generator.build.output import cache_of
from generator.errors import CombinedError, GlasspageError
from generator.serve.changes import Changes
from generator.serve.events import Events
from generator.serve.handler import POLICY
from generator.serve.host import is_ours
from generator.serve.page import live
from generator.serve.problem import Problem
from generator.serve.server import Server
from generator.serve.site import Found, Moved, ServedSite

ARTICLE = """---
title: 一个字之后
date: 2026-11-22
summary: 模型读到「{{ prompt.text }}」，接着写。
---
## 开头 {#begin}

{{ fill }}

## 中间 {#middle}

这一句会改。

## 末尾 {#end}

{{ fill }}
""".replace("{{ fill }}", "一行。\n\n" * 40)
PLACE = "posts/short-wukong/"
PATIENCE = 60_000  # milliseconds for a rebuild, on a machine that has much else to do


class Served:
    """`glasspage serve`, running in a process of its own."""

    def __init__(self, project: Path, code: Path = ROOT) -> None:
        script = "from generator.cli import main; main()"
        command = [sys.executable, "-c", script, "serve", "--project", str(project), "--port", "0"]
        self.process = subprocess.Popen(
            command, cwd=code, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self.process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stderr.readline())
        assert found is not None
        self.address, self.port = found[0], int(found[1])
        self.said: list[str] = []
        self._reader = Thread(target=self.said.extend, args=(self.process.stderr,), daemon=True)
        self._reader.start()

    def stop(self) -> str:
        """Stop it as Ctrl-C does; returns all that it said after its address."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE / 1000)
        finally:
            self.process.kill()  # which leaves one that has ended as it is
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return "".join(self.said)


@pytest.fixture
def small(output: Path, tmp_path: Path) -> Path:
    """A project with one short article, over data that has been made already."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "themes", root / "themes")
    shutil.copytree(HOME / "models", root / "models")
    shutil.copytree(HOME / "content/prompts", root / "content/prompts")
    shutil.copytree(cache_of(output), cache_of(root / "output"))
    site = "title: 小站\ndescription: 一篇短文。\ndefault_article: short\n"
    (root / "content/site.yaml").write_text(site, encoding="utf-8")
    article = root / "content/articles/short/index.md"
    article.parent.mkdir(parents=True)
    article.write_text(ARTICLE, encoding="utf-8")
    return root


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serve a project until the test is over."""
    running: list[Served] = []

    def serve(project: Path, code: Path = ROOT) -> Served:
        running.append(Served(project, code))
        return running[-1]

    yield serve
    for served in running:
        served.stop()


def test_an_open_page_shows_what_is_saved_and_what_is_wrong(
    small: Path, serve: Callable[..., Served], browser: Browser
) -> None:
    served = serve(small)
    article = small / "content/articles/short/index.md"
    layout = small / "themes/paper/layouts/article.html"
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(served.address + PLACE)
    expect(page.get_by_text("这一句会改")).to_be_visible(timeout=PATIENCE)
    page.on("console", lambda message: troubles.append(message.text))
    other = browser.new_page()
    other.goto(served.address + "archive/")
    other.evaluate("window.loaded = 'before'")

    page.evaluate("document.querySelector('#middle').scrollIntoView({behavior: 'instant'})")
    page.evaluate("document.querySelector('a.site-name').focus({preventScroll: true})")
    top = "document.querySelector('#middle').getBoundingClientRect().top"
    was, scrolled = page.evaluate(top), page.evaluate("scrollY")
    longer = ARTICLE.replace("这一句会改", "这一句改了").replace("一行", "更长" * 60, 1)
    article.write_text(longer, encoding="utf-8")
    expect(page.get_by_text("这一句改了")).to_be_visible(timeout=PATIENCE)
    for _ in range(100):  # waiting in the page would take what its policy forbids
        if abs(page.evaluate(top) - was) <= 1:
            break
        page.wait_for_timeout(50)
    assert abs(page.evaluate(top) - was) <= 1
    assert page.evaluate("scrollY") > scrolled
    assert page.evaluate("document.activeElement.className") == "site-name"
    assert "_glasspage" not in (small / f"output/site/{PLACE}index.html").read_text("utf-8")

    sound = layout.read_text(encoding="utf-8")
    layout.write_text(sound + "\n{% if %}\n", encoding="utf-8")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"article.html:{len(sound.splitlines()) + 2}", timeout=PATIENCE)
    expect(alert).to_contain_text("{% if %}")
    expect(page.get_by_text("这一句改了")).to_be_visible()
    page.keyboard.press("Escape")
    expect(alert).to_be_hidden()
    layout.write_text(sound + "\n{% for %}\n", encoding="utf-8")
    expect(alert).to_contain_text("{% for %}", timeout=PATIENCE)
    layout.write_text(sound, encoding="utf-8")
    expect(alert).to_be_hidden(timeout=PATIENCE)
    assert troubles == []
    assert other.evaluate("window.loaded") == "before"


def test_the_first_build_may_fail_and_ctrl_c_stops_though_a_page_is_open(
    tmp_path: Path, serve: Callable[..., Served], browser: Browser
) -> None:
    settings = tmp_path / "content/site.yaml"
    settings.parent.mkdir()
    settings.write_text("title: <b>x</b>\ndescription: [\n", encoding="utf-8")
    code = tmp_path / "code"
    shutil.copytree(ROOT / "generator", code / "generator")
    served = serve(tmp_path, code)
    page = browser.new_page(viewport={"width": 360, "height": 640})
    response = page.goto(served.address)
    assert response is not None
    assert response.status == 503
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("site.yaml:", timeout=PATIENCE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    # What has no theme cannot be built: the error is another, and its text is no markup.
    settings.write_text("title: x\ndescription: y\ntheme: <b>bold</b>\n", encoding="utf-8")
    expect(alert).to_contain_text("<b>bold</b>", timeout=PATIENCE)

    (code / "generator/errors.py").touch()
    expect(alert).to_contain_text("glasspage's own code has changed", timeout=PATIENCE)
    said = served.stop()
    assert served.process.returncode == 0
    assert "<b>bold</b>" in said
    assert "Traceback" not in said
    assert said.endswith("stopped\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A finished site, and beside it what is nobody's business."""
    folder = tmp_path / "site"
    (folder / "posts/一").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "index.html").write_text("<body>home</body>", encoding="utf-8")
    (folder / "404.html").write_text("<body>missing</body>", encoding="utf-8")
    (folder / "posts/一/index.html").write_text("<body>一</body>", encoding="utf-8")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "round").symlink_to(folder / "round")
    return folder


def test_nothing_outside_the_site_stands_at_any_address(site: Path) -> None:
    served = ServedSite(site)
    for address in (
        "/../secret.txt",
        "/posts/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        f"/{site.parent}/secret.txt",
        f"//{site.parent}/secret.txt",
        "/out.txt",
        "/round",
        "/index.html%00",
        "/index.html/",
        "/" + "x" * 5000,
        "",
    ):
        assert served.find(address) is None, address
    assert served.find("/") == Found("index.html", site / "index.html")
    assert served.find("/posts/%E4%B8%80/") == Found(
        "posts/一/index.html", site / "posts/一/index.html"
    )
    assert served.find("/posts/%E4%B8%80") == Moved("/posts/%E4%B8%80/")


def test_a_site_with_a_path_of_its_own_stands_below_it(site: Path) -> None:
    served = ServedSite(site, "/blog/")
    assert served.find("/") == served.find("/blog") == Moved("/blog/")
    assert served.find("/posts/%E4%B8%80") is served.find("/blogs/") is None
    assert served.find("/blog/posts/%E4%B8%80") == Moved("/blog/posts/%E4%B8%80/")
    assert served.find("/blog/") == Found("index.html", site / "index.html")


def test_a_taken_port_leads_to_another(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Server(ServedSite(site), Events(), "127.0.0.1", port) as server:
            assert server.port != port
            socket.create_connection(("127.0.0.1", server.port)).close()
    with pytest.raises(GlasspageError, match="there is no host"):
        Server(ServedSite(site), Events(), "nowhere.invalid", 0)


@pytest.mark.parametrize(
    ("bound", "ours", "others"),
    [
        (
            "127.0.0.1",
            "localhost LOCALHOST:8000 127.0.0.1:1 [::1]:80",
            "evil.example 192.168.0.2 localhost@evil.example [x 127.0.0.1.evil.example :8000",
        ),
        ("0.0.0.0", "192.168.0.2:8000 [fe80::1] localhost 0.0.0.0", "evil.example:8000 [x"),
        ("site.test", "site.test:8000 192.168.0.2", "evil.example"),
    ],
)
def test_a_server_knows_its_own_names(bound: str, ours: str, others: str) -> None:
    assert all(is_ours(name, bound) for name in ours.split())
    assert not any(is_ours(name, bound) for name in [*others.split(), None])
    assert is_ours(socket.gethostname(), bound) == (bound != "127.0.0.1")


def test_another_site_s_name_that_leads_here_is_refused(site: Path) -> None:
    with Server(ServedSite(site), Events(), "127.0.0.1", 0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for path, host, status in (
            ("/", "evil.example", 421),
            ("/_glasspage/events", "evil.example", 421),
            ("http://localhost/", "localhost", 421),
            ("/", "localhost", 200),
        ):
            connection.request("GET", path, headers={"Host": host})
            response = connection.getresponse()
            assert (response.status, b"home" in response.read()) == (status, status == 200)
        connection.close()


def test_what_is_sent_is_neither_stored_nor_allowed_more_than_a_careful_host_allows(
    site: Path,
) -> None:
    with Server(ServedSite(site), Events(), "127.0.0.1", 0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for path, status, kind in (
            ("/", 200, "text/html; charset=utf-8"),
            ("/missing", 404, "text/html; charset=utf-8"),
            ("/posts/%E4%B8%80?x=1", 302, "text/html; charset=utf-8"),
            ("/_glasspage/live.js", 200, "text/javascript; charset=utf-8"),
            ("/_glasspage/handler.py", 404, "text/plain; charset=utf-8"),
        ):
            bodies = {}
            for method in ("GET", "HEAD"):
                connection.request(method, path)
                response = connection.getresponse()
                bodies[method] = response.read()
                assert (response.status, response.headers["Content-Type"]) == (status, kind)
                assert response.headers["Cache-Control"] == "no-store"
                assert response.headers["Content-Security-Policy"] == POLICY
                assert response.headers["Content-Length"] == str(len(bodies["GET"]))
            assert bodies["HEAD"] == b""
        connection.close()


def test_the_script_is_the_last_of_a_page() -> None:
    html = b"<body><pre>&lt;/body></pre><!-- </body> --></BODY ></html>"
    sent = live(html, 'posts/"x"/index.html', "/", "run.7")
    assert sent.endswith(b"</script></BODY ></html>")
    assert b'data-page="posts/&quot;x&quot;/index.html"' in sent
    assert live(b"no body", None, "/", "run.7").startswith(b"no body<script")


def test_whoever_asks_late_misses_nothing() -> None:
    events = Events()
    before = events.now
    events.replaced({"index.html"})
    between = events.now
    events.replaced({"404.html"})
    events.tell([Problem("a.md:1", "wrong", None, 1, None)])
    assert events.after(before).replaced == ["index.html", "404.html"]
    assert events.after(between).replaced == ["404.html"]
    assert events.after("another run.1").replaced is None
    assert [problem.message for problem in events.after(events.now).problems] == ["wrong"]
    assert events.wait(between, 0)
    assert not events.wait(events.now, 0)
    told = events.after(between).told
    events.replaced(set())  # as a rebuild does that has nothing to replace
    assert events.after(between).problems == ()
    assert events.after(between).told > told


def test_a_problem_shows_its_line_and_the_character_in_question(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("好\n一二三\n", encoding="utf-8")
    errors = [
        GlasspageError("here", file=file, line=2, column=2, hint="so"),
        GlasspageError("at the end", file=file, line=2, column=4),
        GlasspageError("nowhere"),
    ]
    at, end, nowhere = Problem.all_of(CombinedError(errors))
    assert (at.place, at.hint, at.excerpt) == (f"{file}:2:2", "so", ("一", "二", "三"))
    assert end.excerpt == ("一二三", " ", "")
    assert (nowhere.place, nowhere.excerpt) == ("", None)


def test_a_save_is_one_change_and_what_editors_leave_is_none(tmp_path: Path) -> None:
    content, themes = tmp_path / "content", tmp_path / "themes"
    content.mkdir()
    with Changes([content, themes]) as changes:
        for name in ("ready.md", "a.md", "end.md"):
            file = content / name
            for leftover in (".a.md.swp", "a.md~", "#a.md#", ".a.md.tmp"):
                (content / leftover).write_text("x", encoding="utf-8")
            (content / ".a.md.tmp").rename(file)
            file.write_text("y", encoding="utf-8")
            assert changes.wait() == {file}
        themes.mkdir()  # where it is looked for now and then
        assert changes.wait() == {themes}


def test_files_elsewhere_are_looked_at_and_nothing_beside_them(tmp_path: Path) -> None:
    content, file = tmp_path / "content", tmp_path / "elsewhere/ckpt.pt"
    content.mkdir()
    file.parent.mkdir()
    file.write_text("x", encoding="utf-8")
    with Changes([content]) as changes:
        changes.files = [file]
        time.sleep(0.6)  # it is looked at now and then
        file.with_name("other.pt").write_text("x", encoding="utf-8")
        file.write_text("xy", encoding="utf-8")
        assert changes.wait() == {file}
        file.unlink()
        assert changes.wait() == {file}
