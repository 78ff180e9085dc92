"""Watches what the recorder records. Out: `classroom.recording.*`: is it recording, does it grow, does it fit, is it
uploaded, did it keep to the timetable, and what is in picture and sound.

Folders and files tell most of it; what is in them is for ffmpeg, where there is one.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import ClassVar, Final

from agent.errors import ProbeError
from agent.media.kinds import Kind, Source
from agent.media.target import FileSource, RecordingTarget
from agent.media.watch import SOURCE_METRICS, Tools
from agent.now import monotonic_s
from agent.probes.recording_folder import Folder
from agent.probes.recording_growth import Present, names_of, root_of, stands, total
from agent.probes.recording_ledger import Ledger
from agent.probes.recording_lessons import Timetable
from agent.probes.recording_punctuality import punctuality
from agent.probes.recording_room import hours_left
from agent.probes.recording_take import Take
from agent.probes.recording_takes import Takes
from agent.probes.recording_upload import Uploads
from agent.probes.recording_view import FileView
from agent.probes.recording_writer import Writers
from agent.reading import Reading

log = logging.getLogger("agent.media")

_DAY_S: Final = 86400.0
_UPLOADS_EVERY_S: Final = 30.0
# Takes that follow one another so closely are one recording in parts.
_ONE_RECORDING_S: Final = 60.0
# A file that was deleted so soon was begun by mistake.
_MISTAKE_S: Final = 60.0
_KEPT_S: Final = 3 * _DAY_S
_WHOLE: Final = Source(name="recording", kind=Kind.MIXED)


class Recording:
    """The recorder of this computer."""

    name = "recording"
    gives: ClassVar[tuple[str, ...]] = (
        "classroom.recording.active",
        "classroom.recording.bytes",
        "classroom.recording.growth",
        "classroom.recording.duration",
        "classroom.recording.hours_left",
        "classroom.recording.start.delay",
        "classroom.recording.duration.ratio",
        "classroom.recording.upload.backlog",
        "classroom.recording.upload.oldest",
        *SOURCE_METRICS,
    )

    def __init__(
        self,
        target: RecordingTarget,
        tools: Tools | None,
        *,
        state: Path,
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        """`state` is the file that takes are remembered in; without `tools` picture and sound are not looked at."""
        self._target = target
        self._clock = clock
        without = target.acknowledgement.folders
        self._folders = [Folder(root, target.files, without=without) for root in target.folders]
        self._ledger = Ledger(state)
        self._takes: Takes | None = None
        self._uploads = Uploads(target.acknowledgement)
        self._uploads_s = float("-inf")
        self._timetable = Timetable(target.timetable) if target.timetable else None
        self._sources = target.sources or (FileSource(source=_WHOLE),)
        self._views = {s.source.name: FileView(s.source, tools, clock=clock) for s in self._sources} if tools else {}
        self._folder_names = names_of(target.folders)
        self._watched_since_s: float | None = None
        self._said: set[str] = set()

    @property
    def is_looking(self) -> bool:
        """Tell whether a look into a file is going on."""
        return any(view.watch.is_looking for view in self._views.values())

    def read(self, now: datetime) -> Iterator[Reading]:
        """Return how the recording is now.

        Raises:
            ProbeError: no folder can be read.
        """
        now_s, mono_s = now.timestamp(), self._clock()
        if self._takes is None:
            writers = Writers(self._target.programs)
            self._takes = Takes(
                self._ledger.load(), writers=writers, quiet_s=self._target.quiet_s, partial=self._target.partial
            )
        if self._watched_since_s is None:
            self._watched_since_s = now_s
        takes = self._takes
        takes.step(self._paths(takes, now_s), now_s, mono_s)
        waiting = self._waiting(takes, now_s, mono_s)
        self._prune(takes, now_s)
        if takes.has_news:
            self._ledger.save(takes.by_path.values())
            takes.has_news = False
        yield from self._growing(takes, Present(now_s=now_s, mono_s=mono_s, patience_s=self._target.quiet_s))
        if self._target.acknowledgement.is_known:
            yield Reading("classroom.recording.upload.backlog", len(waiting))
            oldest_s = min((take.ended_at_s for take in waiting if take.ended_at_s is not None), default=now_s)
            yield Reading("classroom.recording.upload.oldest", max(0.0, now_s - oldest_s))
        yield from self._room(takes, now_s)
        if self._timetable is not None:
            lessons = self._timetable.at(now, mono_s)
            yield from punctuality(lessons, list(takes.by_path.values()), now_s, self._watched_since_s)
        yield from self._looks(takes.live)

    # ------------------------------------------------------------ files

    def _paths(self, takes: Takes, now_s: float) -> set[str]:
        paths: set[str] = set()
        errors: list[ProbeError] = []
        for folder in self._folders:
            try:
                paths |= folder.paths(now_s)
                self._said.discard(str(folder.root))
            except ProbeError as error:
                errors.append(error)
                # What cannot be seen is not gone.
                paths.update(
                    p for p, take in takes.by_path.items() if Path(p).is_relative_to(folder.root) and not take.is_gone
                )
                if str(folder.root) not in self._said:
                    self._said.add(str(folder.root))
                    log.warning("recording: %s", error)
        if errors and len(errors) == len(self._folders):
            raise errors[0]
        return paths

    def _waiting(self, takes: Takes, now_s: float, mono_s: float) -> list[Take]:
        """Return the takes whose upload is not acknowledged, also those that were deleted without one."""
        if not self._target.acknowledgement.is_known:
            return []
        since_s = now_s - self._target.backlog_days * _DAY_S
        waiting = [
            take
            for take in takes.by_path.values()
            if take.ended_at_s is not None
            and take.ended_at_s >= since_s
            and not take.is_uploaded
            and not _mistake(take)
        ]
        if mono_s - self._uploads_s >= _UPLOADS_EVERY_S:
            self._uploads_s = mono_s
            for take in self._uploads.acknowledge(waiting, mono_s):
                take.is_uploaded = takes.has_news = True
            waiting = [take for take in waiting if not take.is_uploaded]
        return waiting

    def _prune(self, takes: Takes, now_s: float) -> None:
        is_acknowledged = self._target.acknowledgement.is_known
        for take in list(takes.by_path.values()):
            if take.is_gone and take.ended_at_s is not None:
                is_done = take.is_uploaded or not is_acknowledged or _mistake(take)
                if now_s - take.ended_at_s > (_KEPT_S if is_done else max(_KEPT_S, self._target.backlog_days * _DAY_S)):
                    takes.drop(take.path)

    def _growing(self, takes: Takes, at: Present) -> Iterator[Reading]:
        live = takes.live
        yield Reading("classroom.recording.active", int(bool(live)))
        parts = _recording(takes)
        yield Reading("classroom.recording.bytes", float(sum(take.size for take in parts)))
        starts = [take.started_at_s for take in parts]
        if parts and None not in starts:
            begun_s = min(start_s for start_s in starts if start_s is not None)
            yield Reading("classroom.recording.duration", max(0.0, at.now_s - begun_s))
        yield from self._growth(live, parts, at)

    def _growth(self, live: list[Take], parts: list[Take], at: Present) -> Iterator[Reading]:
        """Return how fast it grows: in all, and each source, or each folder where sources have no names."""
        growths = {"": total(live)}
        stuck = {"": stands(live, at)}
        for name, of_part in self._lanes(live) if live else ():
            growths[name] = total(of_part)
            stuck[name] = stands(of_part, at)
        if live:
            # Where nobody sees who writes, a file that stands still is one that has ended.
            silent = [take for take in parts if take.fell_silent]
            for source in self._target.sources:
                name = source.source.name
                stuck[name] |= growths[name] == 0 and any(self._is_of(take, source) for take in silent)
        stuck[""] = any(stuck.values())
        for name, growth in growths.items():
            said = 0.0 if stuck[name] else growth
            if said is not None:
                yield Reading("classroom.recording.growth", said, name)

    def _lanes(self, live: list[Take]) -> Iterator[tuple[str, list[Take]]]:
        folders = self._target.folders
        if self._target.sources:
            for source in self._sources:
                yield source.source.name, [take for take in live if self._is_of(take, source)]
        elif len(folders) > 1:
            for folder, name in self._folder_names.items():
                if of_folder := [take for take in live if root_of(take, folders) == folder]:
                    yield name, of_folder

    def _room(self, takes: Takes, now_s: float) -> Iterator[Reading]:
        known = list(takes.by_path.values())
        try:
            hours = hours_left(self._target.folders, known, now_s, self._target.byte_rate)
        except OSError:
            return
        if hours is not None:
            yield Reading("classroom.recording.hours_left", hours)

    def _is_of(self, take: Take, source: FileSource) -> bool:
        path = Path(take.path)
        names = [path.name.lower()]
        for root in self._target.folders:
            if path.is_relative_to(root):
                names.append(path.relative_to(root).as_posix().lower())
        return any(fnmatch(name, pattern.lower()) for pattern in source.files for name in names)

    # ------------------------------------------------------------ picture and sound

    def _looks(self, live: Sequence[Take]) -> Iterator[Reading]:
        for source in self._sources:
            view = self._views.get(source.source.name)
            if view is not None:
                of_source = [take for take in live if self._is_of(take, source)]
                yield from view.step(max(of_source, key=lambda t: (t.changed_s, t.growth or 0.0, t.path), default=None))


def _recording(takes: Takes) -> list[Take]:
    """Return the files of the recording that is going on, with the parts of it that are finished."""
    parts = takes.live
    finished = sorted(
        (take for take in takes.by_path.values() if take.ended_at_s is not None and not take.is_gone),
        key=lambda take: take.ended_at_s or 0.0,
        reverse=True,
    )
    for take in finished if parts else ():
        begun_s = min((part.started_at_s for part in parts if part.started_at_s is not None), default=None)
        if begun_s is None or (take.ended_at_s or 0.0) < begun_s - _ONE_RECORDING_S:
            break
        parts.append(take)
    return parts


def _mistake(take: Take) -> bool:
    if not take.is_gone or take.started_at_s is None or take.ended_at_s is None:
        return False
    return take.ended_at_s - take.started_at_s < _MISTAKE_S
