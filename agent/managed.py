"""Which configuration does the agent run? In: agent.toml, and what the collector hands over. Out: a Config.

A version that is handed over is verified, checked with all its mistakes, and tried: the agent starts anew with it, and
keeps it when the collector has stored something that was read under it. Until then it is on trial, and what ran before
is kept beside it on disk, so that the agent goes back also when it was killed in between. A start in the middle of a
trial begins it again, at most `MOST_STARTS` times.

The file itself is never written: a service may not. A person who changes it has the last word, and what was handed
over before that is forgotten.
"""

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from agent.config import Config, load_config, parse_config, read_config
from agent.errors import AgentError, ConfigError, Mistake
from agent.private_file import write_file
from agent.sealed import Handed, open_sealed
from agent.signature import SealError, Verify, verify
from wire.digest import digest

log = logging.getLogger("agent.managed")

FILE: Final = "configuration.json"
MOST_STARTS: Final = 3
APPLIED, TRIAL, REJECTED, ROLLED_BACK, LOCAL = "applied", "trial", "rejected", "rolled_back", "local"
# What a birth carries of mistakes.
_LONGEST_ERROR: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is on disk. `own` is the digest of the file that all of it belongs to; texts are those of versions."""

    own: str
    version: int = 0  # what runs; 0: the file itself
    text: str = ""
    trial: int = 0  # what is tried; 0: nothing
    trial_text: str = ""
    starts: int = 0  # how often the trial has begun
    state: str = ""
    tried: int = 0
    error: str = ""
    agent: str = ""  # whose all of it is
    overruled: int = 0  # up to which version a person, who changed the file after it, has spoken


class Managed:
    """The configuration of one agent over all its versions."""

    def __init__(self, file: Path, *, verify: Verify = verify) -> None:
        """Read agent.toml and what was handed over since it was written; `verify` looks at signatures.

        Raises:
            ConfigError: the file has mistakes.
        """
        self._path = file
        self._verify = verify
        self.own = load_config(file)
        self._own_text = read_config(file)
        self._file = self.own.data_dir / FILE
        self._kept = _read(self._file, digest(self._own_text), f"{self.own.agent.site}:{self.own.agent.id}")
        self._text = self._own_text  # what runs

    # ------------------------------------------------------------ looking

    @property
    def version(self) -> int:
        """The version that runs; 0 for the file itself."""
        return self._kept.trial or self._kept.version

    @property
    def is_trial(self) -> bool:
        """Whether what runs has still to prove itself."""
        return bool(self._kept.trial)

    @property
    def said(self) -> dict[str, str]:
        """Return what a birth says of it."""
        kept = self._kept
        # What a person overruled is answered by that, else it were handed over at each birth.
        overruled = kept.overruled if not kept.version else 0
        tried = kept.tried or overruled
        return {
            "config_digest": digest(self._text),
            "config_state": TRIAL if kept.trial else kept.state or (LOCAL if overruled else ""),
            "config_tried": str(tried) if tried else "",
            "config_error": kept.error,
        }

    def look(self) -> Config:
        """Return what would run now, and change nothing.

        Raises:
            ConfigError: something that it names has gone.
        """
        text = self._kept.trial_text if self._kept.trial else self._kept.text
        return parse_config(text, self._path) if text else self.own

    # ------------------------------------------------------------ the life of a version

    def begin(self) -> Config:
        """Return what to run from now on."""
        kept = self._kept
        if kept.trial and kept.starts >= MOST_STARTS:
            self.roll_back(f"the agent ended {kept.starts} times before the collector heard of it")
        elif kept.trial:
            self._keep(replace(kept, starts=kept.starts + 1))
            try:
                return self._run(kept.trial_text)
            except ConfigError as error:  # what it names has changed since it was handed over
                self.roll_back(str(error))
        if self._kept.version:
            try:
                return self._run(self._kept.text)
            except ConfigError as error:
                log.error("version %d cannot be run any more, %s is: %s", self._kept.version, self._path, error)
                told = replace(self._bare(), state=ROLLED_BACK, tried=self._kept.version, error=str(error))
                self._keep(told)
        self._text = self._own_text
        return self.own

    def take(self, sealed: bytes) -> bool:
        """Look at what was handed over; return whether the agent is to begin anew with it."""
        own = self.own
        try:
            agent = f"{own.agent.site}:{own.agent.id}"
            handed = open_sealed(sealed, key=own.manage.key, agent=agent, verify=self._verify)
        except SealError as error:
            log.error("%s", error)
            return False
        kept = self._kept
        if handed.version <= kept.overruled:
            return False  # the collector hands its newest over at each birth
        if handed.version in (kept.tried, kept.trial) or (handed.version, handed.text) == (kept.version, kept.text):
            return False  # it was handed over once more
        try:
            self._check(handed)
        except AgentError as error:
            log.error("version %d of the configuration is refused: %s", handed.version, error)
            self._keep(replace(kept, state=REJECTED, tried=handed.version, error=str(error)[:_LONGEST_ERROR]))
            return False
        log.info("version %d of the configuration is tried", handed.version)
        tried = replace(kept, trial=handed.version, trial_text=handed.text, starts=0, tried=0, error="")
        if self._keep(tried):
            return True
        why = f"{self._file} cannot be written, so it could not be gone back on; free or repair the disk"
        self._kept = replace(kept, state=REJECTED, tried=handed.version, error=why)
        return False

    def confirm(self) -> None:
        """Keep what is on trial: the collector has heard of it."""
        kept = self._kept
        log.info("version %d of the configuration works", kept.trial)
        applied = replace(self._bare(), version=kept.trial, text=kept.trial_text, state=APPLIED)
        self._keep(applied)

    def roll_back(self, why: str) -> None:
        """End a trial without success; the next `begin` gives what ran before it."""
        kept = self._kept
        log.error("version %d of the configuration is given up: %s", kept.trial, why)
        back = replace(self._bare(), version=kept.version, text=kept.text, state=ROLLED_BACK, tried=kept.trial)
        self._keep(replace(back, error=why[:_LONGEST_ERROR]))

    # ------------------------------------------------------------ inside

    def _bare(self) -> _Kept:
        """Return that nothing was handed over, or all of it is over."""
        return _Kept(own=self._kept.own, agent=self._kept.agent, overruled=self._kept.overruled)

    def _run(self, text: str) -> Config:
        config, self._text = parse_config(text, self._path), text
        return config

    def _check(self, handed: Handed) -> None:
        """Refuse what is old, has mistakes, or would make us another agent or one out of the collector's hands.

        Raises:
            SealError: it is older than what runs.
            ConfigError: with every mistake.
        """
        if handed.version <= self._kept.version:
            raise SealError(f"version {self._kept.version} runs, which is newer")
        made, own = parse_config(handed.text, self._path), self.own
        fixed = {
            "agent.site": (own.agent.site, made.agent.site),
            "agent.id": (own.agent.id, made.agent.id),
            "agent.data_dir": (own.data_dir, made.data_dir),
            "manage.key": (own.manage.key, made.manage.key),
            "broker": (own.has_broker, made.has_broker),
        }
        mistakes = [
            Mistake(file=str(self._path), where=where, what=f"must stay {str(is_now)!r}, not {str(asked)!r}")
            for where, (is_now, asked) in fixed.items()
            if is_now != asked
        ]
        if mistakes:
            raise ConfigError(mistakes)

    def _keep(self, kept: _Kept) -> bool:
        self._kept = kept
        try:
            write_file(self._file, json.dumps(asdict(kept), ensure_ascii=False).encode(), is_secret=True)
        except OSError as error:
            log.error("%s cannot be written: %s", self._file, error)
            return False
        return True


def _read(file: Path, own: str, agent: str) -> _Kept:
    """Return what is kept for the file of this digest; a damaged one is forgotten, and the file itself runs."""
    fresh = _Kept(own=own, agent=agent)
    try:
        kept = _Kept(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return fresh
    except (OSError, ValueError, TypeError) as error:
        log.error("%s cannot be read, and what was handed over is forgotten: %s", file, error)
        return fresh
    if kept.own == own:
        return replace(kept, agent=agent)
    if kept.agent not in ("", agent):  # enrolled as another, whose versions are counted anew
        return fresh
    return replace(fresh, overruled=max(kept.overruled, kept.version, kept.trial, kept.tried))
