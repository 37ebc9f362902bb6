"""What goes through the pipes of a decoder: a small JSON object and bytes, both with lengths."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct(">II")
MOST_HEADER = 4096  # bytes


class FrameError(Exception):
    """What came is no frame: the other side is gone, or is not who it was."""


def send(stream: IO[bytes], header: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame.

    Raises:
        OSError: nobody reads any more.
    """
    head = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(head), len(body)))
    stream.write(head)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], most: int) -> tuple[dict[str, Any], bytes]:
    """Read one frame whose body has at most that many bytes.

    Raises:
        FrameError: the stream has ended, or it is larger or another thing.
    """
    size, length = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if size > MOST_HEADER or length > most:
        raise FrameError(f"{size} and {length} bytes are announced")
    try:
        header = json.loads(_exactly(stream, size))
    except ValueError as error:
        raise FrameError("no JSON") from error
    if not isinstance(header, dict):
        raise FrameError("no object")
    return header, _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise FrameError("the stream has ended")
    return found
