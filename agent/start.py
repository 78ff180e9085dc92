"""`roomtone agent run` as a service starts it. In: its words. Out: an exit status.

Words are read here without argparse, which with what it loads costs an agent 1.5 MB for as long as it runs; what is not
plainly `run --config FILE [--verbose]` is argparse's to explain.
"""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import agent.lean  # noqa: F401  first of ours
from agent.errors import AgentError, ConfigError


def plain_run(words: Sequence[str]) -> Callable[[], int] | None:
    """Return what runs the agent of `agent run --config FILE [--verbose]`, None where the words are not just these."""
    if list(words[:2]) != ["agent", "run"]:
        return None
    files: list[str] = []
    is_verbose = False
    rest = iter(words[2:])
    for word in rest:
        if word == "--verbose":
            is_verbose = True
        elif word == "--config":
            files.append(next(rest, ""))
        elif word.startswith("--config="):
            files.append(word.partition("=")[2])
        else:
            return None
    if len(files) != 1 or not files[0] or files[0].startswith("-"):
        return None
    return lambda: run(Path(files[0]), is_verbose=is_verbose)


def run(file: Path, *, is_verbose: bool = False) -> int:
    """Read and report until stopped.

    Raises:
        ConfigError: the file has mistakes.
        OutboxError: another agent uses the same data_dir, or a newer version wrote it.
    """
    logging.basicConfig(
        level=logging.DEBUG if is_verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    from agent.steward import Steward

    steward = Steward(file)
    if sys.platform == "linux":
        from agent.logind import Logind

        Logind(asleep=steward.asleep, awake=steward.awake, going_down=steward.going_down).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: steward.stop())
    steward.run()
    return 0


def guarded(run: Callable[[], int]) -> int:
    """Run a command; say what is wrong, every mistake of it, rather than how it came out."""
    try:
        return run()
    except ConfigError as error:
        for mistake in error.mistakes:
            sys.stderr.write(f"{mistake}\n")
        return 2
    except AgentError as error:
        sys.stderr.write(f"roomtone: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
