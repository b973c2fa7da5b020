"""Files to begin with: each builds as it is."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import HOME, ROOT

from generator.build.builder import build
from generator.cli import cli
from generator.commands import KINDS
from generator.errors import GlasspageError
from generator.project.examples import init, new_article, new_model, new_prompt
from generator.project.project import Project
from generator.project.schemas import SCHEMAS, json_schema, keys_of
from generator.reporter import Reporter

DAY = datetime.date(2026, 1, 2)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_new_site_builds_as_it_is_and_so_does_all_that_is_added_to_it(
    language: str, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    written = init(folder, Project(HOME), language, "glasspage", DAY)
    assert all(file.exists() for file in written)
    assert f"language: {language}" in (folder / "content/site.yaml").read_text(encoding="utf-8")
    project = Project(folder)
    prompt = new_prompt(project, "second")
    article = new_article(project, "more", DAY)
    prompt.write_text(prompt.read_text("utf-8") + "articles: [first, more]\n", "utf-8")
    built = build(Project(folder), folder / "output", Reporter(quiet=True))
    assert {page.slug for page in built.pages} == {"first-first", "first-second", "more-second"}
    assert "date: 2026-01-02" in article.read_text(encoding="utf-8")
    schema = folder / "content/site.yaml"
    line = schema.read_text(encoding="utf-8").split("\n")[0]
    assert (schema.parent / line.split("$schema=")[1]).resolve().is_file()
    line = prompt.read_text(encoding="utf-8").split("\n")[0]
    assert (prompt.parent / line.split("$schema=")[1]).resolve().is_file()


def test_a_new_model_s_card_can_be_trained(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    init(folder, Project(HOME), "en", "glasspage", DAY)
    card = new_model(Project(folder), "mine")
    text = card.read_text(encoding="utf-8").replace("steps: 2000", "steps: 2")
    text = text.replace("n_layers: 4", "n_layers: 1").replace(
        "warmup_steps: 100", "warmup_steps: 1"
    )
    card.write_text(text.replace("batch_size: 32", "batch_size: 2"), encoding="utf-8")
    corpus = tmp_path / "text.txt"
    corpus.write_text("to be or not to be, that is the question\n" * 60, encoding="utf-8")
    arguments = ["train", "mine", "--corpus", str(corpus), "--project", str(folder)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    told = CliRunner().invoke(cli, ["models", "--json", "--project", str(folder)])
    models = {model["name"]: model for model in json.loads(told.stdout)}
    assert models["mine"]["parameters"] > 0
    assert models["mine"]["prompts"] == []
    assert models["xiyouji"]["prompts"] == ["first"]


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    (tmp_path / "models").symlink_to(ROOT / "models")
    with pytest.raises(GlasspageError, match="there already"):
        new_prompt(Project(tmp_path), "wukong")
    with pytest.raises(GlasspageError, match="there already"):
        new_article(Project(tmp_path), "llm-pipeline", DAY)
    with pytest.raises(GlasspageError, match="nothing can be called"):
        new_prompt(Project(tmp_path), "../x")
    with pytest.raises(GlasspageError, match="something in this place"):
        init(tmp_path, Project(HOME), "zh", "glasspage", DAY)


def test_nothing_is_called_like_another_but_for_capitals(tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    (tmp_path / "models").symlink_to(ROOT / "models")
    project = Project(tmp_path)
    for new, name in (
        (new_prompt, "Wukong"),
        (lambda made, name: new_article(made, name, DAY), "LLM-pipeline"),
        (new_model, "Xiyouji"),
    ):
        with pytest.raises(GlasspageError, match="the same but for capitals"):
            new(project, name)
    assert [named.name for named in Project(tmp_path).prompts] == ["wukong"]


def test_a_name_with_the_ending_of_its_file_is_refused(tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    with pytest.raises(GlasspageError, match=r"write it without its ending: x1\."):
        new_prompt(Project(tmp_path), "x1.yaml")
    with pytest.raises(GlasspageError, match=r"write it without its ending: x1\."):
        new_article(Project(tmp_path), "x1.md", DAY)


@pytest.mark.parametrize(
    ("language", "model", "text"),
    [("zh", "xiyouji", "悟空道"), ("en", "shakespeare", "'ROMEO:'")],
)
def test_a_new_site_has_the_smallest_model_of_its_language(
    language: str, model: str, text: str, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    init(folder, Project(ROOT), language, "glasspage", DAY)
    config = (folder / "content/prompts/first.yaml").read_text(encoding="utf-8")
    assert f"model: {model}\nprompt: {text}\n" in config
    assert Project(folder).models == [model]


@pytest.mark.parametrize("name", ["models", "fact", "悟空"])
def test_a_prompt_that_the_project_could_not_read_is_not_written(name: str, tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    with pytest.raises(GlasspageError, match="a prompt cannot be called") as caught:
        new_prompt(Project(tmp_path), name)
    assert caught.value.file == tmp_path / f"content/prompts/{name}.yaml"
    assert not caught.value.file.exists()


def test_a_site_begins_in_a_language_of_its_theme_alone(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    with pytest.raises(GlasspageError, match="no words in the language 'de'") as caught:
        init(folder, Project(HOME), "de", "glasspage", DAY)
    assert "known are: en, zh." in str(caught.value.hint)
    assert "i18n/de.yaml" in str(caught.value.hint)
    assert not folder.exists()


def test_a_new_site_s_makefile_runs_a_program_wherever_it_lies(tmp_path: Path) -> None:
    program = tmp_path / "it's $5 #1" / "glasspage"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho ran $1\n", encoding="utf-8")
    program.chmod(0o755)
    init(tmp_path / "site", Project(HOME), "en", str(program), DAY)
    made = subprocess.run(
        ["make", "-s", "-C", str(tmp_path / "site")], check=True, capture_output=True, text=True
    )
    assert made.stdout == "ran build\n"
    assert ".output.*" in (tmp_path / "site/.gitignore").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_has_a_meaning_and_stands_in_the_schema(name: str) -> None:
    keys = keys_of(name)
    assert keys
    assert [key for key in keys if not key.meaning and ".trained." not in f".{key.name}"] == []
    schema = json.loads(json_schema(name))
    assert {key.name.split(".")[0] for key in keys} == set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", [])) == {
        key.name for key in keys if key.default is None and "." not in key.name
    } | {key.name.split(".")[0] for key in keys if key.name.startswith("architecture.")}


def test_the_command_prints_the_schema_of_every_kind(output: Path) -> None:
    assert list(SCHEMAS) == KINDS
    told = CliRunner().invoke(cli, ["schema", "prompt"])
    assert told.output == (output / "site/schemas/prompt.json").read_text(encoding="utf-8")


def test_cleaning_removes_what_a_build_made_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    (folder / "site").mkdir(parents=True)
    (folder / "mine.txt").write_text("precious", encoding="utf-8")
    told = CliRunner().invoke(cli, ["clean", "--output", str(folder)])
    assert isinstance(told.exception, GlasspageError)
    assert "not made by a build, so it is not removed" in str(told.exception)
    assert (folder / "mine.txt").exists()
    (folder / ".glasspage").write_text("", encoding="utf-8")
    (tmp_path / ".output.new").mkdir()
    told = CliRunner().invoke(cli, ["clean", "--output", str(folder)])
    assert told.exit_code == 0
    assert list(tmp_path.iterdir()) == []
