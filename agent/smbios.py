"""What the firmware says of the computer. In: the raw SMBIOS table. Out: UUID and serial numbers.

Source: DMTF DSP0134, System Management BIOS 3.7: structures of type 1 (system) and 2 (baseboard).
"""

import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_LINUX: Final = Path("/sys/firmware/dmi/tables/DMI")
_SYSTEM, _BOARD = 1, 2
_RAW_SMBIOS: Final = 0x52534D42  # "RSMB"
_WINDOWS_HEADER: Final = 8
_MOST_BYTES: Final = 1 << 20


def smbios_table() -> bytes:
    """Return the raw table, empty where it cannot be read (on Linux only root can)."""
    if sys.platform == "win32":
        return _windows_table()
    try:
        with _LINUX.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""


def numbers_in(table: bytes) -> Mapping[str, str]:
    """Return `uuid`, `serial` and `board`, each where the table has it; a table that is cut short gives what it has."""
    found: dict[str, str] = {}
    for kind, data, strings in _structures(table):
        if kind == _SYSTEM and len(data) >= 0x19:
            raw = data[0x08:0x18]
            if raw not in (b"\0" * 16, b"\xff" * 16):
                found["uuid"] = _uuid(raw)
            found["serial"] = _string(strings, data[0x07])
        elif kind == _BOARD and len(data) >= 0x08:
            found.setdefault("board", _string(strings, data[0x07]))
    return {name: text for name, text in found.items() if text}


def _structures(table: bytes) -> Iterator[tuple[int, bytes, list[bytes]]]:
    at = 0
    while at + 4 <= len(table):
        kind, length = table[at], table[at + 1]
        end = table.find(b"\0\0", at + length)
        if length < 4 or end < 0:
            return
        yield kind, table[at : at + length], table[at + length : end].split(b"\0")
        at = end + 2


def _string(strings: list[bytes], number: int) -> str:
    """Return the text that a structure refers to by its number, counted from 1."""
    if not 0 < number <= len(strings):
        return ""
    return strings[number - 1].decode("ascii", "replace").strip()


def _windows_table() -> bytes:
    """Return what `GetSystemFirmwareTable` gives, which needs no rights."""
    import ctypes  # only Windows asks

    ask = ctypes.WinDLL("kernel32").GetSystemFirmwareTable  # type: ignore[attr-defined,unused-ignore]
    size = ask(_RAW_SMBIOS, 0, None, 0)
    if not 0 < size <= _MOST_BYTES:
        return b""
    buffer = ctypes.create_string_buffer(size)
    ask(_RAW_SMBIOS, 0, buffer, size)
    return windows_payload(buffer.raw)


def windows_payload(answer: bytes) -> bytes:
    """Return the table in Windows' `RawSMBIOSData`: four bytes of versions, the length, then the table."""
    if len(answer) < _WINDOWS_HEADER:
        return b""
    (length,) = struct.unpack_from("<I", answer, 4)
    return answer[_WINDOWS_HEADER : _WINDOWS_HEADER + length]


def _uuid(raw: bytes) -> str:
    """Return a UUID as it is printed; its first three fields are little-endian (DSP0134, 7.2.1)."""
    fields = (raw[3::-1], raw[5:3:-1], raw[7:5:-1], raw[8:10], raw[10:])
    return "-".join(field.hex() for field in fields)
