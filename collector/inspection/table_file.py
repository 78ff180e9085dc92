"""One CSV file of a pack: UTF-8 with a byte order mark, which spreadsheets need to read Chinese.

No cell can be taken for a formula: a text that begins like one is preceded by an apostrophe (OWASP, "CSV Injection").
"""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collector.inspection.column import Cell, Kind, Row, Sheet, figure

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_KEPT_WHITE: Final = str.maketrans({"\r": " ", "\n": " ", "\0": ""})


class TableFile:
    """Writes one sheet's rows to `directory/NAME.csv`, headed by the columns' keys."""

    def __init__(self, directory: Path, sheet: Sheet) -> None:
        self.path = directory / f"{sheet.name}.csv"
        self.rows = 0
        self._kinds = tuple(column.kind for column in sheet.columns)
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow([column.key for column in sheet.columns])

    def write(self, row: Row) -> None:
        """Add a row, a cell a column."""
        self._writer.writerow([_text(cell, kind) for cell, kind in zip(row, self._kinds, strict=True)])
        self.rows += 1

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _text(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if kind is Kind.COUNT:
        return str(int(cell))
    return repr(figure(cell))


def harmless(text: str) -> str:
    """Return a text on one line that no spreadsheet takes for a formula."""
    guarded = f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
    return guarded.translate(_KEPT_WHITE)
