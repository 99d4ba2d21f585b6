"""Smaller pictures, with the same pixels."""

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from tests.screenshots.png import compress

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@given(pixels=st.binary(min_size=1, max_size=200), cut=st.integers(0, 50))
def test_the_pixels_stay_and_what_is_no_pixel_goes(pixels: bytes, cut: int) -> None:
    packed = zlib.compress(pixels, level=0)
    pieces = [_chunk(b"IDAT", packed[:cut]), _chunk(b"IDAT", packed[cut:])]
    png = SIGNATURE + _chunk(b"IHDR", HEADER) + _chunk(b"tEXt", b"Software\0a browser") + b"".join(pieces)
    smaller = compress(png + _chunk(b"IEND", b""))
    expected = _chunk(b"IHDR", HEADER) + _chunk(b"IDAT", zlib.compress(pixels, level=9)) + _chunk(b"IEND", b"")
    assert smaller == SIGNATURE + expected
