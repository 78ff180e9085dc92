"""The shapes that texts in agent.toml have: a pattern for the reader and the schema, and words for whoever mistypes."""

import re
from typing import Final

from agent.setting import Shape
from wire.topics import ID_PATTERN

_ID: Final = ID_PATTERN.pattern
ID: Final = Shape(ID_PATTERN, "small letters, digits and . _ -, not . _ - first")
ROOM: Final = Shape(re.compile(rf"(?:{_ID}/)?{_ID}"), "a room's id, or site/room, in small letters, digits and . _ -")
DEVICE: Final = Shape(
    re.compile(rf"(?:{_ID}:){{0,2}}{_ID}"), "site:agent, site:agent:device or a device's id, in small letters"
)
# One colon is a port's, several are an IPv6 address's.
_NO_PORT: Final = r"(?![^:]*:\d*$)"
HOST: Final = Shape(re.compile(rf"{_NO_PORT}\S{{1,253}}"), "a host name or address, without blanks; port is a key")
TARGET: Final = Shape(
    re.compile(rf"{_NO_PORT}[^\s\[\]]{{1,200}}"), "a host name or address, without blanks and brackets; port is a key"
)
DISK: Final = Shape(re.compile(r"\S{1,253}"), "a disk as /dev/sda, without blanks")
TEXT: Final = Shape(re.compile(r"[^\[\]\x00-\x1f\x7f]{1,120}"), "1 to 120 characters without brackets")
NAME: Final = Shape(re.compile(r"[^\s\[\]:]{1,60}"), "1 to 60 characters without blanks, brackets and colons")
NUMBERED: Final = Shape(re.compile(r".+=-?\d+(?:\.\d+)?"), "a text and its number, as OK=0")
PATH: Final = Shape(re.compile(r".{1,300}"), "1 to 300 characters")
METRIC: Final = Shape(re.compile(r"[A-Za-z].{0,127}"), "at most 128 characters, a letter first")
OID: Final = Shape(re.compile(r"1(\.\d{1,10}){5,40}"), "an OID in numbers, as 1.3.6.1.4.1.32473")
PUBLIC_KEY: Final = Shape(re.compile(r"[A-Za-z0-9+/]{43}="), "an Ed25519 public key in base64 (44 characters)")
