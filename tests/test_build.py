"""The build as a whole: what it makes, that it repeats, and what an error leaves behind."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import HOME, ROOT

from generator.build.builder import Built, build
from generator.build.checks import check_folders
from generator.build.paging import make_pages
from generator.build.tracing import Tracer
from generator.errors import CombinedError, GlasspageError
from generator.files import sha256_of
from generator.project.project import Project
from generator.reporter import Reporter

Build = Callable[[], Built]


def digest(folder: Path) -> dict[str, str]:
    """Every file of a folder with its sha256."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def glasspage(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from generator.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_same_inputs_give_the_same_bytes_on_another_number_of_threads(
    output: Path, project: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    done = glasspage("build", "--output", str(again), "--threads", "2", cwd=project)
    assert done.returncode == 0, done.stderr
    posts = "posts/llm-pipeline-wukong"
    for part in ("data", f"hugo/content/{posts}"):
        assert digest(again / part) == digest(output / part)


def test_the_user_is_told_what_was_made_and_where_to_look(warm: Path) -> None:
    done = glasspage("build", cwd=warm)
    assert done.returncode == 0, done.stderr
    assert "made 1 page" in done.stderr
    assert str(Path("output") / "site" / "index.html") in done.stderr


def test_no_output_names_a_path_or_a_time(output: Path) -> None:
    for file in output.rglob("*"):
        if file.is_file():
            text = file.read_bytes().decode(errors="replace")
            assert str(ROOT) not in text, file
            assert not re.search(r"\d\d:\d\d:\d\d", text.replace("T00:00:00Z", "")), file


def test_a_second_prompt_is_a_second_page(project: Path, build_project: Build) -> None:
    config = "model: xiyouji\nprompt: 却说那唐僧骑马\nnew_tokens: 5\n"
    (project / "content/prompts/tangseng.yaml").write_text(config, encoding="utf-8")
    built = build_project()
    assert sorted(page.slug for page in built.pages) == [
        "llm-pipeline-tangseng",
        "llm-pipeline-wukong",
    ]
    page = (project / "output/site/posts/llm-pipeline-tangseng/index.html").read_text("utf-8")
    assert "却说那唐僧骑马" in page
    assert 'data-src="tangseng:' in page
    assert 'data-src="wukong:' not in page
    home = (project / "output/site/index.html").read_text("utf-8")
    assert "posts/llm-pipeline-tangseng/index.html" in home
    assert "posts/llm-pipeline-wukong/index.html" in home


@pytest.mark.parametrize(
    ("config", "said", "unsaid"),
    [
        (
            "sampling: {top_p: 0.5}",
            ["top-p 从最可能的数起"],
            ["top-k 只留下", "温度在这里的作用", "就停。", "重复惩罚"],
        ),
        (
            "new_tokens: 1\nsampling: {top_k: 3, temperature: 2.0}",
            ["top-k 只留下", "差距缩小了", "这一次走了"],
            ["top-p 从", "更拿不准"],
        ),
        (
            'new_tokens: 60\nstop: ["。"]\nsampling: {repetition_penalty: 1.5}',
            ["写到「。」就停。", "重复惩罚</strong>压低"],
            [],
        ),
    ],
)
def test_the_article_says_what_is_true_of_other_ways_to_sample(
    config: str, said: list[str], unsaid: list[str], project: Path, output: Path
) -> None:
    text = f"model: xiyouji\nprompt: 师父，此间乃转山\n{config}\n"
    (project / "content/prompts/wukong.yaml").write_text(text, encoding="utf-8")
    of = Project(project)
    (named,) = of.prompts
    data = project / "data"
    for name in ("fact", "models"):
        shutil.copytree(output / "data" / name, data / name)
    Tracer(of, threads=1).write_trace(named, Reporter(quiet=True), data / named.name)
    (page,) = make_pages(of, data)
    assert [text for text in said if text not in page.content.markdown] == []
    assert [text for text in unsaid if text in page.content.markdown] == []


