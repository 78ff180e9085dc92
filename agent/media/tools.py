"""What all looks of an agent share. In: the configuration. Out: ffmpeg and its budget, or None where there is none."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.media.budget import Budget, Busy
from agent.media.tables import SamplingTable
from agent.media.target import RecordingTarget, StreamTarget
from agent.media.watch import Tools
from agent.reading import Probe

log = logging.getLogger("agent.media")


def tools_of(sampling: SamplingTable, data_dir: Path) -> Tools | None:
    """Return the tools; that there is no ffmpeg is said once, here, and everything else goes on."""
    if not sampling.enabled:
        return None
    program = shutil.which(sampling.ffmpeg or "ffmpeg")
    if program is None:
        where = f"no program at {sampling.ffmpeg}" if sampling.ffmpeg else "no ffmpeg on the PATH"
        log.warning(
            "%s: picture and sound are not looked at; install ffmpeg, or name it in [sampling] ffmpeg."
            " Files, growth, uploads and frames of streams are watched without it",
            where,
        )
        return None
    return Tools(
        ffmpeg=program,
        budget=Budget(share=sampling.cpu_share),
        busy=Busy(above=sampling.busy),
        window_s=sampling.window_s,
        scratch=data_dir / "looks",
    )


def media_probes(
    recording: RecordingTarget | None, streams: tuple[StreamTarget, ...], sampling: SamplingTable, data_dir: Path
) -> Iterator[Probe]:
    """Return the probes of the recorder's files and of streams; they share one budget."""
    if recording is None and not streams:
        return
    tools = tools_of(sampling, data_dir)
    if recording is not None:
        from agent.probes.recording import Recording

        yield Recording(recording, tools, state=data_dir / "recording.json")
    if streams:
        from agent.probes.stream import Stream

        for stream in streams:
            yield Stream(stream, tools if stream.sample else None)
