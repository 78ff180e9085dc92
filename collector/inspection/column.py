"""A column of a sheet: its key, its words, and how a value of it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Cell = str | int | float | datetime | None
Row = Sequence[Cell]


class Kind(StrEnum):
    """What the values of a column are; None is allowed in each."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"  # 0..1
    SECONDS = "seconds"
    INSTANT = "instant"  # aware


class Headings(StrEnum):
    """The language of headings and notes."""

    ZH_CN = "zh-CN"
    EN = "en"
    BOTH = "both"

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the languages that are shown, in their order."""
        return ("zh-CN", "en") if self is Headings.BOTH else (self.value,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` heads the column in CSV; `words` and `notes` are by language, a note says what the values mean."""

    key: str
    kind: Kind
    words: tuple[str, str]  # zh-CN, en
    notes: tuple[str, str] = ("", "")
    width: int = 14

    def word(self, language: str) -> str:
        """Return the heading in one language."""
        return self.words[0 if language == "zh-CN" else 1]

    def note(self, language: str) -> str:
        """Return the note in one language."""
        return self.notes[0 if language == "zh-CN" else 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a pack: a sheet of the workbook and a CSV file of the same rows."""

    name: str  # of the CSV file
    words: tuple[str, str]  # of the workbook's sheet
    columns: tuple[Column, ...]

    def title(self, language: Headings) -> str:
        """Return the name of the workbook's sheet."""
        return self.words[0] if language is Headings.ZH_CN else self.words[1]


def figure(value: float | None) -> float | None:
    """Return a figure with nine significant digits, more than any sensor has and fewer than adding up may disturb."""
    return None if value is None else float(f"{value:.9g}") + 0.0
