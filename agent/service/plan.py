"""What installing is made of. In: files to write or remove, commands to run. Out: done, or only printed."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import AgentError

Say = Callable[[str], None]


class InstallError(AgentError):
    """The service could not be installed or removed; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write, for everybody to read."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"--- {self.path}\n{self.text}"

    def do(self) -> None:
        """Write it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text, encoding="utf-8")
        self.path.chmod(0o644)


@dataclass(frozen=True, slots=True)
class Remove:
    """A file to remove, where it is there."""

    path: Path

    def __str__(self) -> str:
        return f"remove   {self.path}"

    def do(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """A folder to remove with all that is in it, where it is there."""

    path: Path

    def __str__(self) -> str:
        return f"remove   {self.path} and what is in it"

    def do(self) -> None:
        """Remove it."""
        if self.path.exists():
            shutil.rmtree(self.path)


@dataclass(frozen=True, slots=True)
class Run:
    """A command to run. `may_fail`: what it would undo may not be there."""

    words: Sequence[str]
    may_fail: bool = False

    def __str__(self) -> str:
        return f"run      {' '.join(self.words)}"

    def do(self) -> None:
        """Run it."""
        done = subprocess.run(self.words, capture_output=True, text=True, check=False)
        if done.returncode and not self.may_fail:
            said = (done.stderr or done.stdout).strip() or f"status {done.returncode}"
            raise InstallError(f"`{' '.join(self.words)}` failed: {said}")


Step = Write | Remove | RemoveFolder | Run


def carry_out(steps: Sequence[Step], say: Say, *, dry_run: bool) -> None:
    """Do the steps in order, or only say them.

    Raises:
        InstallError: one of them failed; those before it stay done, and all may be done again.
    """
    for step in steps:
        say(str(step) if dry_run or not isinstance(step, Write) else f"write    {step.path}")
        if dry_run:
            continue
        try:
            step.do()
        except PermissionError as error:
            raise InstallError(f"{error.filename} may not be changed by this user; run this as root") from error
        except OSError as error:
            raise InstallError(f"{error.filename}: {error.strerror}") from error
