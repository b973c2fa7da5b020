"""The zip archive in which torch keeps a checkpoint, looked through before torch opens it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from generator.imports.refusal import ANOTHER_SOURCE, RefusedError

_MOST_ENTRIES = 100_000
_LARGEST_PICKLE = 64 * 2**20  # bytes; those of real checkpoints have some hundred thousand
_CHUNK = 2**20


def is_archive(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def checked_pickle(file: Path) -> bytes:
    """The pickle of an archive that is what it should be.

    Every entry is stored as it is, no larger than the file, in one folder, and has the CRC that is
    written beside it (which torch does not look at). Raises RefusedError.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            pickle = _checked_entries(archive, file.stat().st_size)
            for entry in archive.infolist():
                _check_crc(archive, entry)
            return archive.read(pickle)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise RefusedError(f"the file is damaged or cut short: {error}") from None
    except (NotImplementedError, RuntimeError) as error:  # other compressions, encryption
        raise RefusedError(f"the archive is not as torch writes it: {error}") from None


def _checked_entries(archive: zipfile.ZipFile, size: int) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if not 0 < len(entries) <= _MOST_ENTRIES:
        raise RefusedError(f"the archive has {len(entries)} entries")
    names = {entry.filename for entry in entries}
    if len(names) != len(entries):
        raise RefusedError("the archive has two entries of the same name", ANOTHER_SOURCE)
    if any(name.split("/")[-1] == "config.json" for name in names):
        raise RefusedError("this is a packed folder", "unpack it, and name the folder.")
    if not any(name.endswith("data.pkl") for name in names):
        raise RefusedError("the archive is no checkpoint that torch wrote: it has no data.pkl")
    for entry in entries:
        _check_entry(entry)
    if (declared := sum(entry.file_size for entry in entries)) > size:
        raise RefusedError(
            f"the archive says that it holds {declared:,} bytes, and has {size:,}", ANOTHER_SOURCE
        )
    if len(folders := {entry.filename.split("/")[0] for entry in entries}) != 1:
        raise RefusedError(
            f"the archive has {len(folders)} folders, expected is one", ANOTHER_SOURCE
        )
    inside = {entry.filename.split("/", 1)[1]: entry for entry in entries}
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise RefusedError(
            "this is a TorchScript archive: it holds a program, not only weights",
            "save the weights: torch.save(model.state_dict(), FILE).",
        )
    if "data.pkl" not in inside:
        raise RefusedError("the archive's data.pkl is not where torch puts it", ANOTHER_SOURCE)
    if inside["data.pkl"].file_size > _LARGEST_PICKLE:
        raise RefusedError(f"the archive's data.pkl has {inside['data.pkl'].file_size:,} bytes")
    return inside["data.pkl"]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    parts = entry.filename.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts) or "\\" in entry.filename:
        raise RefusedError(
            f"the archive's entry {entry.filename!r} has no place in it", ANOTHER_SOURCE
        )
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise RefusedError(
            f"the archive's entry {entry.filename!r} is compressed, and torch compresses none",
            ANOTHER_SOURCE,
        )


def _check_crc(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    try:
        with archive.open(entry) as stream:
            while stream.read(_CHUNK):
                pass
    except zipfile.BadZipFile as error:
        raise RefusedError(f"the archive's entry {entry.filename!r} is damaged: {error}") from None
