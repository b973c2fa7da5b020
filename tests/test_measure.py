"""`glasspage measure`: what it records, and how a page, the build and `verify` take it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result
from conftest import HOME, ROOT, edit
from families import N_CTX, random_gpt
from playwright.sync_api import Browser

from generator.build.builder import build
from generator.build.jobs import processors
from generator.build.tracing import Tracer
from generator.check.verify import verify
from generator.cli import cli
from generator.data.yaml_text import load
from generator.errors import CombinedError, GlasspageError
from generator.page.marks import kind_of
from generator.page.records import read_numbers
from generator.project.project import Project
from generator.project.prompt import Sampling
from generator.reporter import Reporter
from generator.trace.passes import run
from generator.trace.sampling import choose
from generator.trace.timing import timed

PROMPT = "model: xiyouji\nprompt: 悟空道\nnew_tokens: 4\narticles: []\n"
ARTICLE = """\
---
title: 快慢
date: 2026-11-22
summary: 第一个字用了 {{ prompts[0].measured.first | num(".6f") }} 秒。
prompts: [fast]
---
{% set run = prompts.fast %}
{{ run.measured.machine.processor }}，{{ run.measured.date }}，{{ run.measured.precision }}，
{{ run.measured.repetitions | num }} 遍。此后每秒 {{ run.measured.rate | num(".1f") }} 个，
平均隔 {{ (run.measured.steps.mean() * 1000) | num(".3f") }} 毫秒；
概率 {{ run.generation.steps[0].prob | num(".1%") }}。

{{ diagram.replay(run.tokens, run.generation.steps, run.measured.times, caption="四个字。") }}
"""


def invoke(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--project", str(root)], standalone_mode=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one short prompt, measured, and an article that says so; built. Read it; do
    not change it."""
    root = tmp_path_factory.mktemp("measured")
    ignored = shutil.ignore_patterns("articles", "docs", "prompts")
    shutil.copytree(HOME / "content", root / "content", ignore=ignored)
    for part in ("models", "themes"):
        (root / part).symlink_to(HOME / part)
    for file, text in (("prompts/fast.yaml", PROMPT), ("articles/speed/index.md", ARTICLE)):
        (root / "content" / file).parent.mkdir(parents=True)
        (root / "content" / file).write_text(text, encoding="utf-8")
    done = invoke(root, "measure", "fast", "--repeat", "2")
    assert done.exit_code == 0, done.output
    build(Project(root), root / "output", Reporter(quiet=True))
    return root


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(root, tmp_path / "copy", symlinks=True))


def record(root: Path) -> Path:
    return root / "content/measurements.yaml"


