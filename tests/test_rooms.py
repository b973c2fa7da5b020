"""The house's rules: who may import whom, and where there is torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HOME, ROOT

PACKAGE = ROOT / "generator"

# What each room may import, besides itself.
BASE = {"errors", "files", "encodings"}
ALLOWED = {
    "errors": set[str](),
    "files": set[str](),
    "encodings": {"errors"},
    "reporter": set[str](),
    "project": BASE,
    "completion": {"project"},
    "commands": {"completion"},
    "usage": {"commands"},
    "model": BASE | {"project", "reporter"},
    "imports": BASE | {"project", "model"},
    "data": BASE,
    "trace": BASE | {"project", "model", "data"},
    "reference": {"errors", "encodings"},
    "page": BASE | {"project", "data", "commands", "usage"},
    "build": BASE | {"project", "model", "imports", "trace", "data", "page", "reporter"},
    "check": BASE | {"project", "data", "reference", "page", "reporter"},
    "report": {"project", "data", "page", "build", "check"},
    "telling": {"errors"},
    "serve": BASE | {"reporter", "telling"},
    "demo": BASE | {"project", "data", "page", "build", "reporter"},
    "cli": BASE
    | {"commands", "completion", "project", "model", "build", "check", "page"}
    | {"imports", "report", "reporter", "serve", "demo", "telling"},
}


def imports_of(file: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found.add(str(node.module))
    return found


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


FILES = [
    file
    for file in sorted(PACKAGE.rglob("*.py"))
    if file.parent != PACKAGE or file.stem != "__init__"
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_before_it(file: Path) -> None:
    room = room_of(file)
    rooms = {name.split(".")[1] for name in imports_of(file) if name.startswith("generator.")}
    assert rooms - {room} <= ALLOWED[room]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_only_rooms_that_hold_models_import_torch(file: Path) -> None:
    torch = {name for name in imports_of(file) if name.split(".")[0] == "torch"}
    assert not torch or room_of(file) in {"model", "trace", "imports"}


def test_pages_are_made_where_torch_is_not_installed(output: Path, tmp_path: Path) -> None:
    script = f"""
import sys
sys.modules["torch"] = None  # as if it were not installed
from pathlib import Path
from generator.build.paging import make_pages
from generator.project.project import Project
page, = make_pages(Project(Path({str(HOME)!r})), Path({str(output / "data")!r}))
sys.stdout.buffer.write(page.content.markdown.encode())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    bundle = output / "hugo/content/posts/llm-pipeline-wukong/index.md"
    assert done.stdout in bundle.read_bytes()


def test_the_command_line_starts_without_torch() -> None:
    script = "import sys, generator.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
