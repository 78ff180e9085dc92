"""Which names folders have, and which of a recording's files stand still."""

from pathlib import Path, PurePosixPath

import pytest

from agent.probes.recording_growth import Present, names_of, root_of, stands
from agent.probes.recording_take import Take

NOW = Present(now_s=1000.0, mono_s=500.0, patience_s=20.0)


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (("/srv/camera", "/srv/slides"), ["camera", "slides"]),
        (("/srv/one/rec", "/srv/two/rec"), ["one/rec", "two/rec"]),
        (("/srv/rec", "/srv/rec/slides"), ["rec", "slides"]),
        (("/a", "/b/a"), ["/a", "b/a"]),
        (("/", "/srv"), ["/", "srv"]),
    ],
    ids=["their own", "with the one above", "one in the other", "the end of the other", "the root"],
)
def test_folders_are_named_so_that_they_differ(folders: tuple[str, ...], names: list[str]) -> None:
    assert list(names_of([Path(folder) for folder in folders]).values()) == names


def test_a_file_is_in_the_innermost_folder() -> None:
    folders = [Path("/srv/rec"), Path("/srv/rec/slides")]
    assert root_of(Take(path="/srv/rec/slides/a.mkv"), folders) == folders[1]
    assert root_of(Take(path=str(PurePosixPath("/srv/rec/a.mkv"))), folders) == folders[0]
    assert root_of(Take(path="/elsewhere/a.mkv"), folders) is None


def take(name: str, *, growth: float | None, quiet_s: float, began_s: float | None) -> Take:
    return Take(path=name, growth=growth, changed_s=NOW.mono_s - quiet_s, started_at_s=began_s)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (take("b", growth=0.0, quiet_s=20, began_s=100), False),
        (take("b", growth=0.0, quiet_s=21, began_s=100), True),
        (take("b", growth=None, quiet_s=900, began_s=100), True),
        (take("b", growth=None, quiet_s=0, began_s=100), False),
        (take("b", growth=0.0, quiet_s=880, began_s=None), False),
        (take("b", growth=0.0, quiet_s=900, began_s=60), True),
    ],
    ids=["for a moment", "stands", "stood before the agent began", "written in place", "was followed", "never grew"],
)
def test_a_file_that_stands_still_counts_unless_another_took_its_place(standing: Take, expected: bool) -> None:
    growing = take("a", growth=7.0, quiet_s=0, began_s=110)
    assert stands([growing, standing], NOW) is expected
