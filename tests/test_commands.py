"""The command line: what it says of itself, where it says it, and how it ends."""

from __future__ import annotations

import inspect
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from bs4 import BeautifulSoup
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from conftest import HOME, ROOT

from generator.cli import cli, main
from generator.commands import EXIT_CODES, Command
from generator.completion import SHELLS
from generator.page.docs import render_doc
from generator.project.doc import read_doc

RUN = [sys.executable, "-c", "from generator.cli import main; main()"]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|9\d)(?:;\d+)*m")
COMMANDS: Sequence[Any] = list(cli.commands.values())


Glasspage = Callable[..., tuple[object, str, str]]


@pytest.fixture
def glasspage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Glasspage:
    """Run the command line in the real project; its exit code, its output, its errors."""

    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["glasspage", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def help_of(*command: str) -> str:
    told = CliRunner().invoke(cli, [*command, "-h"], prog_name="glasspage")
    assert told.exit_code == 0
    return told.output


# ------------------------------------------------------------------ help


def test_help_and_completion_import_nothing_that_takes_time() -> None:
    script = """
import sys
sys.argv = ["glasspage", "--help"]
from generator.cli import main
try:
    main()
finally:
    heavy = {"torch", "pydantic", "jinja2", "numpy", "rich", "yaml", "markdown"}
    print(sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""
    for environment in ({}, {"_GLASSPAGE_COMPLETE": "bash_complete", "COMP_WORDS": "glasspage "}):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "COMP_CWORD": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "build" in done.stdout
        assert done.stderr.strip() == "[]"


def test_every_command_is_declared_where_the_documentation_finds_it() -> None:
    script = "import generator.commands as c; print(*c.cli.commands)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == list(cli.commands), "declare it in generator/commands.py"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_says_how_it_is_used_and_is_run_with_what_it_takes(command: Command) -> None:
    told = help_of(str(command.name))
    assert "Examples:" in told
    for line, _ in command.examples:
        assert line in told
        found = re.search(r"glasspage ([^)]*)", line)
        assert found is not None
        name, *arguments = shlex.split(found[1])
        assert name == command.name
        context = click.Context(command, info_name=name)
        command.make_parser(context).parse_args(arguments)  # which refuses options there are not
    assert command.callback is not None
    assert command.callback.__module__ == "generator.cli"
    taken = set(inspect.signature(command.callback).parameters)
    assert taken == {parameter.name for parameter in command.params}


def test_the_short_help_groups_all_commands_and_names_the_exit_codes() -> None:
    told = help_of()
    for section, members in cli.sections().items():
        part = told.split(f"\n{section}:\n")[1].split("\n\n")[0]
        for command in members:
            assert f"  {command.name} " in part
            assert command.summary == " ".join(command.summary.split())
    assert sum(map(len, cli.sections().values())) == len(COMMANDS)
    codes = " ".join(told.split("Exit codes: ")[1].split())
    assert all(f"{code} {meaning}" in codes for code, meaning in EXIT_CODES.items())


def test_the_documentation_holds_every_command_option_and_example() -> None:
    page = render_doc(read_doc(ROOT / "content/docs/commands.md"))
    soup = BeautifulSoup(str(page["body"]), "html5lib")
    headings = {str(heading.get("id")): heading for heading in soup.select("h3")}
    assert list(headings) == list(cli.commands)
    for name, heading in headings.items():
        part = []
        for element in heading.find_next_siblings():
            if element.name in ("h2", "h3"):
                break
            part.append(element)
        text = " ".join(" ".join(element.get_text() for element in part).split())
        command: Any = cli.commands[name]
        assert f"glasspage {name}" in text
        assert command.summary.removesuffix(".") in text
        terms = [term.get_text() for element in part for term in element.select("dt")]
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert len(terms) == len(options)
        for option, term in zip(options, terms, strict=True):
            assert all(written in re.split(r"[ ,]+", term) for written in option.opts)
            assert " ".join(str(option.help).split()) in text
        assert all(line in text and meaning in text for line, meaning in command.examples)
    codes = [[td.get_text() for td in row.select("td")] for row in soup.select("tr")]
    assert all([str(code), meaning] in codes for code, meaning in EXIT_CODES.items())
    ids = [element["id"] for element in soup.select("[id]")]
    assert len(ids) == len(set(ids))


# ------------------------------------------------------------------ how it ends


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("models",), 0, ""),
        (("models", "--project", "nowhere"), 1, "error: nowhere: this is no glasspage project"),
        (("bild",), 2, "No such command 'bild'"),
        (("build", "--nothing"), 2, "No such option '--nothing'"),
        (("check", "--project", "README.md"), 2, "is a file"),
        (("schema", "nothing"), 2, "'nothing' is not one of"),
        (("verify", "content"), 1, "there is no build here"),
        (("diff", "content", "content"), 1, "there is no build here"),
        (("trace", "nothing"), 1, "there is no prompt 'nothing'"),
        (("trace", "nothing.yaml"), 1, "there is no such file"),
        (("trace", "wukong.yaml"), 1, "name it without its ending: wukong."),
        (("measure", "wukong.yaml"), 1, "name it without its ending: wukong."),
        (("explain", "wukong.yaml"), 1, "the prompt wukong is on: llm-pipeline-wukong"),
        (("measure", "wukong", "--repeat", "100000000"), 2, "is not in the range 1<=x<=1000"),
        (("trace", "wukong", "--out", "content"), 1, "there is something in this folder"),
        (
            ("train", "xiyouji", "--corpus", "README.md/x"),
            1,
            "README.md/x: the file cannot be read",
        ),
        (("init", "README.md/site"), 1, "README.md/site: Not a directory"),
        (("init", "/tmp/none/site", "--language", "a: ["), 1, "expected the code of a language"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_ends_with_its_code_and_an_error_on_the_standard_error(
    arguments: tuple[str, ...], code: int, message: str, glasspage: Glasspage
) -> None:
    ended, told, errors = glasspage(*arguments)
    assert ended == code, errors
    assert message in errors
    assert (told == "") is (code != 0)


def test_what_is_stopped_says_so(project: Path) -> None:
    config = project / "content/prompts/waiting.yaml"
    os.mkfifo(config)  # whoever reads it waits
    run = subprocess.Popen([*RUN, "models"], cwd=project, stderr=subprocess.PIPE, text=True)
    with config.open("w"):  # it reads
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert (run.returncode, errors.strip()) == (130, "stopped")


def test_a_link_to_itself_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    told = CliRunner().invoke(cli, ["clean", "--output", str(tmp_path / "loop")])
    assert told.exit_code == 2
    assert "is a link to itself" in told.output


@pytest.mark.parametrize("command", ["clean", "build", "explain x"])
def test_no_build_is_the_top_of_the_file_system(command: str) -> None:
    told = CliRunner().invoke(cli, [*command.split(), "--output", "/"])
    assert told.exit_code == 2
    assert "No build can be in '/'" in told.output


@pytest.mark.parametrize("seconds", ["nan", "0.01", "3601", "inf", "x"])
def test_the_demo_does_not_go_on_after_what_is_no_time(seconds: str) -> None:
    told = CliRunner().invoke(cli, ["demo", "--auto", seconds])
    assert told.exit_code == 2
    assert "Invalid value for '--auto'" in told.output


def test_a_layout_that_is_no_text_is_told(
    project: Path, output: Path, glasspage: Glasspage
) -> None:
    (project / "themes/paper/layouts/term.html").write_bytes(b"\xff\xfe")
    code, _, errors = glasspage("build", "--data", str(output / "data"), "--project", str(project))
    assert code == 1
    assert "layouts/term.html:1: the file is not UTF-8 (byte 1)" in errors


# ------------------------------------------------------------------ colour

ALL_KINDS = """
import sys
from generator.reporter import Reporter
reporter = Reporter()
reporter.warn("a.md:100: careful")
with reporter.progress("work", 2) as advance:
    advance(1, "")
sys.argv = ["glasspage", "models", "--project", "nowhere"]
from generator.cli import main
main()
"""


def said_on_a_terminal(**environment: str) -> str:
    """What warnings, progress and errors look like where the standard error is a terminal."""
    ours, theirs = pty.openpty()
    known = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    environment = {**known, "TERM": "xterm-256color", **environment}
    done = subprocess.run(
        [sys.executable, "-c", ALL_KINDS], env=environment, stderr=theirs, stdout=subprocess.PIPE
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:  # so Linux tells the end
        pass
    os.close(ours)
    assert done.stdout == b""
    return said.decode()


def test_colour_appears_on_a_terminal_alone_and_not_against_the_reader_s_will() -> None:
    coloured = said_on_a_terminal()
    assert "\x1b[31merror:" in coloured
    assert "\x1b[33mwarning: a.md:100: careful" in coloured
    assert len(COLOUR.findall(coloured.split("careful")[1].split("error:")[0])) > 1  # the bar
    plain = said_on_a_terminal(NO_COLOR="1")
    assert not COLOUR.search(plain)
    assert "work" in plain
    assert "error: nowhere" in plain
    piped = subprocess.run([sys.executable, "-c", ALL_KINDS], capture_output=True, text=True)
    assert "\x1b" not in piped.stderr
    assert piped.stderr.startswith("warning: a.md:100: careful\nerror: nowhere")


# ------------------------------------------------------------------ for programs


def answer(*arguments: str, code: int = 0) -> Any:
    told = CliRunner().invoke(cli, [*arguments, "--project", str(HOME), "--json"])
    assert told.exit_code == code, told.output
    return json.loads(told.stdout)


def test_verify_and_check_answer_programs(output: Path, tmp_path: Path) -> None:
    found = answer("verify", str(output))
    assert found["sound"]
    assert [each["question"] for each in found["questions"]] == ["files", "pages", "data"]
    assert found["questions"][0]["counts"]["files"] > 100
    found = answer("check", str(output))
    assert found["sound"]
    assert found["links"] > 100
    assert {"address", "places"} == found["elsewhere"][0].keys()
    copy = Path(shutil.copytree(output, tmp_path / "output"))
    file = copy / "site/docs/index.html"
    file.write_text(file.read_text("utf-8").replace('href="', 'href="lost/', 1), encoding="utf-8")
    found = answer("check", str(copy), code=1)
    assert not found["sound"]
    assert {"page", "line", "what", "source"} == found["problems"][0].keys()
    found = answer("verify", str(copy), code=1)
    assert [each["sound"] for each in found["questions"]] == [False, True, True]
    assert "docs/index.html" in found["questions"][0]["problems"][0]


def test_claims_answer_programs(output: Path) -> None:
    found = answer("claims", "--output", str(output))["claims"]
    assert len(found) > 20
    told = [claim["margin"] for claim in found if claim["margin"] is not None]
    assert told == sorted(told)
    for claim in found:
        assert claim["holds"] or claim["otherwise"]
        assert all(address in claim["condition"] for address in claim["values"])


def test_what_answers_programs_says_so_in_its_help() -> None:
    for name in ("verify", "check", "claims", "diff", "models", "trace"):
        assert "--json" in help_of(name)


def test_an_error_leaves_programs_without_an_answer(glasspage: Glasspage) -> None:
    code, told, errors = glasspage("claims", "--json", "--output", "content")
    assert (code, told) == (1, "")
    assert errors.startswith("error: content/data/")


# ------------------------------------------------------------------ trace


def test_a_prompt_is_traced_as_a_build_traces_it(output: Path, tmp_path: Path) -> None:
    out = tmp_path / "traced"
    found = answer("trace", "wukong", "--out", str(out))
    assert (found["prompt"], found["model"]) == ("wukong", "xiyouji")
    assert "".join(token["text"] for token in found["tokens"]) == "悟空道"
    written = "".join(step["text"] for step in found["steps"])
    assert found["text"] == "悟空道" + written
    files = {file.name: file.read_bytes() for file in out.iterdir()}
    built = {file.name: file.read_bytes() for file in (output / "data/wukong").iterdir()}
    assert files == built


def test_a_prompt_of_one_s_own_is_told_token_by_token(tmp_path: Path) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("model: xiyouji\nprompt: 唐僧道\nnew_tokens: 2\n", encoding="utf-8")
    told = CliRunner().invoke(cli, ["trace", str(config), "--project", str(HOME)])
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == "own, through xiyouji: 3 tokens, 2 new"
    assert [line.split()[1] for line in lines[2:5]] == ["唐", "僧", "道"]
    steps = re.findall(
        r"^ +\d+ +\d+  (.)  [\d.]+%, rank \d+, draw 0\.\d+ in \[", told.stdout, re.MULTILINE
    )
    assert lines[-1] == "唐僧道" + "".join(steps)


# ------------------------------------------------------------------ completion


@pytest.mark.parametrize(
    ("typed", "begun", "offered"),
    [
        ([], "mo", ["models"]),
        (["train"], "", ["xiyouji"]),
        (["train"], "q", []),
        (["trace"], "wu", ["wukong"]),
        (["new"], "a", ["article"]),
        (["new", "article"], "llm", ["llm-pipeline"]),
        (["new", "prompt"], "", ["wukong"]),
        (["new", "model"], "", ["xiyouji"]),
        (["completion"], "", SHELLS),
        (["demo", "--model"], "xi", ["xiyouji"]),
        (["demo", "--lang"], "", ["en", "zh"]),
        (["verify"], "--j", ["--json"]),
    ],
)
def test_names_of_the_project_are_completed(
    typed: list[str], begun: str, offered: list[str]
) -> None:
    def completed(words: list[str]) -> list[str]:
        completer = ShellComplete(cli, {}, "glasspage", "_GLASSPAGE_COMPLETE")
        return [item.value for item in completer.get_completions(words, begun)]

    command, rest = typed[:1], typed[1:]
    knows = command and any(option.name == "project" for option in cli.commands[command[0]].params)
    assert completed([*command, "--project", str(HOME), *rest] if knows else typed) == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str) -> None:
    told = CliRunner().invoke(cli, ["completion", shell])
    assert told.exit_code == 0
    assert f"_GLASSPAGE_COMPLETE={shell}_complete" in told.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes(tmp_path: Path) -> None:
    program = tmp_path / "glasspage"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(RUN)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = """
eval "$(glasspage completion bash)"
complete -p glasspage
COMP_WORDS=(glasspage train xi) COMP_CWORD=2
_glasspage_completion glasspage
echo "${COMPREPLY[@]}"
"""
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=HOME,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "xiyouji", done.stderr
    assert "_glasspage_completion glasspage" in done.stdout
