"""Checkpoints that prompts name by a path: imported by the build that needs them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from rich.console import Console
from test_imports import checkpoint_of_nanogpt, write_meta

from generator import cli
from generator.build.origins import import_missing
from generator.errors import ConfigError, GlasspageError
from generator.project.project import Project
from generator.reporter import Reporter

PROMPT = "prompt: badge\nnew_tokens: 2\narticles: []\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a checkpoint in `run/` and a project beside it, whose prompt names that."""
    root = tmp_path / "project"
    (root / "content/prompts").mkdir(parents=True)
    shutil.copy(ROOT / "content/site.yaml", root / "content/site.yaml")
    (root / "themes").symlink_to(ROOT / "themes")
    write_prompt(tmp_path, "beads", "{path: ../run/ckpt.pt, name: nano}")
    (tmp_path / "run").mkdir()
    checkpoint_of_nanogpt(tmp_path / "run/ckpt.pt")
    write_meta(tmp_path / "run/meta.pkl")
    return tmp_path


def write_prompt(place: Path, name: str, model: str) -> None:
    (place / f"project/content/prompts/{name}.yaml").write_text(f"model: {model}\n{PROMPT}")


def build(place: Path, *options: str) -> str:
    """What a build says."""
    arguments = ["build", "--project", str(place / "project"), "--jobs", "1", *options]
    done = CliRunner().invoke(cli.cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def imported(place: Path) -> str:
    """What is said of the imports that a build begins with."""
    project, said = Project(place / "project"), io.StringIO()
    project.check()
    reporter = Reporter(console=Console(file=said, width=1000))
    warnings = import_missing(project, project.prompts, reporter)
    return said.getvalue() + "".join(warnings)


def refusal(place: Path) -> str:
    with pytest.raises(GlasspageError) as caught:
        imported(place)
    return str(caught.value)


def digests(place: Path) -> dict[str, bytes]:
    files = (place / "project/output/data").rglob("*.yaml")
    return {str(file): file.read_bytes() for file in files}


def test_a_build_imports_what_a_prompt_names_and_notices_when_it_changes(place: Path) -> None:
    assert "imported nano from" in build(place)
    first = digests(place)
    assert "imported nano" not in build(place)
    assert "nothing has changed" in build(place)
    file = place / "run/ckpt.pt"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(GlasspageError, match=r"beads.yaml:1:15: the checkpoint cannot be imported"):
        build(place)
    assert digests(place) == first
    checkpoint_of_nanogpt(file, bias=False)
    assert "imported nano again" in build(place)
    assert first.keys() == digests(place).keys() and first != digests(place)


def test_what_was_imported_outlives_its_checkpoint_which_a_build_says(place: Path) -> None:
    build(place)
    before = digests(place)
    shutil.rmtree(place / "run")
    assert "warning: " in (said := build(place)) and "is not there; beads uses" in said
    assert "is not there; beads uses" in build(place)  # though nothing has changed
    assert digests(place) == before


def test_a_checkpoint_is_imported_again_only_where_it_is_another_or_the_import_is_gone(
    place: Path,
) -> None:
    assert "imported nano from" in imported(place)
    card = place / "project/models/nano/model.yaml"
    card.write_text(card.read_text().replace("title: nano", "title: Beads"))
    assert imported(place) == ""
    shutil.copy(place / "run/ckpt.pt", place / "run/copy")
    (place / "run/copy").replace(place / "run/ckpt.pt")
    assert imported(place) == ""
    write_meta(place / "run/meta.pkl", "kjihgfedcba")
    assert "imported nano again" in imported(place)
    assert "title: Beads" in card.read_text()
    (place / "project/models/nano/model.safetensors").unlink()
    assert "imported nano from" in imported(place)


def test_another_prompt_may_name_the_import(place: Path) -> None:
    write_prompt(place, "badges", "nano")
    write_prompt(place, "cabbage", "{name: nano}")
    assert imported(place).count("imported nano") == 1


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("{path: ../run/ckpt}", "wrong.yaml:1:15: there is no file or folder"),
        (
            "{path: ../run, name: xiyouji}",
            "wrong.yaml:1:8: there is a model 'xiyouji'",
        ),
        ("{path: ../else/ckpt.pt, name: nano}", "wrong.yaml:1:8: another prompt calls the import"),
        ("{path: ../run, name: a/b}", "wrong.yaml:1:29: a model cannot be called 'a/b'"),
        ("{path: ../run, nam: a}", "wrong.yaml:1:23: unknown key 'nam'\n  did you mean 'name'?"),
        ("{}", "wrong.yaml:1:8: model: expected a `name` or a `path`, not {}"),
        ("5", "wrong.yaml:1:8: model: expected a text, not 5\n  put it in quotes."),
        ("[nano]", "wrong.yaml:1:8: model: expected a text"),
        ("{path: ../else}", "cannot be imported: "),
    ],
)
def test_an_origin_that_cannot_be_is_told_at_its_line(model: str, told: str, place: Path) -> None:
    (place / "else").mkdir()
    (place / "else/ckpt.pt").write_bytes(b"no checkpoint")
    shutil.copytree(ROOT / "models/xiyouji", place / "project/models/xiyouji")
    write_prompt(place, "wrong", model)
    assert told in refusal(place)


def test_one_prompt_alone_is_traced_through_a_checkpoint(place: Path) -> None:
    arguments = ["trace", "beads", "--project", str(place / "project")]
    done = CliRunner().invoke(cli.cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0 and "beads, through nano: 5 tokens, 2 new" in done.output


def test_an_import_of_another_kind_is_not_replaced(place: Path) -> None:
    imported(place)
    card = place / "project/models/nano/model.yaml"
    card.write_text(card.read_text().replace("format: nanoGPT", "format: Hugging Face llama"))
    write_meta(place / "run/meta.pkl", "kjihgfedcba")
    before = card.read_bytes()
    assert "imported from another kind of checkpoint, Hugging Face llama" in refusal(place)
    assert card.read_bytes() == before


def test_a_path_without_a_letter_that_a_name_may_have_asks_for_one(place: Path) -> None:
    (place / "run").rename(place / "模型")
    write_prompt(place, "beads", "{path: ../模型}")
    assert "`name: …` beside `path`" in refusal(place)
    arguments = ["import", str(place / "模型"), "--project", str(place / "project")]
    done = CliRunner().invoke(cli.cli, arguments)
    assert isinstance(done.exception, ConfigError) and "--name" in str(done.exception)


def test_a_path_where_a_name_belongs_is_told_where_it_goes(place: Path) -> None:
    write_prompt(place, "wrong", "../run/ckpt.pt")
    assert "write a checkpoint's path below `path`: `model: {path: ../run/ckpt.pt}`" in refusal(
        place
    )
