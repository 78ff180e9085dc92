"""`roomtone agent install` in a mount namespace of its own, and what systemd would do after it. Run by `unshare -m`.

Everything that is written goes to memory: /etc, /var/lib and /var/cache are overlaid. systemctl alone is a stand-in
that writes down what it was told. The agent then runs as the unit says: its command lines, user, environment,
capabilities, and a system that is read-only but for its state and cache. Prints one JSON object a step.
"""

import json
import os
import pwd
import shlex
import subprocess
import sys
from pathlib import Path

OURS = Path("/mnt")
CALLS = OURS / "systemctl.calls"
OVERLAID = ("/etc", "/var/lib", "/var/cache")


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def tell(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def make_room() -> None:
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(OURS))
    for number, folder in enumerate(OVERLAID):
        upper, work = OURS / f"upper{number}", OURS / f"work{number}"
        upper.mkdir()
        work.mkdir()
        upper.chmod(Path(folder).stat().st_mode & 0o777)
        options = f"lowerdir={folder},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", options, folder)
    stand_in = OURS / "bin" / "systemctl"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho "$@" >>{CALLS}\n')
    stand_in.chmod(0o755)
    os.environ["PATH"] = f"{stand_in.parent}:{os.environ['PATH']}:/usr/sbin:/sbin"


def needed() -> list[Path]:
    """Return the folders that Roomtone runs from: its Python, its environment and its own."""
    found = {Path(sys.base_prefix).resolve(), Path(sys.prefix), Path(__file__).parents[1]}
    return [one for one in found if not any(other in one.parents for other in found)]


def cover(folder: Path, mode: str) -> None:
    """Put an empty folder over one, with only what Roomtone runs from in it."""
    inside = [one for one in needed() if folder in one.parents]
    for number, one in enumerate(inside):
        kept = OURS / f"kept{number}"
        kept.mkdir(exist_ok=True)
        run("mount", "--rbind", str(one), str(kept))
    run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", str(folder))
    for number, one in enumerate(inside):
        one.mkdir(parents=True)
        run("mount", "--rbind", str(OURS / f"kept{number}"), str(one))


def open_way(to: Path) -> None:
    """Let others reach a folder that is in a closed one, such as a Python in somebody's home."""
    for folder in to.parents:
        if not folder.stat().st_mode & 0o001:
            cover(folder, "755")
            return


def roomtone(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "roomtone", "agent", *words], capture_output=True, text=True)
    tell(step=words[0], status=done.returncode, said=done.stdout + done.stderr)
    if done.returncode:
        sys.exit(1)


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, is_one, value = line.partition("=")
        if is_one and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def close_system(said: dict[str, list[str]], user: pwd.struct_passwd) -> dict[str, str]:
    """Do what ProtectSystem=strict, StateDirectory, CacheDirectory and PrivateTmp do; return the environment."""
    environment = dict(word.split("=", 1) for line in said["Environment"] for word in shlex.split(line))
    for key, base, mode in (("StateDirectory", "/var/lib", 0o700), ("CacheDirectory", "/var/cache", 0o755)):
        folder = Path(base) / said[key][0]
        folder.mkdir(mode=mode, exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
        run("mount", "-t", "tmpfs", "-o", f"mode={mode:o},uid={user.pw_uid},gid={user.pw_gid}", "tmpfs", str(folder))
        environment[f"{key.removesuffix('Directory').upper()}_DIRECTORY"] = str(folder)
    for folder in ("/tmp", "/var/tmp"):
        cover(Path(folder), "1777")
    for folder in ("/", *OVERLAID):
        run("mount", "-o", "remount,bind,ro", folder)
    return environment | {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


def main() -> None:
    config = Path(sys.argv[1])
    make_room()
    for folder in needed():
        open_way(folder)
    home = Path("/etc/roomtone")
    home.mkdir()
    for file in config.parent.iterdir():
        if file.is_file():
            (home / file.name).write_bytes(file.read_bytes())
            (home / file.name).chmod(0o600)
    roomtone("install")
    unit = Path("/etc/systemd/system/roomtone-agent.service")
    said = settings(unit)
    user = pwd.getpwnam(said["User"][0])
    tell(step="installed", user=user.pw_name, shell=user.pw_shell, calls=CALLS.read_text().splitlines())
    environment = close_system(said, user)
    capability = said["AmbientCapabilities"][0].removeprefix("CAP_").lower()
    caps = f"-all,+{capability}"
    person = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs",
              f"--bounding-set={caps}", f"--inh-caps={caps}", f"--ambient-caps={caps}"]  # fmt: skip
    umask = int(said["UMask"][0], 8)
    before = shlex.split(said["ExecStartPre"][0].removeprefix("-"))
    warmed = subprocess.run([*person, *before], env=environment, umask=umask, cwd="/", capture_output=True, text=True)
    tell(step="warmed", status=warmed.returncode, said=warmed.stderr)
    agent = subprocess.Popen(
        [*person, *shlex.split(said["ExecStart"][0])], env=environment, umask=umask, cwd="/", stderr=subprocess.PIPE
    )
    tell(step="runs", pid=agent.pid)
    sys.stdin.readline()
    agent.terminate()
    errors = agent.communicate(timeout=20)[1].decode()
    kept = [str(path) for folder in ("/var/lib/roomtone-agent", "/var/cache/roomtone-agent")
            for path in Path(folder).rglob("*") if path.is_file()]  # fmt: skip
    tell(step="ended", status=agent.returncode, said=errors, kept=kept)
    for folder in ("/var/lib/roomtone-agent", "/var/cache/roomtone-agent"):
        run("umount", folder)
    for folder in OVERLAID:
        run("mount", "-o", "remount,bind,rw", folder)
    roomtone("uninstall", "--purge")
    left = [str(path) for folder in OVERLAID for path in Path(folder).rglob("roomtone-agent*")]
    tell(
        step="removed",
        left=left,
        config=sorted(path.name for path in home.iterdir()),
        user=[line for line in Path("/etc/passwd").read_text().splitlines() if line.startswith("roomtone-agent:")],
        calls=CALLS.read_text().splitlines(),
    )


if __name__ == "__main__":
    main()