def test_it_records_the_tokens_of_the_trace_with_growing_times_and_the_machine(root: Path) -> None:
    entry = load(record(root).read_bytes())["measurements"]["fast"]
    steps = load((root / "output/data/fast/generation.yaml").read_bytes())["generation"]["steps"]
    assert entry["tokens"] == [{"id": step["choice"], "text": step["text"]} for step in steps]
    times = entry["times"]
    assert len(times) == 4
    assert times == sorted(set(times)) and times[0] > 0
    assert all(time == round(time, 6) for time in times)
    assert entry["precision"] == "float64"
    assert entry["repetitions"] == 2
    assert entry["machine"]["threads"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"])


def test_measuring_keeps_what_was_recorded_of_others_in_the_order_of_names(copy: Path) -> None:
    for name in ("b", "a"):
        (copy / f"content/prompts/{name}.yaml").write_text(PROMPT, encoding="utf-8")
    before = load(record(copy).read_bytes())["measurements"]["fast"]
    for names in (["b"], ["a", "b"]):
        assert invoke(copy, "measure", *names, "--repeat", "1").exit_code == 0
    known = load(record(copy).read_bytes())["measurements"]
    assert list(known) == ["a", "b", "fast"]
    assert known["fast"] == before


def test_what_was_timed_before_another_prompt_failed_is_kept(copy: Path) -> None:
    for name, text in (("b", PROMPT), ("c", PROMPT.replace("悟空道", "€"))):
        (copy / f"content/prompts/{name}.yaml").write_text(text, encoding="utf-8")
    done = invoke(copy, "measure", "b", "c", "--repeat", "1")
    assert isinstance(done.exception, GlasspageError) and "'€'" in str(done.exception)
    known = load(record(copy).read_bytes())["measurements"]
    assert list(known) == ["b", "fast"]
    assert len(known["b"]["times"]) == 4


def test_a_prompt_that_is_not_there_is_told_before_anything_is_timed(copy: Path) -> None:
    before = record(copy).read_bytes()
    done = invoke(copy, "measure", "fast", "fst")
    assert isinstance(done.exception, GlasspageError)
    assert "there is no prompt 'fst'\n  did you mean 'fast'?" in str(done.exception)
    assert record(copy).read_bytes() == before


@pytest.mark.parametrize("family", ["nanoGPT", "Llama"])
def test_decoding_beyond_the_context_times_the_tokens_that_passes_made_anew_choose(
    family: str,
) -> None:
    gpt, sampling = random_gpt(family), Sampling(seed=3)
    tokens, count = [1, 2, 3], N_CTX if gpt.config.slides else N_CTX - 3
    new, times = timed(gpt, tokens, sampling, count, repeat=1)
    draws, written = np.random.Generator(np.random.PCG64(3)), list(tokens)
    for _ in range(count):
        logits = run(gpt, written[-N_CTX:]).logits
        written.append(choose(logits, written, sampling, float(draws.random())).token)
    assert new == written[3:]
    assert len(times) == count and times == sorted(set(times))


def test_a_page_counts_what_was_measured_apart_and_gives_it_addresses(root: Path) -> None:
    folder = root / "output/site/posts/speed"
    page = BeautifulSoup((folder / "index.html").read_text("utf-8"), "html5lib")
    times = load(record(root).read_bytes())["measurements"]["fast"]["times"]
    shown = page.select_one('[data-src="fast:measured.first"]')
    assert shown.get_text() == f"{times[0]:.6f}"
    listed = read_numbers(root / "output/hugo/content/posts/speed/data")
    kinds = [kind_of(entry["address"]) for entry in listed]
    measured = kinds.count("measured")
    assert measured == len(kinds) - 1 >= 12  # but the probability
    assert f"1 个算出，{measured} 个测得" in page.get_text()
    numbers = BeautifulSoup((folder / "numbers.html").read_text("utf-8"), "html5lib")
    assert f"{measured} 个测得" in numbers.get_text()
    told = [entry.get_text() for entry in numbers.select(".ledger li")]
    assert [("测得" in entry) for entry in told] == [kind == "measured" for kind in kinds]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("p:measured.times[0]", "measured"),
        ("(mean(p:measured.steps) * 1000)", "measured"),
        ("fact:measured.speed", "cited"),
        ("p:embed[0][0]", "computed"),
    ],
)
def test_a_number_made_of_what_was_measured_is_measured(address: str, kind: str) -> None:
    assert kind_of(address) == kind


def test_what_was_built_is_sound_and_an_edit_on_either_side_is_found(copy: Path) -> None:
    *_, (_, sound) = verify(copy / "output", copy)
    assert sound.problems == []
    assert sound.counts["measured"] == 8
    edit(record(copy), lambda text: text.replace("repetitions: 2", "repetitions: 3"))
    *_, (_, found) = verify(copy / "output", copy)
    (problem,) = found.problems
    assert "measured.yaml: fast: measured.repetitions is 2, and content/meas" in problem
    assert "says 3: it has been measured again since this was built; run `glasspage" in problem
    record(copy).unlink()
    *_, (_, found) = verify(copy / "output", copy)
    (problem,) = found.problems
    assert "what was measured of it is not in content/measurements.yaml any more" in problem


