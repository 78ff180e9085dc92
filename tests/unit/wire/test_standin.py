"""Stand-ins cost nothing until they are asked, and then give what the real module gives."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wire.standin import StandIn, standing_in

PACKAGE, MODULE = "heavy_package", "heavy_package.rarely_used"


@pytest.fixture(autouse=True)
def heavy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").touch()
    (tmp_path / PACKAGE / "rarely_used.py").write_text("ANSWER = 42\nclass Trouble(Exception): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop(PACKAGE, None)
    sys.modules.pop(MODULE, None)


def test_a_stand_in_loads_its_module_when_it_is_asked() -> None:
    with standing_in(MODULE):
        import heavy_package.rarely_used as used
    assert isinstance(used, StandIn)
    assert MODULE not in sys.modules
    assert used.ANSWER == 42
    assert MODULE in sys.modules


def test_a_module_asked_for_through_its_package_is_found() -> None:
    with standing_in(MODULE):
        import heavy_package.rarely_used
    assert heavy_package.rarely_used.ANSWER == 42
    assert not isinstance(heavy_package.rarely_used, StandIn), "the real one has taken its place"


def test_whoever_imports_it_later_gets_the_real_module() -> None:
    with standing_in(MODULE):
        import heavy_package.rarely_used as first
    import heavy_package.rarely_used as second

    assert isinstance(first, StandIn)
    assert not isinstance(second, StandIn)
    assert first.ANSWER is second.ANSWER


def test_a_module_that_is_loaded_already_is_left_alone() -> None:
    import heavy_package.rarely_used as real

    with standing_in(MODULE):
        import heavy_package.rarely_used as again
    assert again is real


def test_a_name_that_the_module_does_not_have_is_missing() -> None:
    with standing_in(MODULE):
        import heavy_package.rarely_used as used
    assert not hasattr(used, "nothing")


def test_an_exception_of_a_module_that_nobody_loaded_catches_nothing() -> None:
    with standing_in(MODULE, unloaded={MODULE: {"Trouble": ()}}):
        import heavy_package.rarely_used as used

    def divide() -> float:
        try:
            return 1 / 0
        except used.Trouble:
            return 0.0

    with pytest.raises(ZeroDivisionError):
        divide()
    assert MODULE not in sys.modules
    import heavy_package.rarely_used as real

    with pytest.raises(real.Trouble):
        raise real.Trouble
    assert used.Trouble is real.Trouble
