"""The files that an agent needs to read. In: an agent.toml. Out: it, and those beside it that it names."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path


def files_of(config: Path) -> Sequence[Path]:
    """Return an agent.toml and the files beside it that it names: passwords, keys, authorities, communities.

    What lies elsewhere is somebody else's, and stays as it is.
    """
    return [file for file in named_by(config) if file.parent == config.parent]


def named_by(config: Path) -> Sequence[Path]:
    """Return an agent.toml and all files that it names, wherever they are."""
    try:
        said = tomllib.loads(config.read_text("utf-8"))
    except (OSError, ValueError):  # it is not there yet, or has mistakes
        return [config]
    return list(dict.fromkeys([config, *(config.parent / name for name in _named_in(said))]))


def _named_in(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        for key, value in said.items():
            if key.endswith("_file") and isinstance(value, str):
                yield value
            yield from _named_in(value)
    elif isinstance(said, list):
        for one in said:
            yield from _named_in(one)
