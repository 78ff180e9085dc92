"""Programs as children: ended in time, bounded in what they print, told about in a sentence."""

import time
from pathlib import Path

import pytest

from agent.errors import ProbeError
from agent.probes.program import find_program, run
from tests.fake_programs import Programs
from tests.waiting import until


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


def test_a_program_says_what_it_says(programs: Programs) -> None:
    programs.prints("p", "out 录\n", status=3, error="oh\nno\n")
    done = run([find_program("p")], 10)
    assert (done.status, done.text, done.complaint()) == (3, "out 录\n", "oh")


def test_a_program_speaks_english_and_has_nothing_to_read(programs: Programs) -> None:
    programs.script("p", "print(os.environ['LC_ALL'], sys.stdin.read() == '')")
    assert run([find_program("p")], 10).text == "C True\n"


def test_one_that_hangs_is_ended_with_what_it_started(programs: Programs, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    programs.script(
        "p",
        "child = os.fork()\n"
        "if child == 0:\n    time.sleep(60)\n"
        f"open({str(pid)!r}, 'w').write(str(child))\ntime.sleep(60)",
    )
    start = time.monotonic()
    with pytest.raises(ProbeError, match=r"p has not ended within 1\.5 s"):
        run([find_program("p")], 1.5)
    assert time.monotonic() - start < 30
    child = int(pid.read_text())
    until(lambda: not is_alive(child), what="the end of the child")


def is_alive(pid: int) -> bool:
    try:
        # A child whose parent is gone may stay as a zombie where nobody collects it.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_one_that_floods_is_ended(programs: Programs) -> None:
    programs.script("p", "while True: sys.stdout.write('x' * 65536)")
    with pytest.raises(ProbeError, match="prints more than 100000 bytes"):
        run([find_program("p")], 10, most_bytes=100_000)


def test_one_that_leaves_a_child_at_its_pipe_does_not_hold_us_up(programs: Programs) -> None:
    programs.script("p", "print('done', flush=True)\nif os.fork() == 0:\n    time.sleep(4)")
    start = time.monotonic()
    assert run([find_program("p")], 1.0).text == "done\n"
    assert time.monotonic() - start < 3


def test_one_that_is_missing_or_may_not_be_run_is_told(programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="nothing is not on this computer: get it"):
        find_program("nothing", get="get it")
    file = tmp_path / "plain"
    file.write_text("")
    with pytest.raises(ProbeError, match="we may not execute it"):
        find_program(str(file))
    file.write_bytes(b"\x7fELF")
    file.chmod(0o755)
    with pytest.raises(ProbeError, match="plain cannot be started"):
        run([str(file)], 1)
