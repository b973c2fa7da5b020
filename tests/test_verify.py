"""`glasspage verify`: what was built is sound, and no edit of it goes unnoticed."""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import HOME, ROOT, edit

from generator.check.files import check_files
from generator.check.findings import Findings
from generator.check.pages import Published, check_mark, check_order
from generator.check.tensors import check_model, check_prompt, close, compare
from generator.check.verify import verify, verify_data, verify_files, verify_pages
from generator.data.folder import DataFolder
from generator.data.manifest import read_manifest
from generator.data.names import forward_names
from generator.page.marks import Mark, marks_of
from generator.page.records import read_numbers
from generator.project.card import Architecture
from generator.reference import forward as reference
from generator.reference.tokenizer import encodings

MODEL = ROOT / "models" / "xiyouji"
ARCHITECTURE = Architecture(n_layers=4, n_heads=4, d_model=256, n_ctx=128)
EDITS = 200


@pytest.fixture
def copy(output: Path, tmp_path: Path) -> Path:
    """A copy of the built output that a test may damage."""
    return Path(shutil.copytree(output, tmp_path / "output"))


def test_what_was_just_built_is_sound(output: Path) -> None:
    answers = verify(output, HOME)
    assert [findings.problems for _, findings in answers] == [[], [], []]
    files, pages, tensors = (findings.counts for _, findings in answers)
    assert files["files"] >= 50
    assert pages["numbers"] >= 600
    assert pages["claims"] >= 30
    assert tensors["tensors"] >= 140
    assert tensors["recorded"] >= 9


