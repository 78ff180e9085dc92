"""Where things stand in a TOML file. In: its text, which `tomllib` has accepted. Out: line and column of each key."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, from 1; 0 and 0 say that it is not known."""

    line: int = 0
    column: int = 0


class Places:
    """The places of keys and tables; the path of the first `host` below `[[snmp]]` is `("snmp", 0, "host")`."""

    def __init__(self, text: str) -> None:
        self._places = dict(_Scanner(text).scan())

    def at(self, path: Path) -> Place:
        """Return where `path` is, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            found = self._places.get(path[:length])
            if found is not None:
                return found
        return Place(1, 1) if path else Place()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._i = 0
        self._line_starts = [0, *(i + 1 for i, c in enumerate(self._text) if c == "\n")]
        self._line = 0

    def scan(self) -> Iterator[tuple[Path, Place]]:
        arrays: Counter[Path] = Counter()
        table: Path = ()
        while self._skip_blank():
            place = self._place()
            if self._text.startswith("[", self._i):
                is_array = self._text.startswith("[[", self._i)
                self._i += 2 if is_array else 1
                keys = self._keys("]")
                self._i += 2 if is_array else 1
                table = self._resolve(keys, arrays, is_array)
                yield table, place
                if is_array:
                    yield table[:-1], place
            else:
                keys = self._keys("=")
                self._i += 1
                self._skip_value()
                for length in range(1, len(keys) + 1):
                    yield (*table, *keys[:length]), place

    def _resolve(self, keys: list[str], arrays: "Counter[Path]", is_array: bool) -> Path:
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if number == len(keys) - 1 and is_array:
                arrays[path] += 1
            if arrays[path]:
                path = (*path, arrays[path] - 1)
        return path

    def _place(self) -> Place:
        while self._line + 1 < len(self._line_starts) and self._line_starts[self._line + 1] <= self._i:
            self._line += 1
        return Place(self._line + 1, self._i - self._line_starts[self._line] + 1)

    def _skip_blank(self) -> bool:
        while self._i < len(self._text):
            if self._text[self._i] == "#":
                self._skip_comment()
            elif self._text[self._i] in " \t\n":
                self._i += 1
            else:
                return True
        return False

    def _skip_comment(self) -> None:
        end = self._text.find("\n", self._i)
        self._i = len(self._text) if end < 0 else end

    def _keys(self, until: str) -> list[str]:
        keys: list[str] = []
        while self._i < len(self._text) and self._text[self._i] != until:
            if self._text[self._i] in " \t.":
                self._i += 1
            elif self._text[self._i] in "\"'":
                start = self._i
                self._skip_string()
                keys.append(self._text[start + 1 : self._i - 1])
            else:
                start = self._i
                while self._i < len(self._text) and self._text[self._i] not in " \t." + until:
                    self._i += 1
                keys.append(self._text[start : self._i])
        return keys

    def _skip_string(self) -> None:
        quote = self._text[self._i]
        mark = quote * 3 if self._text.startswith(quote * 3, self._i) else quote
        self._i += len(mark)
        while self._i < len(self._text) and not self._text.startswith(mark, self._i):
            self._i += 2 if quote == '"' and self._text[self._i] == "\\" else 1
        self._i += len(mark)
        # A multi-line string may end in up to two quotes of its own.
        while len(mark) == 3 and self._text.startswith(quote, self._i):
            self._i += 1

    def _skip_value(self) -> None:
        depth = 0
        while self._i < len(self._text):
            c = self._text[self._i]
            if c in "\"'":
                self._skip_string()
                continue
            if c == "#":
                self._skip_comment()
                continue
            depth += (c in "[{") - (c in "]}")
            if c == "\n" and depth <= 0:
                return
            self._i += 1
