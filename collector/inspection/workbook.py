"""The workbook of a pack: every sheet with its headings in one or two languages, written row by row.

XlsxWriter keeps one row of each sheet in memory and the rest in files beside the pack until it is closed. Times are the
site's local ones; texts are always texts, never formulas or links.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from collector.core.inspection import Period
from collector.inspection.column import Column, Headings, Kind, Row, Sheet, figure

_LAST_ROW: Final = 1_048_575  # of a sheet, counted from 0
_LONGEST: Final = 32_767  # characters of a cell
_NUMBER_FORMATS: Final = {
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "General",
    Kind.SHARE: "0.00%",
    Kind.SECONDS: "#,##0",
    Kind.INSTANT: "yyyy-mm-dd hh:mm:ss",
}


class Workbook:
    """Writes `path`. Sheets stand in the order of `sheets`; rows may come to them in any order."""

    def __init__(self, path: Path, sheets: tuple[Sheet, ...], *, period: Period, language: Headings) -> None:
        self.path = path
        self._zone = period.zone
        self._language = language
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        # A pack of the same data is the same file, whenever it is made.
        self._book.set_properties({"title": "Roomtone", "created": period.end.replace(tzinfo=None)})
        self._head = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._formats = {kind: self._book.add_format({"num_format": n}) for kind, n in _NUMBER_FORMATS.items()}
        self._pages = {sheet.name: _Page(self._book.add_worksheet(sheet.title(language))) for sheet in sheets}
        self._sheets = {sheet.name: sheet for sheet in sheets}
        for sheet in sheets:
            self._head_of(sheet)

    def write(self, sheet: Sheet, row: Row) -> None:
        """Add a row to a sheet; what does not fit on it goes on a further sheet."""
        page = self._pages[sheet.name]
        if page.next_row > _LAST_ROW:
            page.worksheet = self._book.add_worksheet(f"{sheet.title(self._language)} {page.number + 1}")
            page.number += 1
            self._head_of(sheet)
        for number, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            if cell is not None:
                self._write_cell(page.worksheet, page.next_row, number, cell, column)
        page.next_row += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _head_of(self, sheet: Sheet) -> None:
        page = self._pages[sheet.name]
        for number, column in enumerate(sheet.columns):
            page.worksheet.set_column(number, number, column.width)
        for row, language in enumerate(self._language.shown):
            for number, column in enumerate(sheet.columns):
                page.worksheet.write_string(row, number, column.word(language), self._head)
        page.next_row = len(self._language.shown)
        page.worksheet.freeze_panes(page.next_row, 0)

    def _write_cell(self, to: Worksheet, row: int, number: int, cell: object, column: Column) -> None:
        shape: Format | None = self._formats.get(column.kind)
        if isinstance(cell, str):
            to.write_string(row, number, cell[:_LONGEST])
        elif isinstance(cell, datetime):
            to.write_datetime(row, number, cell.astimezone(self._zone).replace(tzinfo=None, microsecond=0), shape)
        elif isinstance(cell, (int, float)):
            to.write_number(row, number, figure(cell) or 0, shape)


class _Page:
    """Where the next row of a sheet goes."""

    def __init__(self, worksheet: Worksheet) -> None:
        self.worksheet = worksheet
        self.number = 1
        self.next_row = 0
