"""`glasspage diff`: what another build says that this one did not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import HOME, ROOT, warmed

from generator.build.builder import build
from generator.check.diff import Diff, diff
from generator.cli import cli
from generator.errors import DataError
from generator.project.project import Project
from generator.reporter import Reporter


@pytest.fixture(scope="module")
def warmer(tmp_path_factory: pytest.TempPathFactory, output: Path) -> Path:
    """The same site, but the prompt is sampled at another temperature, and there is a second."""
    root = tmp_path_factory.mktemp("warmer")
    shutil.copytree(HOME / "content", root / "content")
    for name in ("models", "themes"):
        (root / name).symlink_to(ROOT / name)
    config = root / "content/prompts/wukong.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("temperature: 0.8", "temperature: 1.1"), encoding="utf-8")
    second = "model: xiyouji\nprompt: 唐僧道\n"
    (root / "content/prompts/tangseng.yaml").write_text(second, encoding="utf-8")
    build(Project(root), warmed(root / "output", output), Reporter(quiet=True))
    return root / "output"


def test_a_build_does_not_differ_from_itself(output: Path) -> None:
    assert diff(output, output) == Diff([], ["llm-pipeline-wukong"], [], [])


def test_numbers_that_moved_and_claims_that_turned_over_are_told(
    output: Path, warmer: Path
) -> None:
    found = diff(output, warmer)
    assert (found.new, found.removed) == (["llm-pipeline-tangseng"], [])
    (page,) = found.affected
    addresses = {number.address for number in page.moved}
    assert "wukong:prompt.sampling.temperature" in addresses
    assert not any(address.startswith("wukong:blocks.") for address in addresses)
    assert [claim.name for claim in page.flipped] == ["the-temperature-sharpens"]
    assert not page.flipped[0].holds
    changes = [number.change for number in page.moved]
    assert changes == sorted(changes, reverse=True)
    (temperature,) = (n for n in page.moved if n.address == "wukong:prompt.sampling.temperature")
    assert (temperature.old, temperature.new) == ("0.8", "1.1")
    assert (temperature.old_shown, temperature.new_shown) == ("0.8", "1.1")


def test_the_other_way_round_the_new_page_is_gone(output: Path, warmer: Path) -> None:
    assert diff(warmer, output).removed == ["llm-pipeline-tangseng"]


def test_the_command_tells_it_to_people_and_to_machines(output: Path, warmer: Path) -> None:
    told = CliRunner().invoke(cli, ["diff", str(output), str(warmer)])
    assert told.exit_code == 0
    assert "1 claims turned over" in told.output
    assert "claim the-temperature-sharpens (line" in told.output
    assert "--all tells them" in told.output
    assert "llm-pipeline-tangseng: only in NEW" in told.output
    assert "pages: 1 affected, 0 unchanged, 1 new, 0 gone" in told.output
    found = json.loads(CliRunner().invoke(cli, ["diff", "--json", str(output), str(warmer)]).output)
    assert found["affected"][0]["slug"] == "llm-pipeline-wukong"
    assert len(found["affected"][0]["moved"]) > 20


def test_what_is_no_build_is_told(output: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no build here") as caught:
        diff(output, tmp_path)
    assert caught.value.file == tmp_path
