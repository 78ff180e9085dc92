"""All profiles there are: ours, and those of directories a person names. In: an id. Out: a `Profile`.

A directory may hold profiles in our format, or those of Kentik or Datadog as they are. A profile of our format
replaces one of the same id; a foreign one is called `DIRECTORY/NAME` and read beside ours.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from agent.errors import Mistake
from agent.snmp.document import Document, read_document
from agent.snmp.errors import ProfileError
from agent.snmp.foreign import from_foreign, is_foreign
from agent.snmp.load import load_matches, load_profile
from agent.snmp.profile import Match, Profile

OURS: Final = Path(__file__).resolve().parent.parent / "profiles"
SUFFIXES: Final = (".yaml", ".yml")


class ProfileLibrary:
    """Profiles by id.

    Raises:
        ProfileError: with every mistake in every file.
    """

    def __init__(self, directories: Iterable[Path] = ()) -> None:
        self._documents: dict[str, tuple[Path, Path]] = {}
        self._profiles: dict[str, Profile] = {}
        self._loading: list[str] = []
        # Foreign files that are no profiles: trap lists, templates with mistakes.
        self.skipped: list[Mistake] = []
        matches: list[Match] = []
        foreign: list[Match] = []
        mistakes: list[Mistake] = []
        for directory in (OURS, *directories):
            if not directory.is_dir():
                raise ProfileError([Mistake(file=str(directory), what="is no directory of profiles")])
            for path in sorted(directory.rglob("*")):
                if path.suffix in SUFFIXES:
                    self._add(directory, path, matches, foreign, mistakes)
        if mistakes:
            self.check()  # says these, and all others
            raise ProfileError(mistakes)
        self.matches = tuple(matches)
        self.foreign_matches = tuple(match for match in foreign if match.profile in self._documents)
        self._check([name for name, (_, folder) in self._documents.items() if folder != OURS and "/" not in name])

    def _add(
        self, directory: Path, path: Path, matches: list[Match], foreign: list[Match], mistakes: list[Mistake]
    ) -> None:
        try:
            document = read_document(path, tolerate_tabs=directory != OURS)
        except ProfileError as error:
            (mistakes if directory == OURS else self.skipped).extend(error.mistakes)
            return
        if is_foreign(document.value):
            name = f"{directory.name}/{path.stem}"
            converted = _converted(document, directory, path)
            self._documents[name] = (path, directory)
            foreign += load_matches(converted, name)
            self.skipped += converted.mistakes
        elif isinstance(document.value, dict) and "roomtone" in document.value:
            self._documents[path.stem] = (path, directory)
            matches[:] = [match for match in matches if match.profile != path.stem]
            matches += load_matches(document, path.stem)
            mistakes += document.mistakes
        else:
            self.skipped.append(Mistake(file=str(path), line=1, column=1, what="is no profile"))

    @property
    def ids(self) -> list[str]:
        """The ids of all profiles, sorted."""
        return sorted(self._documents)

    def find(self, profile_id: str) -> Profile | None:
        """Return a profile, None where there is none of this id.

        Raises:
            ProfileError: with every mistake in it.
        """
        if profile_id not in self._profiles:
            place = self._documents.get(profile_id)
            if place is None or profile_id in self._loading:
                return None
            self._loading.append(profile_id)
            try:
                self._profiles[profile_id] = self._load(*place, profile_id)
            finally:
                self._loading.remove(profile_id)
        return self._profiles[profile_id]

    def _load(self, path: Path, directory: Path, profile_id: str) -> Profile:
        document = read_document(path, tolerate_tabs=directory != OURS)
        if not is_foreign(document.value):
            return load_profile(document, profile_id, self.find)
        # What a foreign profile extends may be missing, or be no profile: the rest is read all the same.
        converted = _converted(document, directory, path)
        known = [name for name in converted.value.get("extends", ()) if name in self._documents and name != profile_id]
        converted.value["extends"] = known
        return load_profile(converted, profile_id, self._find_or_nothing)

    def _find_or_nothing(self, profile_id: str) -> Profile:
        return self.find(profile_id) or Profile(id=profile_id)

    def check(self) -> None:
        """Load every profile.

        Raises:
            ProfileError: with every mistake in every profile.
        """
        self._check(self.ids)

    def _check(self, names: Iterable[str]) -> None:
        mistakes: dict[str, Mistake] = {}
        for name in names:
            try:
                self.find(name)
            except ProfileError as error:
                mistakes |= {str(mistake): mistake for mistake in error.mistakes}
        if mistakes:
            raise ProfileError(mistakes.values())


def _converted(document: Document, directory: Path, path: Path) -> Document:
    vendor = path.parent.name.strip("_").replace("_", " ") if path.parent != directory else ""
    return Document(document.file, from_foreign(document.value, directory.name, vendor), document.places)


@cache
def library_with(directories: tuple[Path, ...]) -> ProfileLibrary:
    """Return the profiles that come with the agent and those of `directories`, read once a process.

    Raises:
        ProfileError: with every mistake in every file.
    """
    return ProfileLibrary(directories)


def our_library() -> ProfileLibrary:
    """Return the profiles that come with the agent, read once a process."""
    return library_with(())