def test_what_was_measured_since_the_build_is_told_once(copy: Path) -> None:
    kept = record(copy).read_bytes()
    record(copy).unlink()
    edit(
        copy / "content/articles/speed/index.md",
        lambda text: (
            text.split("---")[1]
            .join(["---", "---\n概率 {{ prompts[0].generation.steps[0].prob | num('.1%') }}。\n"])
            .replace('{{ prompts[0].measured.first | num(".6f") }}', "几")
        ),
    )
    build(Project(copy), copy / "output", Reporter(quiet=True))
    record(copy).write_bytes(kept)
    *_, (_, found) = verify(copy / "output", copy)
    (problem,) = found.problems
    assert "fast: it has been measured since this was built; run `glasspage build`" in problem
    assert found.told["measured"] == 8


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('precision: "float64"', 'precison: "float64"', "unknown key 'precison'"),
        ("- {id", "- {idd", "unknown key 'idd'"),
        (
            r"times: \[[^,]*",
            "times: [9.5",
            "expected a time later than the one before, 9.5, not 0.",
        ),
        (r"times: \[[^,]*", "times: [.nan", "expected a finite number"),
        (r"times: \[[^,]*", "times: [1e-320", "times.0: expected a number from 1e-06 on"),
        (r"\d[^ ]*\]", "1e300]", "times.3: expected a number up to 86400"),
        (r"times: \[[^,]*, ", "times: [", "expected a time for each of the 4 tokens, not 3"),
        ("weights: .*", "weights: abc", "expected a SHA-256 of 64 characters, 0 to 9 and a to f"),
        ("cores: .*", "cores: 0", "expected a number from 1 on"),
        ("date: .*", 'date: "soon"', "measurements.fast.date: expected a day, not"),
        ('"float64"', '"float32"', "expected 'float64', not"),
    ],
)
def test_a_record_that_cannot_be_is_told_at_its_line(
    old: str, new: str, told: str, copy: Path
) -> None:
    edit(record(copy), lambda text: re.sub(old, new, text, count=1))
    with pytest.raises(GlasspageError) as refused:
        Project(copy).check()
    assert told in str(refused.value)
    assert re.search(r"measurements\.yaml:\d+", str(refused.value))
    assert "un `glasspage measure fast` again" in str(refused.value)
    assert not isinstance(refused.value, CombinedError)


def test_a_wrong_time_is_told_at_its_own_line(copy: Path) -> None:
    def later(text: str) -> str:
        first, *others = re.findall(r"\d+\.\d+", text.split("times: ")[1])
        listed = [first, "9.5", *others[1:]]
        return text.split("times: ")[0] + "times:\n" + "".join(f"    - {t}\n" for t in listed)

    edit(record(copy), later)
    with pytest.raises(GlasspageError, match=r"later than the one before, 9\.5") as refused:
        _ = Project(copy).measurements
    lines = record(copy).read_text("utf-8").split("\n")
    assert refused.value.line == lines.index("    - 9.5") + 2


def test_what_was_measured_of_a_prompt_that_is_gone_is_warned_of(copy: Path) -> None:
    """A page may show the times of one prompt, and another that was measured is renamed."""
    edit(record(copy), lambda text: text + text.split("measurements:\n")[1].replace("fast", "fats"))
    project = Project(copy)
    project.check()
    (told,) = project.idle_measurements
    assert "there is no prompt 'fats': did you mean 'fast'?" in told
    assert re.search(r"measurements\.yaml:\d+: ", told)
    assert "delete this entry" in told
    done = invoke(copy, "measure", "--repeat", "1")
    assert done.exit_code == 0, done.output
    known = load(record(copy).read_bytes())["measurements"]
    assert list(known) == ["fast"]
    assert known["fast"]["repetitions"] == 1
    assert "fats: there is no such prompt any more; its measurement is dropped" in done.stderr


def test_when_all_that_was_measured_is_gone_nothing_is_left_of_it(copy: Path) -> None:
    edit(record(copy), lambda text: text.replace("  fast:", "  fats:"))
    done = invoke(copy, "measure")
    assert done.exit_code == 0, done.output
    assert Project(copy).measurements == {}
    assert f"wrote nothing into {record(copy)}" in done.output


def test_a_damaged_record_is_replaced_and_another_is_not_lost(copy: Path) -> None:
    (copy / "content/prompts/b.yaml").write_text(PROMPT, encoding="utf-8")
    assert invoke(copy, "measure", "b", "--repeat", "1").exit_code == 0
    edit(record(copy), lambda text: text.replace("cores: ", "corse: ", 1))  # of b, the first
    before = record(copy).read_bytes()
    refused = invoke(copy, "measure", "fast", "--repeat", "1").exception
    assert "unknown key 'corse'" in str(refused)
    assert "`glasspage measure b` again. Without a name, it measures all" in str(refused)
    assert record(copy).read_bytes() == before
    done = invoke(copy, "measure", "b", "--repeat", "1")
    assert done.exit_code == 0
    assert "b: what was recorded of it cannot be read, and is replaced" in done.stderr
    assert list(Project(copy).measurements) == ["b", "fast"]


