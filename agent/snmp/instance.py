"""Names of instances: `{ifName|ifDescr}`, `fan:{descr|index}`. In: a row. Out: the text that names its reading."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

MAXIMUM_LENGTH: Final = 120
LONGEST_TEXT: Final = 4096
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def text_of(value: Any) -> str:
    """Return a value as people read it: UTF-8, else the Chinese GB18030, else hexadecimal; blanks tidied."""
    if isinstance(value, (str, bytes)):
        # Thousands of them are kept: none may be as long as a datagram.
        return _tidied(value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT])
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


@lru_cache(8192)
def _tidied(value: str | bytes) -> str:
    # Names and states are the same at each poll.
    text = _decode(value) if isinstance(value, bytes) else value
    return _BLANKS.sub(" ", text).strip()


def _decode(octets: bytes) -> str:
    octets = octets.rstrip(b"\0")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(sign.isprintable() or sign.isspace() or sign == "\0" for sign in text):
            return text.replace("\0", " ")
    return octets.hex(":")


class Template:
    """A name with fields in braces; of `a|b` the first that is not empty counts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str | tuple[str, ...]] = []
        at = 0
        for found in _FIELD.finditer(text):
            if found.start() > at:
                self._parts.append(text[at : found.start()])
            self._parts.append(tuple(name.strip() for name in found[1].split("|")))
            at = found.end()
        if at < len(text):
            self._parts.append(text[at:])

    @property
    def names(self) -> frozenset[str]:
        """The columns it names."""
        return frozenset(name for part in self._parts if isinstance(part, tuple) for name in part)

    def fill(self, row: Mapping[str, Any]) -> str:
        """Return the name of a row."""
        out = []
        for part in self._parts:
            if isinstance(part, str):
                out.append(part)
            else:
                out.append(next((text for name in part if (text := text_of(row.get(name)))), ""))
        return " ".join("".join(out).split())[:MAXIMUM_LENGTH]
