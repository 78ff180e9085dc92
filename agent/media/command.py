"""The words of one ffmpeg run. In: where a source is and what to look for. Out: arguments and standard input.

Packets are listed without decoding; of the picture only key frames are decoded where that is enough, and they are
scaled down by leaving pixels out, which keeps their noise: a living picture must not look frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.media.kinds import Kind, Sound, Source

_WIDTH: Final = 320
_BLACK: Final = "blackdetect=d=0:pic_th=0.98:pix_th=0.10"
_FREEZE: Final = "freezedetect=n=-60dB:d=1"
_SILENCE: Final = "silencedetect=n=-60dB:d=1"
_QUOTE: Final = "'\\''"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What ffmpeg opens: words before `-i`, and what it reads from its standard input."""

    url: str
    options: tuple[str, ...] = ()
    stdin: bytes = b""


def stream_input(url: str, *, seconds: float, timeout_s: float) -> Input:
    """Return the input for a network stream; its address, with a password in it, shows in no list of processes.

    Raises:
        ValueError: the address cannot be written into ffmpeg's script.
    """
    if "\n" in url or "\r" in url or "\0" in url:
        raise ValueError("the address has a line break in it")
    script = (
        "ffconcat version 1.0\n"
        f"file '{url.replace(chr(39), _QUOTE)}'\n"
        "option rtsp_transport tcp\n"
        f"option timeout {round(timeout_s * 1e6)}\n"
    )
    options = ("-protocol_whitelist", "pipe,fd,rtsp,rtp,tcp,udp", "-f", "concat", "-safe", "0", "-t", f"{seconds:g}")
    return Input(url="pipe:0", options=options, stdin=script.encode())


def look_command(
    program: str,
    given: Input,
    source: Source,
    *,
    cpu_limit_s: float,
    keyframes_only: bool = True,
    with_picture: bool = True,
) -> list[str]:
    """Return the words that list all packets on standard output, and what the filters find in the log."""
    words = [program, "-hide_banner", "-nostats", "-loglevel", "repeat+info", "-benchmark"]
    words += ["-timelimit", str(max(1, round(cpu_limit_s)))]
    if not given.stdin:
        # Files keep their own time stamps, so that two looks at one can be compared.
        words += ["-nostdin", "-copyts"]
    words += ["-threads", "1"]
    if keyframes_only:
        words += ["-skip_frame", "nokey"]
    words += [*given.options, "-i", given.url]
    picture = ["-map", "0:V:0?"] if with_picture and source.kind is not Kind.AUDIO else []
    sound = ["-map", "0:a:0?"] if source.sound is not Sound.NONE or not picture else []
    words += [*picture, *sound, "-c", "copy", "-copyinkf", "-f", "framecrc", "pipe:1"]
    decoded = [*(picture if source.may_be_black else ()), *sound]
    if decoded:
        words += [*decoded, "-filter_threads", "1"]
        if source.may_be_black and picture:
            words += ["-vf", ",".join(_picture_filters(source))]
        words += ["-af", f"aformat=sample_fmts=s16,{_SILENCE},astats", "-f", "null", "-"]
    return words


def _picture_filters(source: Source) -> Sequence[str]:
    filters = [f"scale=min({_WIDTH}\\,iw):-2:flags=neighbor", "showinfo", _BLACK]
    if source.may_be_frozen:
        filters.append(_FREEZE)
    return [*filters, "metadata=mode=print"]