def test_it_says_what_it_wrote_and_what_comes_next(copy: Path) -> None:
    done = invoke(copy, "measure", "fast", "--repeat", "1")
    assert done.output.splitlines()[-2:] == [
        f"wrote fast into {record(copy)}",
        "run `glasspage build`, which puts it on the pages that show it, and commit the file.",
    ]


def test_more_threads_than_cores_are_refused(copy: Path) -> None:
    before, cores = record(copy).read_bytes(), processors()
    refused = invoke(copy, "measure", "fast", "--threads", str(cores + 1)).exception
    assert isinstance(refused, GlasspageError)
    assert f"give at most --threads {cores}." in str(refused)
    assert record(copy).read_bytes() == before


def test_without_a_name_something_must_have_been_measured(copy: Path) -> None:
    record(copy).unlink()
    refused = invoke(copy, "measure").exception
    assert "no prompt of this project has been measured" in str(refused)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("repetitions: 2", "repetitions: 3", "with the repetitions 2, those of slow with 3"),
        ("threads: 1", "threads: 2", "with the threads 1, those of slow with 2"),
        ("processor: .*", "processor: Abacus", "those of slow with Abacus"),
    ],
)
def test_a_page_compares_only_times_that_were_measured_alike(
    old: str, new: str, told: str, copy: Path
) -> None:
    (copy / "content/prompts/slow.yaml").write_text(PROMPT, encoding="utf-8")
    edit(
        record(copy),
        lambda text: (
            text + re.sub(old, new, text.split("measurements:\n")[1].replace("fast:", "slow:"))
        ),
    )
    article = copy / "content/articles/speed/index.md"
    edit(article, lambda text: text.replace("[fast]", "[fast, slow]"))
    build(Project(copy), copy / "output", Reporter(quiet=True))  # it shows those of one alone
    edit(article, lambda text: text + "\n{{ prompts.slow.measured.rate | num('.1f') }}\n")
    with pytest.raises(GlasspageError, match="not measured alike") as refused:
        build(Project(copy), copy / "output", Reporter(quiet=True))
    assert told in str(refused.value)
    assert "index.md:5" in str(refused.value)
    assert "`glasspage measure fast slow`" in str(refused.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "prompts/fast.yaml",
            "悟空道",
            "八戒道",
            "made with prompt '悟空道', and it is '八戒道' now",
        ),
        (
            "prompts/fast.yaml",
            "悟空道",
            "悟空道" * 40,
            "made with prompt '悟空道', and it is '悟空道悟空道悟空道悟空道悟空道悟",
        ),
        ("measurements.yaml", "weights: ..", 'weights: "0', "other weights than the model has now"),
        ("prompts/fast.yaml", "new_tokens: 4", "new_tokens: 3", " as token 4, and it is none now"),
        (
            "measurements.yaml",
            "id: 4474",
            "id: 4475",
            "(id 4475) as token 1, and it is '：' (id 447",
        ),
    ],
)
def test_a_record_of_another_generation_is_refused(
    file: str, old: str, new: str, told: str, copy: Path
) -> None:
    edit(copy / "content" / file, lambda text: re.sub(old, new, text))
    project = Project(copy)
    tracer, (named,) = Tracer(project, threads=1), project.prompts
    with pytest.raises(GlasspageError) as refused:
        tracer.check([named])
        tracer.publish(named, Reporter(quiet=True), copy / "published")
    assert told in str(refused.value)
    assert re.search(r"measurements\.yaml:\d+", str(refused.value))
    assert "run `glasspage measure fast` again" in str(refused.value)


def test_a_text_that_cannot_be_read_is_not_told_as_measured_with_another(copy: Path) -> None:
    edit(copy / "content/prompts/fast.yaml", lambda text: text.replace("悟空道", "悟空€"))
    project = Project(copy)
    with pytest.raises(GlasspageError, match="€") as refused:
        Tracer(project, threads=1).check(project.prompts)
    assert "measure" not in str(refused.value)


