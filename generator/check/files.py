"""First question of `verify`: are these the files that were built?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.check.findings import Findings
from generator.data.manifest import Manifest, digests
from generator.files import sha256_of


def check_files(output: Path, project: Path, manifest: Manifest, findings: Findings) -> None:
    """Every file of the output, and every weight file, against the manifest."""
    found = digests(output, output)
    _compare(output, found, manifest.output, findings)
    for surplus in sorted(found.keys() - manifest.output.keys()):
        findings.wrong(output / surplus, "no build made this file")
    models = {
        name: sha256_of(project / name) for name in manifest.models if (project / name).is_file()
    }
    _compare(project, models, manifest.models, findings)


def _compare(
    root: Path, found: Mapping[str, str], expected: Mapping[str, str], findings: Findings
) -> None:
    for name, sha256 in expected.items():
        findings.count("files")
        if name not in found:
            findings.wrong(root / name, "the file is missing")
        elif found[name] != sha256:
            findings.wrong(
                root / name, f"its sha256 is {found[name][:12]}…, it was built as {sha256[:12]}…"
            )
