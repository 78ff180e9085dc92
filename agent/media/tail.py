"""The newest part of a file that is still being written. In: the file. Out: something that ffmpeg can open.

ffmpeg cannot seek in a recording that has no end yet, so it gets a view of the file with its middle left out: the head,
where the tracks are described, and the last bytes. In Matroska and fragmented MP4 a void element stands for the middle,
so that every offset in the file still holds. Nothing but the head is copied.

Sources: RFC 8794 and RFC 9559 (EBML, Matroska), ISO/IEC 14496-12 (MP4 boxes), ISO/IEC 13818-1 (transport stream),
Adobe Flash Video File Format Specification 10.1.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from agent.errors import ProbeError
from agent.media.command import Input

_MOST_HEAD: Final = 4 << 20
# A cluster or fragment is looked for in this much; it holds some seconds of a recording.
_SEARCH: Final = 16 << 20
_SMALL: Final = 1 << 20
_PIECE: Final = 256 << 10
_OVERLAP: Final = 16
_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_SEEK_ID: Final = b"\x53\xab\x84"
# Sound, picture or script data; length, time stamp, and a stream number that is always 0.
_TAG: Final = re.compile(rb"[\x08\x09\x12](?=(.{3}).{4}\x00\x00\x00)", re.DOTALL)
_SEARCH_TAG: Final = 4 << 20
_EBML: Final = b"\x1a\x45\xdf\xa3"
_PROTOCOLS: Final = ("-protocol_whitelist", "file,subfile,concat")


class UnreadableError(ProbeError):
    """A file of this kind cannot be looked into while it is being written."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Keep `head` bytes, put `filler` behind them, go on at `resume`; `begin` is where the newest part begins."""

    head: int
    filler: bytes
    resume: int
    begin: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The newest part of a file, `size` bytes of it."""

    given: Input
    size: int


def tail_of(file: Path, wanted: int, scratch: Path) -> Tail:
    """Return about the last `wanted` bytes of a recording; `scratch` is a small file that is written for it.

    Raises:
        UnreadableError: nobody can read such a file before it is finished.
        OSError: it cannot be read now.
    """
    if "|" in str(file):
        raise UnreadableError(f"{file}: a name with a | in it cannot be handed to ffmpeg")
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        start = max(0, size - wanted)
        stream.seek(0)
        magic = stream.read(4 * 188)
        cut = _cut(stream, magic, start, size, file)
        if cut is None:
            return Tail(given=Input(url=f"file:{file}", options=_PROTOCOLS), size=size)
        stream.seek(0)
        head = stream.read(cut.head) + cut.filler
    rest = f"subfile,,start,{cut.resume},end,0,,:{file}"
    if not head:
        return Tail(given=Input(url=rest, options=_PROTOCOLS), size=size - cut.begin)
    scratch.write_bytes(head)
    return Tail(given=Input(url=f"concat:{scratch}|{rest}", options=_PROTOCOLS), size=size - cut.begin)


def _cut(stream: IO[bytes], magic: bytes, start: int, size: int, file: Path) -> _Cut | None:
    if magic.startswith(_EBML):
        return _matroska(stream, start, size)
    if magic[4:8] in (b"ftyp", b"styp", b"moov", b"wide"):
        return _mp4(stream, start, size, file)
    for packet, offset in ((188, 0), (192, 4)):
        if len(magic) > 2 * packet + offset and all(magic[offset + n * packet] == 0x47 for n in range(3)):
            return _Cut(0, b"", start - start % packet, start) if start else None
    if magic.startswith(b"FLV"):
        head = _flash_head(stream, size)
        begin = _flash_tag(stream, start) if start > head else None
        return _Cut(head, b"", begin, begin) if begin is not None else None
    if magic.startswith(b"RIFF") and magic[8:12] == b"WAVE":
        data = magic.find(b"data") + 8
        if data < 8 or start <= data:
            return None
        return _Cut(data, b"", data + (start - data) // 4096 * 4096, start)
    if magic.startswith(b"ID3") or (len(magic) > 1 and magic[0] == 0xFF and magic[1] & 0xE0 == 0xE0):
        return _Cut(0, b"", start, start) if start else None
    if size <= _SMALL:
        return None
    raise UnreadableError(
        f"{file.name}: a file of this kind cannot be read while it is written, so picture and sound are not looked at;"
        " record to MKV, MPEG-TS or fragmented MP4"
    )


def _matroska(stream: IO[bytes], start: int, size: int) -> _Cut | None:
    firsts = (
        at
        for at, piece, found in _scan(stream, _CLUSTER, 0, min(size, _MOST_HEAD))
        if piece[max(0, found - 3) : found] != _SEEK_ID
    )
    first = next(firsts, None)
    if first is None or start <= first + 9:
        return None
    begin = _find(stream, _CLUSTER, start, size, after=first + 9)
    if begin is None:
        return None
    # A Void element (0xEC) with its size in seven bytes.
    filler = b"\xec\x01" + (begin - first - 9).to_bytes(7, "big")
    return _Cut(first, filler, first + 9, begin)


def _mp4(stream: IO[bytes], start: int, size: int, file: Path) -> _Cut | None:
    first = _first_fragment(stream, size, file)
    if first is None or start <= first + 16:
        return None
    begin = _find(stream, b"mfhd", start, size, after=first + 16, before=12, box=b"moof")
    if begin is None:
        return None
    # A free box with its size in eight bytes.
    return _Cut(first, b"\0\0\0\1free" + struct.pack(">Q", begin - first), first + 16, begin)


def _first_fragment(stream: IO[bytes], size: int, file: Path) -> int | None:
    """Return where the first `moof` is, None in a finished file that has none."""
    at, has_tracks = 0, False
    for _ in range(100):
        stream.seek(at)
        header = stream.read(16)
        if len(header) < 8:
            break
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            length = struct.unpack(">Q", header[8:])[0]
        if kind == b"moof" and has_tracks and at <= _MOST_HEAD:
            return at
        has_tracks = has_tracks or kind == b"moov"
        if kind == b"mdat" and has_tracks:
            return None
        if length < 8 or at + length > size:
            break
        at += length
    if has_tracks:
        return None
    raise UnreadableError(
        f"{file.name}: an MP4 that is written in one piece can be read only when it is finished, so picture and sound"
        " are not looked at; record to MKV, MPEG-TS or fragmented MP4"
    )


def _find(
    stream: IO[bytes], mark: bytes, start: int, size: int, *, after: int, before: int = 0, box: bytes = b""
) -> int | None:
    """Return where the first element from `start` on begins, else one not far before it."""
    for back in (0, 1 << 20, 4 << 20, 16 << 20):
        begin = max(after, start - back)
        for at, chunk, found in _scan(stream, mark, begin, min(size, start + (0 if back else _SEARCH))):
            if at - before >= after and (not box or chunk[max(0, found - 8) : found - 4] == box):
                return at - before
        if begin == after:
            break
    return None


def _scan(stream: IO[bytes], mark: bytes, begin: int, end: int) -> Iterator[tuple[int, bytes, int]]:
    """Yield where `mark` is: in the file, and in a piece of it that has what stands before."""
    at, piece = begin, b""
    while at < end:
        stream.seek(at)
        fresh = stream.read(min(_PIECE, end - at))
        if not fresh:
            return
        piece = piece[-_OVERLAP:] + fresh
        # What was seen whole in the last piece is not seen again.
        found = piece.find(mark, max(0, len(piece) - len(fresh) - len(mark) + 1))
        while found >= 0:
            yield at - (len(piece) - len(fresh)) + found, piece, found
            found = piece.find(mark, found + 1)
        at += len(fresh)


def _flash_head(stream: IO[bytes], size: int) -> int:
    """Return where the tags that describe the tracks end: the header, script data, and sequence headers."""
    at = 13
    for _ in range(10):
        stream.seek(at)
        tag = stream.read(13)
        if len(tag) < 13:
            break
        kind, length = tag[0] & 0x1F, int.from_bytes(tag[1:4], "big")
        is_header = kind == 18 or (kind == 9 and tag[12] == 0) or (kind == 8 and tag[11] >> 4 == 10 and tag[12] == 0)
        if not is_header or at + 11 + length + 4 > min(size, _MOST_HEAD):
            break
        at += 11 + length + 4
    return at


def _flash_tag(stream: IO[bytes], start: int) -> int | None:
    """Return where the first tag from `start` on begins: its length must be repeated behind it."""
    stream.seek(start)
    piece = stream.read(_SEARCH_TAG)
    for found in _TAG.finditer(piece):
        length = int.from_bytes(found[1], "big")
        end = found.start() + 11 + length
        if int.from_bytes(piece[end : end + 4], "big") == 11 + length:
            return start + found.start()
    return None
