"""What the tests share: the real model, and the real site built once."""

from __future__ import annotations

import atexit
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from needs import need
from playwright.sync_api import Browser, sync_playwright

from generator.build.builder import Built, build
from generator.build.output import cache_of
from generator.build.published import publish_facts, publish_model, publish_trace
from generator.data.folder import DataFolder
from generator.data.runs import PageData, Run
from generator.model.bpe import encodings
from generator.model.checkpoint import Checkpoint, load
from generator.project.card import Card
from generator.project.project import Project
from generator.project.prompt import Prompt
from generator.project.source import Source
from generator.reporter import Reporter
from generator.trace.portrait import portray

ROOT = Path(__file__).parent.parent


def _with_one_page() -> Path:
    """The real project with one of its prompts, the model for it, and one of its languages: what
    most tests look at."""
    made = Path(tempfile.mkdtemp(prefix="glasspage-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    shutil.copytree(ROOT / "content", made / "content")
    for file in (made / "content/prompts").iterdir():
        if file.name != "wukong.yaml":
            file.unlink()
    wukong = made / "content/prompts/wukong.yaml"
    lines = wukong.read_text(encoding="utf-8").splitlines(keepends=True)
    wukong.write_text("".join(x for x in lines if not x.startswith("articles:")), encoding="utf-8")
    for folder in (made / "content/articles").iterdir():
        if folder.name != "llm-pipeline":
            shutil.rmtree(folder)
    (made / "content/articles/llm-pipeline/index.en.md").unlink()
    (made / "content/measurements.yaml").unlink()  # of the other prompts
    site = made / "content/site.yaml"
    site.write_text(site.read_text(encoding="utf-8").split("translations:")[0], encoding="utf-8")
    (made / "themes").symlink_to(ROOT / "themes")
    (made / "models").mkdir()
    (made / "models/xiyouji").symlink_to(ROOT / "models/xiyouji")
    return made


HOME = _with_one_page()
WUKONG = Project(HOME).prompt("wukong").prompt

# A shell that starts the tests in the background lets them ignore Ctrl-C, and all whom they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def page_data(data: Path, prompt: str = "wukong") -> PageData:
    """What a page of this prompt is made of, out of the data of a build."""
    names = (prompt, "models/xiyouji", "fact")
    of_prompt, model, facts = (DataFolder(data / name, name) for name in names)
    return PageData((Run(of_prompt, model),), facts)


def edit(file: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file, which must not stay as it was."""
    text = file.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")


def publish(
    data: Path, checkpoint: Checkpoint, prompt: Prompt, tokens: list[int], name: str = "wukong"
) -> None:
    """Write into `data` what a page over a prompt is made of, as a build would."""
    publish_trace(data / name, name, checkpoint, prompt, tokens, encodings())
    portrait = portray(checkpoint, ROOT / "models" / "xiyouji")
    publish_model(data / "models" / "xiyouji", portrait, checkpoint)
    publish_facts(data / "fact", Project(HOME).facts)


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    """The model `xiyouji`."""
    folder = ROOT / "models" / "xiyouji"
    return load("xiyouji", folder, Source.read(folder / "model.yaml").parse(Card))


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one prompt and the rest of the site, built. Read it; do not change it."""
    target = tmp_path_factory.mktemp("built") / "output"
    build(Project(HOME), target, Reporter(quiet=True))
    return target


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of that project that a test may change; its weights are linked.

    The documentation, whose gallery takes as long as an article, is left out.
    """
    root = tmp_path / "project"
    left_out = shutil.ignore_patterns("docs")
    shutil.copytree(HOME / "content", root / "content", ignore=left_out)
    shutil.copytree(ROOT / "themes", root / "themes")
    folder = root / "models" / "xiyouji"
    folder.mkdir(parents=True)
    for file in (ROOT / "models" / "xiyouji").iterdir():
        (folder / file.name).symlink_to(file)
    return root


@pytest.fixture
def documented(project: Path) -> Path:
    """The same copy with its documentation."""
    shutil.copytree(ROOT / "content/docs", project / "content/docs")
    return project


@pytest.fixture
def built(project: Path, output: Path) -> Path:
    """The `output/` of the copy, as a build left it."""
    return Path(shutil.copytree(output, project / "output"))


def warmed(target: Path, output: Path) -> Path:
    """An output that is yet to be built, `target`, with what the build of `output` kept."""
    shutil.copytree(cache_of(output), cache_of(target), dirs_exist_ok=True)
    return target


@pytest.fixture
def warm(project: Path, output: Path) -> Path:
    """The same copy with what that build kept, to be used again."""
    warmed(project / "output", output)
    return project


@pytest.fixture
def build_project(warm: Path) -> Callable[[], Built]:
    """Build the copy into its `output/`."""
    return lambda: build(Project(warm), warm / "output", Reporter(quiet=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    chromium = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
