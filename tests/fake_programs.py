"""Programs that print what a test says, for hardware that is not here: real children of the agent, found on PATH."""

import os
import stat
import sys
from pathlib import Path

import pytest


class Programs:
    """A folder that is all the agent can find programs in."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setattr("agent.probes.program._BESIDE_PATH", ())

    def script(self, name: str, python: str) -> Path:
        """Put a program there; `python` is what it does, with `args` its arguments."""
        file = self.folder / name
        file.write_text(f"#!{sys.executable} -S\nimport sys, time, os\nargs = sys.argv[1:]\n{python}\n", "utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    def prints(self, name: str, text: str, *, status: int = 0, error: str = "") -> Path:
        """Put a program there that prints a text and ends."""
        said = self.folder / f"{name}.said"
        said.write_text(text, "utf-8")
        python = f"sys.stdout.write(open({str(said)!r}, encoding='utf-8').read())\n"
        return self.script(name, f"{python}sys.stderr.write({error!r})\nsys.exit({status})")

    def asked(self, name: str) -> list[list[str]]:
        """Return the arguments of each run of a program that `records`."""
        file = self.folder / f"{name}.asked"
        return [line.split("\0") for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def records(self, name: str, python: str) -> Path:
        """Put a program there whose arguments are kept."""
        keep = self.folder / f"{name}.asked"
        return self.script(
            name, f"open({str(keep)!r}, 'a', encoding='utf-8').write('\\0'.join(args) + '\\n')\n{python}"
        )


def can_run_scripts() -> bool:
    """Tell whether scripts can be programs here."""
    return os.name == "posix"
