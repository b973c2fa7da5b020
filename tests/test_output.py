"""Files and the output folder: whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from generator.build.output import MARKER, replaced
from generator.errors import GlasspageError
from generator.files import sha256_of, write


def names(folder: Path) -> set[str]:
    return {str(found.relative_to(folder)) for found in folder.rglob("*") if found.is_file()}


def build(output: Path, content: str) -> None:
    with replaced(output) as folder:
        write(folder / "page.html", content)


# Files


def test_a_file_is_written_as_utf8_or_as_the_bytes_it_is_and_its_folder_made(
    tmp_path: Path,
) -> None:
    write(tmp_path / "a" / "b" / "c.txt", "悟空\r\n")
    write(tmp_path / "d.bin", b"\xff\0")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "悟空\r\n".encode()
    assert (tmp_path / "d.bin").read_bytes() == b"\xff\0"
    assert names(tmp_path) == {"a/b/c.txt", "d.bin"}


def test_who_reads_a_file_while_it_is_written_anew_reads_the_old_one_whole(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.txt"
    write(file, "old" * 1000)
    with file.open() as stream:
        start = stream.read(3)
        write(file, "new")
        assert start + stream.read() == "old" * 1000
    assert file.read_text() == "new"


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write(file, "\ud800")
    assert file.read_text() == "old"
    assert names(tmp_path) == {"a.txt"}


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(256)) * 10_000])
def test_the_hash_is_of_the_files_bytes(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(content)
    assert sha256_of(file) == hashlib.sha256(content).hexdigest()


# The output folder


def test_a_build_makes_the_output_and_nothing_beside_it(tmp_path: Path) -> None:
    build(tmp_path / "deep" / "output", "one")
    assert names(tmp_path) == {"deep/output/page.html", f"deep/output/{MARKER}"}


def test_a_build_replaces_the_whole_of_the_output(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with replaced(output) as folder:
        write(folder / "old" / "page.html", "one")
    build(output, "two")
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}
    assert (output / "page.html").read_text() == "two"


def test_the_old_output_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    output = tmp_path / "output"
    build(output, "one")
    with replaced(output) as folder:
        write(folder / "page.html", "two")
        assert (output / "page.html").read_text() == "one"
    assert (output / "page.html").read_text() == "two"


@pytest.mark.parametrize("error", [GlasspageError("wrong"), KeyboardInterrupt(), SystemExit(1)])
def test_a_build_that_fails_leaves_the_output_as_it_was(
    error: BaseException, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    build(output, "one")
    with pytest.raises(type(error)), replaced(output) as folder:
        write(folder / "page.html", "two")
        raise error
    assert (output / "page.html").read_text() == "one"
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}


def test_a_first_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GlasspageError), replaced(tmp_path / "output") as folder:
        write(folder / "page.html", "one")
        raise GlasspageError("wrong")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_no_build_made_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "home" / "thesis.txt", "years of work")
    with pytest.raises(GlasspageError) as caught:
        build(tmp_path / "home", "one")
    assert caught.value.file == tmp_path / "home"
    assert "another folder" in str(caught.value.hint)
    assert names(tmp_path) == {"home/thesis.txt"}


def test_an_empty_folder_may_become_the_output(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    build(tmp_path / "output", "one")
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}


def test_what_a_killed_build_left_is_cleared_away(tmp_path: Path) -> None:
    output = tmp_path / "output"
    build(output, "one")
    write(tmp_path / ".output.new" / "half.html", "")
    build(tmp_path / "output", "two")
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}


def test_a_build_killed_between_old_and_new_loses_neither(tmp_path: Path) -> None:
    output = tmp_path / "output"
    build(output, "one")
    output.rename(tmp_path / ".output.old")
    with pytest.raises(GlasspageError), replaced(output):
        raise GlasspageError("wrong")
    assert (output / "page.html").read_text() == "one"
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}


def test_an_output_that_is_a_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "built"
    target.mkdir(parents=True)
    output = tmp_path / "output"
    output.symlink_to(target, target_is_directory=True)
    for content in ("one", "two", "three"):
        build(output, content)
        assert (target / "page.html").read_text() == content
    assert output.is_symlink()
    assert names(tmp_path) == {"elsewhere/built/page.html", f"elsewhere/built/{MARKER}"}


def test_the_output_may_be_named_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "output").mkdir()
    monkeypatch.chdir(tmp_path / "output")
    build(Path(), "one")
    assert names(tmp_path) == {"output/page.html", f"output/{MARKER}"}