@pytest.mark.parametrize("head", ["prompts: [fast]\n", ""])
def test_a_page_that_asks_for_what_was_not_measured_names_the_command(
    head: str, copy: Path
) -> None:
    record(copy).unlink()
    name = "prompts.fast.measured" if head else "measured"
    front = f"title: 快慢\ndate: 2026-11-22\nsummary: 快慢\n{head}"
    text = f"---\n{front}---\n{{{{ {name}.rate | num }}}}\n"
    (copy / "content/articles/speed/index.md").write_text(text, encoding="utf-8")
    if not head:
        edit(copy / "content/prompts/fast.yaml", lambda text: text.replace("[]", "[speed]"))
    with pytest.raises(GlasspageError) as refused:
        build(Project(copy), copy / "output", Reporter(quiet=True))
    assert "index.md:" in str(refused.value)
    assert "fast has not been measured: run `glasspage measure fast`" in str(refused.value)


MOVING = "[...document.querySelectorAll('.gp-token')].map(e => e.getAnimations()[0]?.animationName)"
SEEN = "[...document.querySelectorAll('.gp-token')].map(e => getComputedStyle(e).opacity)"
HELD = "document.getAnimations().forEach(a => { a.pause(); a.currentTime = 0; })"


def test_tokens_come_at_their_times_while_the_replay_is_on(root: Path, browser: Browser) -> None:
    page = browser.new_page(reduced_motion="no-preference")
    page.goto((root / "output/site/posts/speed/index.html").as_uri())
    assert (page.evaluate(MOVING), page.evaluate(SEEN)) == ([None] * 4, ["1"] * 4)
    switch = page.get_by_role("switch", name="重放", exact=True)
    switch.check()
    page.evaluate(HELD)
    assert (page.evaluate(MOVING), page.evaluate(SEEN)) == (["gp-token"] * 4, ["0"] * 4)
    switch.press("Space")
    assert (page.evaluate(MOVING), page.evaluate(SEEN)) == ([None] * 4, ["1"] * 4)
    switch.press("Space")
    page.wait_for_function(f"{SEEN}.every(opacity => opacity == '1')")
    for address, word in (("measured.rate", "测得"), ("generation.steps[0].prob", "")):
        page.locator(f'[data-src="fast:{address}"]').first.hover()
        assert page.locator(".number-card span").inner_text().strip() == word
    page.close()


@pytest.mark.parametrize("media", [{"reduced_motion": "reduce"}, {"media": "print"}])
def test_all_tokens_are_there_where_nothing_should_move(
    media: dict[str, Any], root: Path, browser: Browser
) -> None:
    page = browser.new_page()
    page.emulate_media(**media)
    page.goto((root / "output/site/posts/speed/index.html").as_uri())
    assert page.evaluate(MOVING) == [None] * 4
    assert page.evaluate(SEEN) == ["1"] * 4
    assert not page.locator(".gp-play").is_visible()
    page.close()


def test_in_another_stylesheet_all_tokens_are_there_and_no_switch(
    root: Path, browser: Browser
) -> None:
    page = browser.new_page(reduced_motion="no-preference")
    page.goto((root / "output/site/posts/speed/index.html").as_uri())
    page.evaluate("document.querySelectorAll('link[rel=stylesheet]').forEach(e => e.remove())")
    page.evaluate("document.querySelector('.gp-play input').click()")
    assert (page.evaluate(MOVING), page.evaluate(SEEN)) == ([None] * 4, ["1"] * 4)
    assert not page.locator(".gp-play").is_visible()
    page.close()


def test_the_project_s_own_records_are_of_its_prompts_and_models_as_they_are() -> None:
    project = Project(ROOT)
    prompts = {named.name: named for named in project.prompts}
    assert "wukong-says" in project.measurements
    for name, recorded in project.measurements.items():
        named, one = prompts[name], recorded.measurement
        trained = project.card_of(named).trained
        assert trained is not None
        assert (one.prompt, one.model) == (named.prompt.prompt, named.model), name
        assert one.weights == trained.weights.sha256, name
        assert len(one.tokens) == named.prompt.new_tokens or named.prompt.stop, name
