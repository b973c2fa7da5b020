"""Pictures: how large they are, as far as their files tell."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from generator.page.picture import pictures, size_of, sized

_FRAME = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 40, 30) + b"\x01\x01\x11\x00"
_TAG = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)  # held upright
_EXIF = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + _TAG
_TURNED = b"\xff\xe1" + struct.pack(">H", len(_EXIF) + 2) + _EXIF
_RIFF = b"RIFF\0\0\0\0WEBP"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30, 40), (30, 40)),
        (b"GIF89a" + struct.pack("<HH", 30, 40), (30, 40)),
        (b"\xff\xd8\xff\xe0\x00\x04ab" + _FRAME, (30, 40)),
        (b"\xff\xd8" + _TURNED + _FRAME, (40, 30)),
        (_RIFF + b"VP8 " + b"\0" * 10 + struct.pack("<HH", 30, 40), (30, 40)),
        (_RIFF + b"VP8L" + b"\0" * 4 + b"\x2f" + struct.pack("<I", 29 | 39 << 14), (30, 40)),
        (_RIFF + b"VP8X" + b"\0" * 8 + b"\x1d\0\0\x27\0\0", (30, 40)),
        (b'<?xml version="1.0"?>\n<svg width="30px" height="40"/>', (30, 40)),
        (b'<svg width="100%" viewBox="0 0 30 40"/>', (30, 40)),
        (b'<svg width="60" viewBox="0, 0, 30, 40"/>', (60, 80)),
        (b'<svg width="30"/>', None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"words", None),
    ],
)
def test_a_file_tells_its_size(
    content: bytes, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(content)
    assert size_of(tmp_path / "a") == size


def test_only_pictures_beside_the_page_that_have_no_size_yet_are_given_one(tmp_path: Path) -> None:
    (tmp_path / "图.svg").write_text('<svg width="30" height="40"/>', encoding="utf-8")
    plain = '<img alt="a > b" src="%E5%9B%BE.svg">'
    others = '<img src="图.svg" width="10"><img src="https://x.org/图.svg"><img src="../图.svg">'
    assert sized(plain + others, tmp_path) == (
        '<img width="30" height="40" alt="a > b" src="%E5%9B%BE.svg">' + others
    )
    found = list(pictures(f"{plain}{others}<!-- <img src='b.png'> -->", tmp_path))
    beside = tmp_path / "图.svg"
    outside = tmp_path / "../图.svg"  # which a check of the page refuses
    assert found == [("%E5%9B%BE.svg", beside), ("图.svg", beside), ("../图.svg", outside)]
