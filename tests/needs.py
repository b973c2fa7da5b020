"""Tools outside Python that some tests ask, and how to ask them about YAML.

A test whose tool is missing is skipped; with GLASSPAGE_NEED_ALL set (CI) it fails instead, so that
no check is lost in silence.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def need(tool: str) -> str:
    """The path of `tool`: hugo, node, js-yaml (its module's folder), or chromium."""
    finders = {
        "hugo": lambda: _program("hugo", beside_python=True),
        "node": lambda: _program("node", "nodejs"),
        "js-yaml": lambda: _node_module("js-yaml"),
        "chromium": lambda: _program("chromium", "chromium-browser", "google-chrome"),
    }
    found = finders[tool]()
    if found:
        return found
    if os.environ.get("GLASSPAGE_NEED_ALL"):
        pytest.fail(f"{tool} is missing, and GLASSPAGE_NEED_ALL is set")
    pytest.skip(f"{tool} is missing")


def _program(*names: str, beside_python: bool = False) -> str | None:
    beside = str(Path(sys.executable).parent)
    paths = [beside, None] if beside_python else [None]
    found = (shutil.which(name, path=path) for path in paths for name in names)
    return next(filter(None, found), None)


def _node_module(name: str) -> str | None:
    folders = [*os.environ.get("NODE_PATH", "").split(os.pathsep), "/usr/share/nodejs"]
    modules = (Path(folder, name) for folder in folders if folder)
    return next((str(module) for module in modules if module.is_dir()), None)


def hugo_prints(template: str, data: bytes, folder: Path) -> str:
    """What Hugo makes of a `template` that reads `data`, a YAML file, as `hugo.Data.x`.

    Raises RuntimeError with Hugo's own words where it refuses.
    """
    hugo = need("hugo")
    files = {
        # As JSON, because what is printed as HTML is escaped.
        "hugo.yaml": b"disableKinds: [taxonomy, rss, sitemap, '404']\noutputs: {home: [json]}\n",
        "layouts/home.json": template.encode(),
        "data/x.yaml": data,
    }
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    done = subprocess.run(
        [hugo, "--noBuildLock", "--source", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).decode())
    return (folder / "public/index.json").read_text(encoding="utf-8")


def js_yaml_prints(expression: str, data: bytes) -> str:
    """What JavaScript prints of an `expression` in which js-yaml has read `data` as `x`."""
    node, module = need("node"), need("js-yaml")
    script = (
        "const x = require(process.argv[1]).load(require('fs').readFileSync(0, 'utf8'));"
        f"process.stdout.write({expression})"
    )
    environment = {**os.environ, "NODE_PATH": str(Path(module).parent)}
    command = [node, "-e", script, module]
    done = subprocess.run(command, input=data, capture_output=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()