def test_verify_needs_no_torch(output: Path) -> None:
    script = f"""
import sys
sys.modules["torch"] = None
sys.argv = ["glasspage", "verify", "--project", {str(HOME)!r}, {str(output)!r}]
from generator.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": yes (") == 3


def test_a_wrong_number_ends_the_command_with_1_and_is_named(copy: Path) -> None:
    page = copy / "site/posts/llm-pipeline-wukong/index.html"
    edit(page, lambda text: text.replace('data-fmt=".2f">1.00<', 'data-fmt=".2f">1.01<', 1))
    command = [sys.executable, "-c", "from generator.cli import main; main()"]
    done = subprocess.run(
        [*command, "verify", "--project", str(HOME), str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"index\.html:\d+: .*wukong:.* shows 1\.01 .*the data says 1\.00", done.stdout)


def test_every_edit_of_a_single_character_in_any_file_is_caught(
    output: Path, copy: Path, project: Path
) -> None:
    manifest = read_manifest(output)
    model = project / "models/xiyouji"
    for link in list(model.iterdir()):
        source = link.resolve()
        link.unlink()
        shutil.copyfile(source, link)
    files = sorted(f for f in copy.rglob("*") if f.is_file() and f.name != "manifest.yaml")
    files += sorted(model.iterdir())
    chance = random.Random(7)
    for file in chance.choices(files, k=EDITS):
        content = file.read_bytes()
        at = chance.randrange(len(content))
        flipped = content[at] ^ (1 << chance.randrange(7))
        file.write_bytes(content[:at] + bytes([flipped]) + content[at + 1 :])
        findings = Findings()
        check_files(copy, project, manifest, findings)
        assert len(findings.problems) == 1
        assert str(file) in findings.problems[0]
        file.write_bytes(content)


def test_a_missing_file_of_the_data_is_told_once_by_each_question(copy: Path) -> None:
    file = copy / "data/wukong/block_0.yaml"
    file.unlink()
    found = [
        [problem for problem in findings.problems if problem.startswith(f"{file}: the file is")]
        for _, findings in verify(copy, HOME)
    ]
    assert [len(problems) for problems in found] == [1, 1, 1]


def test_weights_that_are_gone_are_told_by_their_name(project: Path, output: Path) -> None:
    weights = project / "models/xiyouji/model.safetensors"
    weights.unlink()
    told = f"{weights}: the card names this file, and it is missing"
    assert [p.startswith(told) for p in verify_data(output, project).problems] == [True]


def test_a_file_that_no_build_made_and_one_that_is_gone_are_told(copy: Path) -> None:
    (copy / "site/posts/llm-pipeline-wukong/extra.html").write_text("<p>1</p>", encoding="utf-8")
    (copy / "data/wukong/tokens.yaml").unlink()
    found = "\n".join(verify_files(copy, HOME).problems)
    assert "extra.html: no build made this file" in found
    assert "tokens.yaml: the file is missing" in found


@pytest.mark.parametrize("page", ["site", "numbers", "hugo"])
def test_with_a_new_manifest_every_edit_that_changes_a_mark_is_caught_by_the_pages(
    page: str, output: Path
) -> None:
    bundle = output / "hugo/content/posts/llm-pipeline-wukong"
    files = {
        "site": output / "site/posts/llm-pipeline-wukong/index.html",
        "numbers": output / "site/posts/llm-pipeline-wukong/numbers.html",
        "hugo": bundle / "index.md",
    }
    text = files[page].read_text(encoding="utf-8")
    published, record = Published(output / "data"), read_numbers(bundle / "data")
    if page == "hugo":
        record = [entry for entry in record if entry["place"] == "body"]

    def without_lines(marks: list[Mark]) -> list[Mark]:
        return [replace(mark, line=0) for mark in marks]

    original = without_lines(marks_of(text))
    assert not any(check_mark(mark, published) for mark in original)
    assert check_order(marks_of(text), record) is None
    sound = set(original)
    elements = [m.span() for m in re.finditer(r"<(data|tspan) [^<]*</\1>", text)]
    assert len(elements) == len(original) >= 300
    chance = random.Random(3)
    changed = 0
    while changed < EDITS // 10:
        at = chance.randrange(*chance.choice(elements))
        new = chance.choice("0123456789.+-[]:_abcnrstx<>&=\"' ".replace(text[at], ""))
        edited = text[:at] + new + text[at + 1 :]
        marks = marks_of(edited)
        if (found := without_lines(marks)) != original:
            changed += 1
            wrong = any(check_mark(mark, published) for mark in found if mark not in sound)
            assert wrong or check_order(marks, record) is not None, text[at - 60 : at + 60]


def test_an_address_changed_to_one_of_the_same_value_is_caught(copy: Path) -> None:
    page = copy / "site/posts/llm-pipeline-wukong/index.html"
    old, new = (f'data-src="models/xiyouji:config.{name}"' for name in ("n_layers", "n_heads"))
    edit(page, lambda text: text.replace(old, new, 1))
    found = verify_pages(copy).problems
    assert len(found) == 1
    assert "numbers.yaml lists 4 4 d models/xiyouji:config.n_layers" in found[0]


@pytest.mark.parametrize("name", ["numbers.yaml", "claims.yaml"])
def test_the_lists_beside_a_page_must_be_the_same_in_both_outputs(name: str, copy: Path) -> None:
    file = copy / "site/posts/llm-pipeline-wukong" / name
    edit(file, lambda text: text.replace("wukong:", "wukon9:", 1))
    assert any("differs from" in problem for problem in verify_pages(copy).problems)


def test_a_damaged_list_is_a_finding(copy: Path) -> None:
    file = copy / "hugo/content/posts/llm-pipeline-wukong/data/numbers.yaml"
    file.write_text("- address: 7\n", encoding="utf-8")
    assert any(
        "expected a list of entries of place" in text for text in verify_pages(copy).problems
    )


def test_a_claim_that_says_otherwise_is_caught(copy: Path) -> None:
    for folder in ("site/posts/llm-pipeline-wukong", "hugo/content/posts/llm-pipeline-wukong/data"):
        edit(copy / folder / "claims.yaml", lambda text: text.replace(": true", ": false", 1))
    (problem,) = verify_pages(copy).problems
    assert "claim first-character" in problem


def test_with_a_new_manifest_every_edit_of_a_tensor_is_caught_by_the_reference(
    copy: Path,
) -> None:
    weights = reference.load(MODEL / "model.safetensors")
    folder = copy / "data/wukong"
    tokens = [token["id"] for token in DataFolder(folder, "wukong").read("tokens")]
    expected = reference.forward(weights, ARCHITECTURE, tokens)
    names = forward_names(ARCHITECTURE)
    chance = random.Random(5)
    for name, values in expected.items():
        file = folder / DataFolder(folder, "wukong").entries[name]["file"]
        text = file.read_text(encoding="utf-8")
        start = text.index(f"\n{name}:") + 1
        end = text.find("\n#", start)
        body = text[start:] if end < 0 else text[start:end]
        numbers = list(re.finditer(r"-?\d+\.\d+(?:e[+-]\d+)?", body.partition(":")[2]))
        found = chance.choice(numbers)
        at = start + body.index(":") + 1 + found.start()
        number = float(found.group(0))
        changed = str(number + math.copysign(max(1e-6, 1e-4 * abs(number)), number))
        file.write_text(text[:at] + changed + text[at + len(found.group(0)) :], encoding="utf-8")
        findings = Findings()
        compare(DataFolder(folder, "wukong"), names[name], values, findings)
        assert len(findings.problems) == 1, (name, found.group(0), changed)
        assert f"wukong:{name}" in findings.problems[0]
        file.write_text(text, encoding="utf-8")


def test_an_edit_of_any_step_of_a_generation_is_caught_by_the_reference(copy: Path) -> None:
    """Each in a step of its own, so that one recomputation tells them all."""
    steps = (copy / "data/wukong/generation.yaml").read_text(encoding="utf-8").split("- candidates")
    changes = [
        (r"choice: \d+", "choice: 9"),
        (r"rank: \d+", "rank: 77"),
        (r'text: ".*?", prob', 'text: "另", prob'),
        (r"draw: 0\.", "draw: 0.0"),
        (r"interval: \[.*\]", "interval: [0.25, 0.5]"),
        (r"entropy: \d", "entropy: 7"),
        (r"\n *- \{id: .*?\}(?=\n)", ""),
        (r"(?<=\n)( *)entropy:", r"\1odd: 1\n\1entropy:"),
        (r"prob: \S+\}(?=\n *entropy)", "prob: 0.0}"),
    ]
    for n, (old, new) in enumerate(changes, 1):
        changed = re.sub(old, new, steps[n], count=1)
        assert changed != steps[n], old
        steps[n] = changed
    edit(copy / "data/wukong/generation.yaml", lambda _: "- candidates".join(steps))
    findings = Findings()
    check_prompt(DataFolder(copy / "data/wukong", "wukong"), MODEL, encodings(), findings)
    for n in range(len(changes)):
        assert any(f"generation.steps[{n}]" in problem for problem in findings.problems), n


def test_a_probability_is_checked_however_small_it_is(copy: Path) -> None:
    def lie(text: str) -> str:
        (line,) = (line for line in text.split("\n") if line.startswith("sampling.probs_all:"))
        smallest = min(re.findall(r"[0-9.]+e-\d+", line), key=float)
        assert 0 < float(smallest) < 1e-12
        return text.replace(smallest, repr(float(smallest) * 1.001))

    edit(copy / "data/wukong/sampling.yaml", lie)
    findings = Findings()
    check_prompt(DataFolder(copy / "data/wukong", "wukong"), MODEL, encodings(), findings)
    (problem,) = findings.problems
    assert "sampling.probs_all" in problem


def test_the_last_digits_of_a_bound_are_checked(copy: Path) -> None:
    def lie(text: str) -> str:
        bound = re.search(r"sampling.cumulative: \[([0-9.]+)", text)
        assert bound is not None
        return text.replace(bound[1], repr(float(bound[1]) + 1e-15))

    edit(copy / "data/wukong/sampling.yaml", lie)
    findings = Findings()
    check_prompt(DataFolder(copy / "data/wukong", "wukong"), MODEL, encodings(), findings)
    assert any("sampling.cumulative" in problem for problem in findings.problems)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("config.yaml", "n_heads: 4", "n_heads: 8"),
        ("config.yaml", "parameters: 43", "parameters: 42"),
        ("config.yaml", "header: 2440", "header: 2441"),
        ("vocabulary.yaml", '"悟"', '"误"'),
        ("embedding.yaml", "embedding.std: 0.0", "embedding.std: 0.1"),
        ("embedding.yaml", 'text: "说"', 'text: "水"'),
        ("untrained.yaml", "untrained.max: 0.0", "untrained.max: 0.1"),
        ("history.yaml", "2000]", "2001]"),
    ],
)
def test_an_edit_of_a_model_s_data_is_caught(file: str, old: str, new: str, copy: Path) -> None:
    edit(copy / "data/models/xiyouji" / file, lambda text: text.replace(old, new, 1))
    findings = Findings()
    check_model(DataFolder(copy / "data/models/xiyouji", "models/xiyouji"), MODEL, findings)
    assert any(file in problem for problem in findings.problems)


# What is written in place of what, in which file, and what is then told; a group is told at once.
TAMPERED = {
    "a trace": [
        ("data/wukong/index.yaml", 'kind: "trace"', 'kind: "facts"', "wukong:kind"),
        ("data/wukong/index.yaml", "5f64fdc8", "5f64fdc9", "wukong:checkpoint"),
        (
            "data/wukong/index.yaml",
            "  ln_final.mean:",
            "  ln_final.maen:",
            "ln_final.mean is missing",
        ),
        ("data/wukong/logits.yaml", "# ", "extra: 42\n\n# ", "extra"),
        ("data/wukong/sampling.yaml", "draw: 0.51182162", "draw: 0.51182163", "sampling.draw"),
        ("data/wukong/analyses.yaml", "[4474, 4473", "[4473, 4474", "analyses.yaml"),
    ],
    "a type": [("data/wukong/index.yaml", 'dtype: "float64"', 'dtype: "float32"', "sampling.yaml")],
    "tokens": [("data/wukong/tokens.yaml", "binary: [0, 0", "binary: [0, 1", "wukong:tokens")],
    "a model": [
        ("data/models/xiyouji/index.yaml", 'kind: "model"', 'kind: "facts"', "xiyouji:kind"),
        ("data/models/xiyouji/index.yaml", "5f64fdc8", "5f64fdc9", "xiyouji:checkpoint"),
        ("data/models/xiyouji/index.yaml", "steps: 2000", "steps: 9000", "xiyouji:card"),
        ("data/models/xiyouji/embedding.yaml", 'group: "说话"', 'group: "景物"', "xiyouji:words"),
    ],
    "a card": [
        ("data/models/xiyouji/index.yaml", 'title: "西游记"', 'title: "水浒传"', "xiyouji:card"),
    ],
    "a fact": [("data/fact/facts.yaml", "gpt3.layers: 96", "gpt3.layers: 97", "gpt3.layers")],
}


@pytest.mark.parametrize("what", TAMPERED)
def test_with_a_new_manifest_an_edit_of_the_data_is_caught_by_the_reference(
    what: str, copy: Path
) -> None:
    for name, old, new, _ in TAMPERED[what]:
        edit(copy / name, lambda text, old=old, new=new: text.replace(old, new, 1))
    problems = verify_data(copy, HOME).problems
    for *_, told in TAMPERED[what]:
        assert any(told in problem for problem in problems), (told, problems)


@pytest.mark.parametrize(
    "name",
    [
        "site/data/wukong/block_1.yaml",
        "hugo/content/posts/llm-pipeline-wukong/data/models/xiyouji/embedding.yaml",
        "hugo/content/posts/llm-pipeline-wukong/data/fact/facts.yaml",
    ],
)
def test_the_data_that_readers_open_must_be_the_data(name: str, copy: Path) -> None:
    edit(copy / name, lambda text: text.replace("0", "1", 1))
    assert any(
        name in problem and "differs from" in problem for problem in verify_pages(copy).problems
    )


@pytest.mark.parametrize("name", ["index.html", "numbers.html"])
def test_a_page_that_is_gone_is_missed_by_the_pages(name: str, copy: Path) -> None:
    (copy / "site/posts/llm-pipeline-wukong" / name).unlink()
    assert any("the page is missing" in problem for problem in verify_pages(copy).problems)


@pytest.mark.parametrize(
    "name",
    [
        "site/index.html",
        "site/posts/llm-pipeline-wukong/index.html",
        "hugo/content/posts/llm-pipeline-wukong/index.md",
    ],
)
def test_a_number_of_the_summary_is_checked_wherever_it_stands(name: str, copy: Path) -> None:
    shown = "433\u00a0万</data>参数的 GPT" if name.endswith("html") else "433\\u00A0万参数"
    edit(copy / name, lambda text: text.replace(shown, shown.replace("433", "999"), 1))
    assert any(name in problem for problem in verify_pages(copy).problems)


def test_a_condition_that_says_nothing_of_the_data_is_caught(copy: Path) -> None:
    for folder in ("site/posts/llm-pipeline-wukong", "hugo/content/posts/llm-pipeline-wukong/data"):
        file = copy / folder / "claims.yaml"
        edit(file, lambda text: re.sub(r'condition: ".*"', 'condition: "1 == 1"', text, count=1))
    assert any("says nothing of the data" in problem for problem in verify_pages(copy).problems)


def test_a_second_manifest_deeper_down_is_a_file_like_any_other(copy: Path) -> None:
    (copy / "site/data/manifest.yaml").write_text("x: 1\n", encoding="utf-8")
    assert any(
        "no build made this file" in problem for problem in verify_files(copy, HOME).problems
    )


def test_of_two_attributes_alike_the_one_that_browsers_take_is_checked() -> None:
    text = '<data value="7" value="8" data-src="w:x" data-fmt="d">7</data>'
    assert marks_of(text)[0].value == "7"


def test_a_mark_costs_at_most_160_bytes(output: Path) -> None:
    text = (output / "site/posts/llm-pipeline-wukong/index.html").read_text(encoding="utf-8")
    marks = [m[0].encode() for m in re.finditer(r"<(?:data|tspan) [^<]*</(?:data|tspan)>", text)]
    assert len(marks) >= 300
    assert sum(map(len, marks)) / len(marks) <= 160


def test_damaged_yaml_is_a_finding_and_not_a_traceback(copy: Path) -> None:
    (copy / "data/wukong/block_1.yaml").write_text("blocks.1.resid_pre: [1, 2", encoding="utf-8")
    (copy / "data/wukong/generation.yaml").write_text("generation: 7\n", encoding="utf-8")
    assert verify_pages(copy).problems
    assert verify_data(copy, HOME).problems


def test_one_unit_in_the_last_place_is_close_and_two_are_not() -> None:
    one = np.float32([1.0, 1e-3, -7.5, 0.0, np.inf, -np.inf])
    next_one = np.nextafter(one, np.float32(9))
    finite = np.isfinite(one) & (one != 0)
    assert close(one, one).all()
    assert close(one[finite], next_one[finite]).all()
    far = np.nextafter(np.nextafter(next_one, np.float32(9)), np.float32(9))
    assert not close(one[finite], far[finite]).any()
    assert not close(np.float32([np.inf]), np.float32([1.0])).any()
    assert not close(np.float32([np.nan]), np.float32([1.0])).any()
    assert close(np.float32([1e-13]), np.float32([-1e-13])).all()
