"""The house keeps its order: sizes, names, generated files, and nothing that belongs to one machine only."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agent", "wire", "collector", "simulate")
GENERATED = ("_pb2.py", "_pb2.pyi", "schema.d.ts")
LONGEST = 500
HALF_UNDER = 150


def tracked(*suffixes: str) -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in names if name.endswith(suffixes) and (ROOT / name).is_file()]


def modules() -> list[Path]:
    paths = [p for p in tracked(".py", ".ts", ".tsx") if not p.name.endswith(GENERATED)]
    return [p for p in paths if "migrations/" not in p.as_posix()]


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_no_module_is_longer_than_the_longest() -> None:
    too_long = {str(p.relative_to(ROOT)): n for p in modules() if (n := lines(p)) > LONGEST}
    assert too_long == {}


def test_half_of_the_modules_are_short() -> None:
    sizes = sorted(lines(p) for p in modules() if p.parts[len(ROOT.parts)] in PACKAGES and p.name != "__init__.py")
    assert sizes[len(sizes) // 2] <= HALF_UNDER


def test_every_init_is_empty() -> None:
    filled = [str(p.relative_to(ROOT)) for p in tracked("__init__.py") if p.read_text("utf-8").strip()]
    assert filled == []


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [str(p.relative_to(ROOT)) for p in modules() if p.stem in vague] == []


def test_every_module_says_what_it_is() -> None:
    silent = []
    for path in modules():
        if path.suffix == ".py" and path.name != "__init__.py" and path.parts[len(ROOT.parts)] in PACKAGES:
            text = path.read_text("utf-8").lstrip()
            if not text.startswith(('"""', 'r"""')):
                silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_nothing_names_one_machine_or_a_registry() -> None:
    pattern = re.compile(
        r"(?<![\w.])/(?:work|root)/|\"resolved\": \"https?:|registry = \"https?:|index-url", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked(".py", ".ts", ".tsx", ".md", ".json", ".yaml", ".toml", ".txt", ".sh", "up", "test", "run")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line) and "--no-emit-index-url" not in line
    ]
    assert found == []


def test_the_sparkplug_module_is_what_its_proto_gives(tmp_path: Path) -> None:
    scripts = Path(sys.executable).parent
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", "-I."),
            f"--plugin=protoc-gen-mypy={scripts / 'protoc-gen-mypy'}",
            *(f"--python_out={tmp_path}", f"--mypy_out={tmp_path}", "wire/sparkplug.proto"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in ("sparkplug_pb2.py", "sparkplug_pb2.pyi"):
        assert (tmp_path / "wire" / name).read_text() == (ROOT / "wire" / name).read_text()


@pytest.mark.parametrize("name", ["agent", "collector", "dev"])
def test_a_lock_names_every_package_the_project_asks_for(name: str) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = list(project["project"]["dependencies"])
    if name != "agent":
        wanted += project["project"]["optional-dependencies"]["collector"]
    if name == "dev":
        wanted += project["dependency-groups"]["dev"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / f"requirements/{name}.txt").read_text("utf-8"), re.MULTILINE))
    names = {re.split(r"[\[<>=; ]", row)[0].lower() for row in wanted}
    assert names - locked == set()
