"""All profiles there are: ours, and those of directories a person names. In: an id. Out: a `Profile`."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from agent.errors import Mistake
from agent.snmp.document import Document, read_document
from agent.snmp.errors import ProfileError
from agent.snmp.load import load_matches, load_profile
from agent.snmp.profile import Match, Profile

OURS: Final = Path(__file__).resolve().parent.parent / "profiles"
SUFFIXES: Final = (".yaml", ".yml")


class ProfileLibrary:
    """Profiles by id, which is the name of their file. A later directory's profile replaces an earlier one's.

    Raises:
        ProfileError: with every mistake in every file.
    """

    def __init__(self, directories: Iterable[Path] = ()) -> None:
        self._paths: dict[str, Path] = {}
        self._profiles: dict[str, Profile] = {}
        self._loading: list[str] = []
        for directory in (OURS, *directories):
            if not directory.is_dir():
                raise ProfileError([Mistake(file=str(directory), what="is no directory of profiles")])
            for path in sorted(directory.rglob("*")):
                if path.suffix in SUFFIXES:
                    self._paths[path.stem] = path
        self.matches: tuple[Match, ...] = self._all_matches()

    def _all_matches(self) -> tuple[Match, ...]:
        found: list[Match] = []
        mistakes: list[Mistake] = []
        for name, path in self._paths.items():
            try:
                document = read_document(path)
            except ProfileError as error:
                mistakes += error.mistakes
                continue
            found += load_matches(document, name)
            mistakes += document.mistakes
        if mistakes:
            raise ProfileError(mistakes)
        return tuple(found)

    @property
    def ids(self) -> list[str]:
        """The ids of all profiles, sorted."""
        return sorted(self._paths)

    def find(self, profile_id: str) -> Profile | None:
        """Return a profile, None where there is none of this id.

        Raises:
            ProfileError: with every mistake in it.
        """
        if profile_id not in self._profiles:
            path = self._paths.get(profile_id)
            if path is None or profile_id in self._loading:
                return None
            self._loading.append(profile_id)
            try:
                self._profiles[profile_id] = load_profile(self._document(path), profile_id, self.find)
            finally:
                self._loading.remove(profile_id)
        return self._profiles[profile_id]

    def _document(self, path: Path) -> Document:
        return read_document(path)

    def check(self) -> None:
        """Load every profile.

        Raises:
            ProfileError: with every mistake in every profile.
        """
        mistakes: dict[str, Mistake] = {}
        for name in self.ids:
            try:
                self.find(name)
            except ProfileError as error:
                mistakes |= {str(mistake): mistake for mistake in error.mistakes}
        if mistakes:
            raise ProfileError(mistakes.values())


@cache
def our_library() -> ProfileLibrary:
    """Return the profiles that come with the agent, read once a process."""
    return ProfileLibrary()
