"""What a build uses again: only what is made of the same, and never what is damaged."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from generator.build.builder import Built, build
from generator.build.explain import explain
from generator.build.inputs import Inputs
from generator.build.last import LastBuild
from generator.build.live import Live
from generator.build.output import cache_of
from generator.build.steps import Step, Steps
from generator.build.store import Store, link
from generator.errors import GlasspageError
from generator.files import write
from generator.project.project import Project
from generator.reporter import Reporter

ARTICLE = """\
---
title: 「{{ prompt.text }}」
date: 2026-11-22
summary: 一页。
---
## 一 {#one}

{{ len(tokens) | num }} 个 token。

{{ diagram.bars([{"label": "甲", "note": "", "share": sampling.probs_all[0]}], caption="条。") }}
"""

MAIN = "from generator.cli import main; main()"
CONFIG = "model: xiyouji\nprompt: {}\nnew_tokens: 2\narticles: [{}]\n"
PAGE = Path("site/posts/small-wukong/index.html")

Rebuild = Callable[..., Built]


@pytest.fixture
def small(warm: Path) -> Path:
    """A project of one short article over one prompt; the data of its model is there already."""
    write(warm / "content/articles/small/index.md", ARTICLE)
    write(warm / "content/prompts/wukong.yaml", CONFIG.format("悟空", "small"))
    return warm


@pytest.fixture
def rebuild(small: Path) -> Rebuild:
    def made(**options: int) -> Built:
        return build(Project(small), small / "output", Reporter(quiet=True), **options)

    return made


def files(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    write(file, text.replace(old, new))


def stale(root: Path) -> dict[str, list[str]]:
    """The parts of the small page that are stale, with the reasons."""
    parts = explain(Project(root), root / "output", "posts/small-wukong/")
    return {part.part: part.reasons for part in parts if part.reasons}


def test_only_what_changed_is_made_anew_and_told_in_words(small: Path, rebuild: Rebuild) -> None:
    rebuild()
    assert stale(small) == {}
    prompt = small / "content/prompts/wukong.yaml"
    article = small / "content/articles/small/index.md"
    trace = small / "output/data/wukong/tokens.yaml"
    inode = trace.stat().st_ino

    edit(prompt, "prompt: 悟空", "# 一句话\nprompt: 悟空")
    write(small / "themes/paper/components/unused.html", "{% macro unused() %}{% endmacro %}")
    assert stale(small) == {}
    assert rebuild().fresh == 0

    edit(article, "个 token。", "个 token，不多。")
    assert stale(small)["the page, in zh"][0].startswith(
        "content/articles/small/index.md changed: "
    )
    assert rebuild().fresh == 1
    assert "不多" in (small / "output" / PAGE).read_text("utf-8")
    assert trace.stat().st_ino == inode  # linked, not made anew

    component = small / "themes/paper/components/bars.html"
    edit(component, "height:1.25em", "height:1.26em")
    (reason,) = stale(small)["the page, in zh"]
    assert reason.startswith("themes/paper/components/bars.html changed: ")
    assert rebuild().fresh == 1

    edit(prompt, "new_tokens: 2", "new_tokens: 3")
    assert stale(small)["data/wukong"][0].startswith("the prompt wukong changed: ")
    assert stale(small)["the page, in zh"] == ["data/wukong is to be made anew"]
    assert "data/models/xiyouji" not in stale(small)
    assert rebuild().fresh == 1
    assert trace.stat().st_ino != inode

    edit(small / "content/facts.yaml", "number: 96", "number: 97")
    assert list(stale(small)) == ["data/fact"]  # the page cites none
    assert rebuild().fresh == 0

    edit(small / "content/site.yaml", "license/mit", "license/mit-0")
    (reason,) = stale(small)["its place on the site, in zh"]
    assert reason.startswith("`licence` in content/site.yaml changed: ")
    rebuild()

    edit(small / "themes/paper/layouts/article.html", "<footer", "<footer data-new")
    assert list(stale(small)) == ["its place on the site, in zh"]
    assert rebuild().fresh == 0
    assert "data-new" in (small / "output" / PAGE).read_text("utf-8")


def test_a_file_that_comes_to_hide_one_that_was_used_is_noticed(
    small: Path, rebuild: Rebuild
) -> None:
    write(small / "themes/mine/theme.yaml", "inherits: paper\n")
    edit(small / "content/site.yaml", "theme: paper", "theme: mine")
    rebuild()
    bars = (small / "themes/paper/components/bars.html").read_text(encoding="utf-8")
    write(small / "themes/mine/components/bars.html", bars.replace("1.25em", "1.5em"))
    assert stale(small)["the page, in zh"] == ["themes/mine/components/bars.html is new"]
    rebuild()
    assert "height:1.5em" in (small / "output" / PAGE).read_text("utf-8")


def test_what_has_no_source_any_more_is_removed(small: Path, rebuild: Rebuild) -> None:
    write(
        small / "content/prompts/second.yaml", "model: xiyouji\nprompt: 行者\narticles: [small]\n"
    )
    assert rebuild().fresh == 2
    assert (small / "output/site/posts/small-second/index.html").is_file()
    (small / "content/prompts/second.yaml").unlink()
    assert rebuild().fresh == 0
    left = [*(small / "output").rglob("*second*"), *cache_of(small / "output").rglob("*second*")]
    assert left == []


def test_no_damage_to_the_cache_makes_a_wrong_page(small: Path, rebuild: Rebuild) -> None:
    rebuild()
    right = files(small / "output")
    cache = cache_of(small / "output")
    for number, file in enumerate(sorted(f for f in cache.rglob("*") if f.is_file())):
        content = file.read_bytes()
        ways = (content[: len(content) // 2], b"", content[:-1] + b"?", b"\0" * len(content))
        write(file, ways[number % len(ways)])  # in a new file: the output's own stays as it is
    rebuild()
    assert files(small / "output") == right
    # What looks untouched by its size and time, and what lies in another's place.
    page, other = cache / "page/small-wukong.zh", cache / "bundle/small-wukong.zh"
    content = page / "files/content.json"
    known = content.stat()
    content.write_bytes(content.read_bytes().replace(b"token", b"nekot"))
    os.utime(content, ns=(known.st_atime_ns, known.st_mtime_ns))
    rebuild()
    assert files(small / "output") == right
    shutil.rmtree(page)
    shutil.copytree(other, page)
    for name in ("model", "search"):
        shutil.rmtree(cache / name)
        write(cache / name, "in the way")
    rebuild()
    assert files(small / "output") == right
    # What is written over in the output, which shares its files with the cache, is mended too.
    for file in (small / "output").rglob("*.*ml"):
        with file.open("ab") as stream:
            stream.write(b"?")
    rebuild()
    assert files(small / "output") == right


def test_many_processes_make_what_one_makes_and_tell_all_errors(
    small: Path, rebuild: Rebuild, tmp_path: Path
) -> None:
    for name, text in (("second", "行者"), ("third", "师父"), ("fourth", "三藏")):
        write(small / f"content/prompts/{name}.yaml", CONFIG.format(text, "small"))
    rebuild()
    build(Project(small), tmp_path / "other", Reporter(quiet=True), jobs=2)
    assert files(tmp_path / "other") == files(small / "output")
    names = ("wukong", "second", "third", "fourth")
    for name in names:
        write(small / f"content/articles/{name}/index.md", ARTICLE.replace("tokens", name))
        write(small / f"content/prompts/{name}.yaml", CONFIG.format("行者", name))
    with pytest.raises(GlasspageError) as caught:
        rebuild(jobs=2)
    for name in names:
        assert f"{name}/index.md:8" in str(caught.value)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_build_that_is_stopped_leaves_the_last_output(
    sign: signal.Signals, small: Path, rebuild: Rebuild
) -> None:
    rebuild()
    before = files(small / "output")
    edit(small / "content/prompts/wukong.yaml", "new_tokens: 2", "new_tokens: 9000")
    command = [sys.executable, "-c", MAIN, "build", "--project", str(small)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        scratch = cache_of(small / "output") / "prompt" / "wukong.new"
        while not scratch.exists():
            assert running.poll() is None
            time.sleep(0.02)
        os.killpg(running.pid, sign)
        ended = running.wait()
    finally:  # or it would write all of its tokens
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert ended == (130 if sign == signal.SIGINT else -sign)
    assert stale(small)["data/wukong"][0].startswith("the prompt wukong changed: ")  # none is kept
    assert files(small / "output") == before
    edit(small / "content/prompts/wukong.yaml", "new_tokens: 9000", "new_tokens: 3")
    assert rebuild().fresh == 1


def test_published_data_that_changed_is_read_anew(small: Path, rebuild: Rebuild) -> None:
    rebuild()
    data = small / "published"
    (small / "output/data").rename(data)
    other = small / "other"
    build(Project(small), other, Reporter(quiet=True), data=data)
    assert "「悟空」" in (other / PAGE).read_text("utf-8")
    edit(data / "wukong/index.yaml", "悟空", "行者")
    edit(small / "content/prompts/wukong.yaml", "悟空", "行者")
    assert build(Project(small), other, Reporter(quiet=True), data=data).fresh == 1
    assert "「行者」" in (other / PAGE).read_text("utf-8")


# The last build


@pytest.fixture
def last(tmp_path: Path) -> Iterator[Callable[[], LastBuild]]:
    write(tmp_path / "content/a.md", "one")
    write(tmp_path / "models/m.yaml", "two")
    write(tmp_path / "output/page.html", "page")
    write(tmp_path / "elsewhere/b.md", "three")
    (tmp_path / "content/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/around").symlink_to(tmp_path / "content")
    yield lambda: LastBuild(tmp_path / "last.json", tmp_path, tmp_path / "output", None)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file changed": lambda root: write(root / "content/a.md", "eno"),
    "a file of a linked folder changed": lambda root: write(root / "elsewhere/b.md", "eerht"),
    "a file came": lambda root: write(root / "themes/t/x.html", ""),
    "a file went": lambda root: (root / "models/m.yaml").unlink(),
    "the output was changed": lambda root: write(root / "output/page.html", "egap!"),
    "a page went": lambda root: (root / "output/page.html").unlink(),
    "something was put into the output": lambda root: write(root / "output/x", ""),
    "the record was damaged": lambda root: write(root / "last.json", "{"),
    "the record is of another kind": lambda root: write(root / "last.json", "[1]"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_since_the_last_build_is_noticed(
    change: str, last: Callable[[], LastBuild], tmp_path: Path
) -> None:
    last().remember(["made"])
    assert last().unchanged() == ["made"]
    CHANGES[change](tmp_path)
    assert last().unchanged() is None


def test_a_file_that_was_only_touched_is_no_change(
    last: Callable[[], LastBuild], tmp_path: Path
) -> None:
    last().remember(["made"])
    os.utime(tmp_path / "content/a.md", (1, 1))
    assert last().unchanged() == ["made"]


def test_what_changes_while_a_build_runs_is_made_by_the_next(
    last: Callable[[], LastBuild], tmp_path: Path
) -> None:
    running = last()
    write(tmp_path / "content/a.md", "changed meanwhile")
    running.remember(["made"])
    assert last().unchanged() is None


def test_nothing_heavy_is_imported_where_nothing_changed(small: Path, rebuild: Rebuild) -> None:
    command = [sys.executable, "-c", MAIN, "build", "--project", str(small)]
    rebuild()
    subprocess.run(command, check=True, capture_output=True)
    script = (
        "import sys; from generator.cli import cli\n"
        f"cli({command[3:]!r}, standalone_mode=False)\n"
        "print(sorted({'torch', 'numpy', 'jinja2', 'pydantic', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert "nothing has changed" in done.stderr


# The store


def test_an_artefact_is_found_until_an_input_of_it_changes(tmp_path: Path) -> None:
    write(tmp_path / "source.txt", "one")
    step = Step("kind", "name", ("source.txt", "told"))

    def steps(told: str) -> Steps:
        inputs = Inputs(tmp_path)
        inputs.tell("told", told)
        return Steps(Store(tmp_path / "store"), inputs)

    made = steps("a").make(step, lambda folder: write(folder / "x/y.txt", "made"))
    link(made, tmp_path / "out")
    assert (tmp_path / "out/x/y.txt").read_text() == "made"
    assert steps("a").stale(step) == []
    assert steps("b").stale(step)[0].startswith("told changed")
    write(tmp_path / "source.txt", "two")
    assert steps("a").stale(step)[0].startswith("source.txt changed")
    (tmp_path / "source.txt").unlink()
    assert steps("a").stale(step) == ["source.txt is gone"]


# While the author looks


def test_the_open_page_is_shown_before_all_others_and_stays_as_it_was_shown(small: Path) -> None:
    write(small / "content/prompts/second.yaml", CONFIG.format("行者", "small"))
    live = Live(small, small / "output", Reporter(quiet=True))
    told: list[set[str]] = []
    live(None, told.append)
    page = "posts/small-wukong/index.html"
    assert page in told[0]
    edit(small / "content/articles/small/index.md", "个 token。", "个 token，不多。")
    seen: list[str] = []

    def look(replaced: set[str]) -> None:
        told.append(replaced)
        preview = live.previews / page
        shown = preview if preview.exists() else small / "output/site" / page
        seen.append(shown.read_text(encoding="utf-8"))

    live(page, look)
    assert told[1] == {page}
    assert "不多" in seen[0]
    assert "posts/small-second/index.html" in told[2]
    assert page not in told[2]
    assert seen[0] == seen[1]
    assert not live.previews.exists()


def test_what_is_wrong_with_the_open_page_is_raised_and_mended(small: Path) -> None:
    live = Live(small, small / "output", Reporter(quiet=True))
    live(None, lambda replaced: None)
    right = files(small / "output")
    article = small / "content/articles/small/index.md"
    edit(article, "个 token。", "个 token，7 个。")
    with pytest.raises(GlasspageError, match="nobody answers for the digits"):
        live("posts/small-wukong/index.html", lambda replaced: None)
    assert files(small / "output") == right  # what readers may have is what the last build made
    assert "7 个" in (live.previews / "posts/small-wukong/index.html").read_text("utf-8")
    edit(article, "个 token，7 个。", "个 token。")
    live("posts/small-wukong/index.html", lambda replaced: None)
    assert files(small / "output") == right
