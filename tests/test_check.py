"""`glasspage check`: what a reader could stumble over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from conftest import HOME

from generator.build.paging import articles_by_folder
from generator.check.site import Checked, Problem, check_site, fetch_external
from generator.cli import cli
from generator.errors import DataError
from generator.project.project import Project
from generator.report import checked_lines

POST = "posts/llm-pipeline-wukong/index.html"


@pytest.fixture
def site(output: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(output / "site", tmp_path / "site"))


def check(site: Path) -> list[str]:
    project = Project(HOME)
    checked = check_site(site, articles_by_folder(project), base_url="https://example.org/")
    return [str(p) for p in checked.problems]


def add(site: Path, html: str) -> None:
    page = site / POST
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace('<div class="prose"', f'{html}\n<div class="prose"'), "utf-8")


def test_the_real_site_is_well(output: Path) -> None:
    checked = check_site(output / "site", articles_by_folder(Project(HOME)))
    assert checked.problems == []
    assert checked.pages >= 12
    assert checked.links >= 200
    assert "https://arxiv.org/abs/2005.14165" in checked.external


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<a href="../nowhere/index.html">x</a>', "'../nowhere/index.html' leads nowhere"),
        ('<a href="#nowhere">x</a>', "'#nowhere' leads to a page without that place"),
        ('<a href="../../index.html#x">x</a>', "leads to a page without that place"),
        ('<a href="../../../../etc/passwd">x</a>', "leads nowhere"),
        ('<a href="/index.html">x</a>', "is not relative"),
        ('<a href="https://example.org/posts/nope/">x</a>', "posts/nope/' leads nowhere"),
        ('<a href="//x.org/y">x</a>', "is not relative"),
        ('<img src="gone.png" alt="">', "'gone.png' leads nowhere"),
        ('<img src="numbers.html" alt="" srcset="numbers.html 1x, big.png 2x">', "'big.png' leads"),
        ('<video poster="gone.jpg"></video>', "'gone.jpg' leads nowhere"),
        ('<img src="../../index.html">', "a picture without `alt`"),
        ('<p id="overview">x</p>', "the id 'overview' is on line"),
        ("<h4>x</h4>", "a heading of level 4 follows one of level 1"),
        ("<h1>x</h1>", "a second heading of the first level"),
        ("<div><p>x</div></section>", "</section> closes nothing"),
        ("<div><b>x</div>", "<b> is not closed"),
        ("<span/>", "<span> is not closed"),
    ],
)
def test_what_is_wrong_is_told_with_its_page_and_line(html: str, what: str, site: Path) -> None:
    add(site, html)
    problems = check(site)
    assert problems
    assert any(what in problem and problem.startswith(f"{POST}:") for problem in problems)


def test_a_broken_link_is_told_with_the_author_s_line(
    documented: Path, build_project: Callable[[], object]
) -> None:
    project = documented
    article = project / "content/articles/llm-pipeline/index.md"
    doc = project / "content/docs/values.md"
    for file in (article, doc):
        text = file.read_text(encoding="utf-8") + "\n[看](../悟/)\n\n再[看](../悟/)\n"
        file.write_text(text, encoding="utf-8")
    build_project()
    made = Project(project)
    docs = {f"docs/{each.name}": each.file for each in made.docs}
    problems = check_site(project / "output/site", articles_by_folder(made), docs).problems
    ends = {file: file.read_text(encoding="utf-8").count("\n") for file in (article, doc)}
    assert {problem.source for problem in problems} == {
        f"{file}:{line}" for file, end in ends.items() for line in (end - 2, end)
    }


def test_a_heavy_page_is_remarked_with_its_heaviest_part(tmp_path: Path) -> None:
    figure = f"<figure>{'x' * 200_000}<figcaption>A\nmatrix"
    figure += "<details><summary>Its numbers</summary></details></figcaption></figure>"
    text = f"<h1>t</h1>\n{'x' * 100_000}<h2 id=a>a</h2>\n{figure}<h2 id=b>b</h2>{'x' * 150_000}"
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    checked = check_site(tmp_path)
    (remark,) = checked.remarks
    assert not checked.problems
    assert str(remark) == (
        "index.html:2: the page weighs 450 kB, 0 kB after gzip; 400 and 60 are the most; the "
        "heaviest is the part #a with 200 kB, of which the figure “A matrix” has 200 kB"
    )


def test_a_missing_translation_is_remarked(output: Path) -> None:
    checked = check_site(output / "site", articles_by_folder(Project(HOME)), languages=2)
    assert not checked.problems
    (remark,) = checked.remarks
    assert "is written in zh only; the site has 2 languages" in str(remark)
    assert [*checked_lines(checked)][-1].endswith(" elsewhere: all well, 1 remarked")


def test_the_command_lists_what_leads_elsewhere_and_ends_with_1_where_something_is_wrong(
    output: Path, tmp_path: Path
) -> None:
    told = CliRunner().invoke(cli, ["check", "--project", str(HOME), str(output)])
    assert told.exit_code == 0
    assert "all well" in told.output
    assert "elsewhere: https://arxiv.org/abs/2005.14165" in told.output
    copy = Path(shutil.copytree(output, tmp_path / "output"))
    add(copy / "site", '<a href="gone.html">x</a>')
    told = CliRunner().invoke(cli, ["check", "--project", str(HOME), str(copy)])
    assert told.exit_code == 1
    assert "1 wrong" in told.output


def test_what_is_no_site_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no site here"):
        check_site(tmp_path)


class Answers(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response({"/there": 200, "/no-head": 405}.get(self.path, 404))
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_addresses_elsewhere_are_asked_for_only_when_told_to() -> None:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    checked = Checked(
        external={
            f"{host}/{path}": [Problem("a.html", 1, path, "a.md:3")]
            for path in ("there", "no-head", "gone")
        }
    )
    fetch_external(checked)
    server.shutdown()
    server.server_close()
    (problem,) = checked.problems
    assert problem.source == "a.md:3"
    assert "404" in problem.what