def test_pages_are_made_again_from_published_data_byte_for_byte(
    output: Path, tmp_path: Path
) -> None:
    script = "import sys; sys.modules['torch'] = None; from generator.cli import main; main()"
    root, again = tmp_path / "project", tmp_path / "again"
    without_weights = shutil.ignore_patterns("*.safetensors", "output", ".*")
    for part in ("content", "models", "themes"):
        shutil.copytree(HOME / part, root / part, ignore=without_weights)
    command = [sys.executable, "-c", script, "build", "--project", str(root), "--output"]
    done = subprocess.run([*command, str(again), "--data", str(output / "data")], check=False)
    assert done.returncode == 0
    assert digest(again) == digest(output)
    told = subprocess.run([*command, str(tmp_path / "x")], capture_output=True, text=True)
    assert told.returncode == 1
    assert "torch, which is not installed" in told.stderr
    assert "--data" in told.stderr


def test_an_interrupted_training_in_the_model_s_folder_is_no_part_of_a_build(
    project: Path, build_project: Build
) -> None:
    build_project()
    before = digest(project / "output")
    (project / "models/xiyouji/training.pt").write_bytes(b"half")
    build_project()
    assert digest(project / "output") == before


LONG = "悟空" * 65  # more than the model's 128 tokens

MISTAKES = {
    "a model that does not exist": (
        "model: xiyuoji\nprompt: 悟空道\n",
        "wukong.yaml:1:8",
        "did you mean 'xiyouji'?",
    ),
    "a character outside the vocabulary": (
        "model: xiyouji\nprompt: 悟空says\n",
        "wukong.yaml:2:9",
        "'s' (U+0073, character 3 of the text), 'a' (U+0061, character 4 of the text),",
    ),
    "a prompt longer than the context": (
        f"model: xiyouji\nprompt: {LONG}\n",
        "wukong.yaml:2:9",
        "the prompt has 130 tokens, and xiyouji reads at most 128",
    ),
    "an unknown key": (
        "model: xiyouji\nprompt: 悟空道\nsampling:\n  temprature: 0.8\n",
        "wukong.yaml:4:3",
        "did you mean 'temperature'?",
    ),
    "an article that does not exist": (
        "model: xiyouji\nprompt: 悟空道\narticles: [llm-pipline]\n",
        "wukong.yaml:3:12",
        "did you mean 'llm-pipeline'?",
    ),
    "an article listed twice": (
        "model: xiyouji\nprompt: 悟空道\narticles: [llm-pipeline, llm-pipeline]\n",
        "wukong.yaml:3:26",
        "would be made twice",
    ),
    "a prompt that YAML reads as a number": (
        "model: xiyouji\nprompt: 2024\n",
        "wukong.yaml:2:9",
        "put it in quotes",
    ),
    "text that is not YAML": (
        "model: xiyouji\nprompt: [悟空道\n",
        "wukong.yaml:3:1",
        "not valid YAML",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_prompt_config_is_told_by_line_and_costs_nothing(
    mistake: str, project: Path, built: Path, build_project: Build
) -> None:
    before = digest(built)
    config, place, message = MISTAKES[mistake]
    (project / "content/prompts/wukong.yaml").write_text(config, encoding="utf-8")
    with pytest.raises(GlasspageError) as caught:
        build_project()
    assert place in str(caught.value)
    assert message in str(caught.value)
    assert digest(project / "output") == before
    assert sorted(file.name for file in project.glob("[!.]*")) == [
        "content",
        "models",
        "output",
        "themes",
    ]


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_damaged_weights_are_named_and_cost_nothing(
    damage: str, project: Path, built: Path, build_project: Build
) -> None:
    before = digest(built)
    weights = project / "models/xiyouji/model.safetensors"
    content = weights.read_bytes()
    weights.unlink()
    if damage == "truncated":
        weights.write_bytes(content[:1_000_000])
    with pytest.raises(GlasspageError) as caught:
        build_project()
    assert caught.value.file == weights
    assert digest(project / "output") == before


def test_the_command_ends_with_one_error_and_no_traceback(project: Path) -> None:
    config = project / "content/prompts/wukong.yaml"
    config.write_text("model: xiyuoji\nprompt: 悟空道\n", encoding="utf-8")
    done = glasspage("build", cwd=project)
    assert done.returncode == 1
    assert done.stderr.startswith("error: content/prompts/wukong.yaml:1:8: there is no model")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistake_of_an_article_is_told_once_however_many_pages_it_makes(
    project: Path, build_project: Build
) -> None:
    second = project / "content/prompts/second.yaml"
    second.write_text("model: xiyouji\nprompt: 行者道\n", encoding="utf-8")
    article = project / "content/articles/llm-pipeline/index.md"
    text = "---\ntitle: 题\ndate: 2026-11-22\nsummary: 摘要\n---\n{{ blocks[0].attn.patern }}\n"
    article.write_text(text, encoding="utf-8")
    with pytest.raises(GlasspageError) as caught:
        build_project()
    line = text.rstrip("\n").count("\n") + 1
    # The same mistake in two pages of one article is one.
    assert str(caught.value).count(f"index.md:{line}: blocks.0.attn has no 'patern'") == 1
    assert "did you mean 'pattern'?" in str(caught.value)


def test_characters_that_a_model_does_not_know_are_told_of_all_prompts_at_once(
    project: Path,
) -> None:
    for name, text in (("wukong", "悟空a"), ("second", "b行者")):
        config = project / f"content/prompts/{name}.yaml"
        config.write_text(f"model: xiyouji\nprompt: {text}\n", encoding="utf-8")
    of = Project(project)
    with pytest.raises(CombinedError) as caught:
        Tracer(of, threads=1).check(of.prompts)
    assert [Path(str(e.file)).name for e in caught.value.errors] == ["second.yaml", "wukong.yaml"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": "empty"}, "there is no published data in this folder"),
        ({"data": "output"}, "there is no published data in this folder"),
        ({"blog": "output/hugo"}, "a build replaces the whole of"),
    ],
)
def test_a_folder_that_a_build_cannot_use_is_named_as_the_user_named_it(
    given: dict[str, str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "output/data/wukong").mkdir(parents=True)
    (tmp_path / "output/data/wukong/index.yaml").touch()
    folders = {"data": None, "blog": None} | {key: tmp_path / at for key, at in given.items()}
    with pytest.raises(GlasspageError, match=message) as caught:
        check_folders(tmp_path / "output", **folders)
    assert caught.value.file in folders.values()
    check_folders(tmp_path / "output", tmp_path / "output/data", tmp_path)


def test_training_says_what_it_lacks_before_anything_is_installed(tmp_path: Path) -> None:
    for given, lack in (([], "say which"), (["MODEL=m"], "say where the text is")):
        command = [
            "make",
            "--no-print-directory",
            "-n",
            "-f",
            str(ROOT / "Makefile"),
            "train",
            *given,
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert lack in done.stderr
        assert done.stdout == ""


def test_a_folder_that_no_build_made_is_not_replaced(project: Path, build_project: Build) -> None:
    diary = project / "output" / "diary.txt"
    diary.parent.mkdir()
    diary.write_text("precious", encoding="utf-8")
    with pytest.raises(GlasspageError, match="not made by a build"):
        build_project()
    assert diary.read_text(encoding="utf-8") == "precious"


def test_an_article_s_pictures_stand_beside_both_of_its_pages(
    project: Path, build_project: Build
) -> None:
    picture = project / "content/articles/llm-pipeline/pictures/ink.svg"
    picture.parent.mkdir()
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    build_project()
    for posts in ("site/posts", "hugo/content/posts"):
        copy = project / "output" / posts / "llm-pipeline-wukong" / "pictures" / "ink.svg"
        assert copy.read_bytes() == picture.read_bytes()


def test_a_draft_is_marked_for_hugo_and_left_out_of_the_site(
    project: Path, build_project: Build
) -> None:
    article = project / "content/articles/llm-pipeline/index.md"
    text = article.read_text(encoding="utf-8")
    article.write_text(text.replace("draft: false", "draft: true"), encoding="utf-8")
    build_project()
    assert not (project / "output/site/posts").exists()
    assert "llm-pipeline" not in (project / "output/site/index.html").read_text("utf-8")
    bundle = project / "output/hugo/content/posts/llm-pipeline-wukong/index.md"
    assert "\ndraft: true\n" in bundle.read_text(encoding="utf-8")


def test_an_architecture_whose_heads_do_not_share_it_is_told_by_line(
    project: Path, build_project: Build
) -> None:
    card = project / "models/xiyouji/model.yaml"
    text = card.read_text(encoding="utf-8")
    card.unlink()
    card.write_text(text.replace("n_heads: 4", "n_heads: 3"), encoding="utf-8")
    with pytest.raises(GlasspageError, match="must be a multiple of n_heads, which is 3") as caught:
        build_project()
    assert caught.value.line == text.split("\n").index("  d_model: 256") + 1


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(project: Path) -> None:
    done = glasspage("build", "--output", "/proc/glasspage", cwd=project)
    assert done.returncode == 1
    assert done.stderr.split("\n")[-2].startswith("error: /proc/")
    assert "Traceback" not in done.stderr


def test_training_a_model_that_does_not_exist_says_which_was_meant(project: Path) -> None:
    corpus = project / "content/site.yaml"
    done = glasspage("train", "xiyuoji", "--corpus", str(corpus), cwd=project)
    assert done.returncode == 1
    assert "there is no model 'xiyuoji'" in done.stderr
    assert "did you mean 'xiyouji'?" in done.stderr


def test_data_of_another_prompt_is_refused(output: Path, project: Path) -> None:
    config = project / "content/prompts/wukong.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("temperature: 0.8", "temperature: 0.9"), encoding="utf-8")
    with pytest.raises(GlasspageError, match="was made with sampling") as caught:
        build(Project(project), project / "output", Reporter(quiet=True), data=output / "data")
    assert caught.value.line == 8


def test_a_prompt_that_would_not_be_read_is_told(project: Path, build_project: Build) -> None:
    (project / "content/prompts/a.yml").write_text("model: xiyouji\n", encoding="utf-8")
    with pytest.raises(GlasspageError, match="this file is not read") as caught:
        build_project()
    assert caught.value.hint == "call it `.yaml`."


def test_an_article_that_no_prompt_makes_is_a_warning(
    project: Path, build_project: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project / "content/articles/stray"
    folder.mkdir()
    text = "---\ntitle: t\nsummary: s\ndate: 2026-01-02\n---\n正文\n"
    (folder / "index.md").write_text(text, encoding="utf-8")
    build_project()
    assert "stray: no prompt makes this article" in capsys.readouterr().err


def test_a_number_in_code_or_changed_after_it_was_shown_is_an_error(
    project: Path, build_project: Build
) -> None:
    article = project / "content/articles/llm-pipeline/index.md"
    text = "---\ntitle: 题\ndate: 2026-11-22\nsummary: 摘要\n---\n"
    for added, message in (
        ("\n`{{ tokens[0].id | num }}`\n", "an expression stands in backticks"),
        ('\n<span title="{{ tokens[0].id | num }}">甲</span>\n', "would be shown"),
        ("\n{{ tokens[0].id | num | replace('1', '7') }}\n", "changed after `num` had shown it"),
    ):
        article.write_text(text + added, encoding="utf-8")
        with pytest.raises(GlasspageError, match=message):
            build_project()


def test_a_token_that_is_a_digit_breaks_nothing(project: Path, build_project: Build) -> None:
    """Wherever a text out of the data goes, its digits are answered for."""
    tokenizer = project / "models/xiyouji/tokenizer.json"
    card = project / "models/xiyouji/model.yaml"
    names = [(file, file.read_bytes()) for file in (tokenizer, card)]
    for file, content in names:
        file.unlink()
        file.write_bytes(content)
    was = sha256_of(tokenizer)
    text = tokenizer.read_text(encoding="utf-8")
    tokenizer.write_text(text.replace('"道"', '"3"', 1), encoding="utf-8")
    card.write_text(
        card.read_text(encoding="utf-8")
        .replace(was, sha256_of(tokenizer))
        .replace("[说, 道, 言, 曰]", '[说, "3", 言, 曰]'),
        encoding="utf-8",
    )
    config = project / "content/prompts/wukong.yaml"
    config.write_text('model: xiyouji\nprompt: "悟空3"\n', encoding="utf-8")
    (page,) = build_project().pages
    assert "「3」" in page.content.markdown


def test_the_article_of_the_readme_builds_as_it_is(project: Path, build_project: Build) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    article = readme.split("```markdown\n")[1].split("```")[0]
    folder = project / "content/articles/first-words"
    folder.mkdir()
    (folder / "index.md").write_text(article, encoding="utf-8")
    config = project / "content/prompts/wukong.yaml"
    asked = config.read_text(encoding="utf-8") + "\narticles: [llm-pipeline, first-words]\n"
    config.write_text(asked, encoding="utf-8")
    made = {page.slug: page for page in build_project().pages}
    page = made["first-words-wukong"]
    assert page.front.title == "悟空道，然后呢"
    assert "模型几乎没有犹豫。" in page.content.markdown
