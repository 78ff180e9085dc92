"""A victim of bench/detection.py: an agent, the program that it watches, and an exporter that Prometheus scrapes.

They are processes of their own that are killed, frozen, or robbed of the program together.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITES = "bench-"


class Victim:
    """One of `kind` kill, freeze or threshold; `port` is where its exporter answers."""

    def __init__(self, kind: str, number: int, folder: Path, account: dict[str, str], port: int) -> None:
        self.kind, self.port = kind, port
        self.name = f"{kind}-{number}"
        # A dozen faults of one site within a minute would be a storm, and one ticket.
        self.site = f"{SITES}{number}"
        self.device = f"{self.site}:{self.name}"
        home = folder / self.name
        home.mkdir()
        program = home / f"rec-{self.name}"
        shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
        secret = home / "password"
        secret.touch(mode=0o600)
        secret.write_text(account["password"], "utf-8")
        interval_s = 1 if kind == "threshold" else 10
        (home / "agent.toml").write_text(
            f'[agent]\nid = "{self.name}"\nsite = "{self.site}"\nroom = "{self.name}"\ninterval_s = {interval_s}\n'
            f'data_dir = "{home / "data"}"\n\n[broker]\nurl = "{account["url"]}"\nusername = "{account["username"]}"\n'
            f'password_file = "{secret}"\nkeepalive_s = 10\n\n[process]\nwatch = ["{program.name}"]\n',
            "utf-8",
        )
        self.program = subprocess.Popen([str(program), "3600"])
        words = [sys.executable, "-m", "roomtone", "agent", "run", "--config", str(home / "agent.toml")]
        with (home / "agent.log").open("wb") as log:
            self.agent = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log)
        self.exporter = subprocess.Popen([sys.executable, __file__, str(port), str(self.program.pid)])

    def break_(self) -> None:
        """Let its fault happen."""
        if self.kind == "threshold":
            self.program.kill()
            self.program.wait()
            return
        number = signal.SIGKILL if self.kind == "kill" else signal.SIGSTOP
        for process in (self.agent, self.exporter):
            process.send_signal(number)

    def end(self) -> None:
        for process in (self.agent, self.exporter, self.program):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


def export(port: int, watched: int) -> None:
    """Answer `victim_program`: how many of the watched program run."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state = Path(f"/proc/{watched}/stat")
            runs = state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"
            body = f"victim_program {int(runs)}\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


class Peer:
    """Prometheus with Alertmanager: `step_s` scrapes and evaluations, `hold_s` for, `wait_s` group_wait."""

    def __init__(
        self, name: str, folder: Path, *, ports: tuple[int, int], receiver: int, step_s: int, hold_s: int, wait_s: int
    ) -> None:
        home = folder / name
        home.mkdir()
        self._home, self._ports = home, ports
        rules = [
            {"alert": "Gone", "expr": "up == 0", "for": f"{hold_s}s"},
            {"alert": "ProgramGone", "expr": "victim_program == 0", "for": f"{hold_s}s"},
        ]
        (home / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}), "utf-8")
        (home / "targets.json").write_text("[]", "utf-8")
        config = {
            "global": {
                "scrape_interval": f"{step_s}s",
                "scrape_timeout": f"{min(step_s, 10)}s",
                "evaluation_interval": f"{step_s}s",
            },
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{ports[1]}"]}]}]},
            "scrape_configs": [
                {"job_name": "victims", "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "2s"}]}
            ],
        }
        (home / "prometheus.yml").write_text(json.dumps(config), "utf-8")
        route = {
            "receiver": "bench", "group_by": ["instance"], "group_wait": f"{wait_s}s", "group_interval": "5m",
            "repeat_interval": "4h",
        }  # fmt: skip
        hook = {"url": f"http://127.0.0.1:{receiver}/{name}", "send_resolved": False}
        (home / "alertmanager.yml").write_text(
            json.dumps({"route": route, "receivers": [{"name": "bench", "webhook_configs": [hook]}]}), "utf-8"
        )
        self._processes: list[subprocess.Popen[bytes]] = []

    def watch(self, victims: list[Victim]) -> None:
        targets = [{"targets": [f"127.0.0.1:{victim.port}" for victim in victims]}]
        (self._home / "targets.json").write_text(json.dumps(targets), "utf-8")

    def start(self, prometheus: Path, alertmanager: Path) -> None:
        words = [
            [
                str(prometheus), f"--config.file={self._home / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._home / 'tsdb'}", f"--web.listen-address=127.0.0.1:{self._ports[0]}",
            ],
            [
                str(alertmanager), f"--config.file={self._home / 'alertmanager.yml'}",
                f"--storage.path={self._home / 'am'}", f"--web.listen-address=127.0.0.1:{self._ports[1]}",
                "--cluster.listen-address=",
            ],
        ]  # fmt: skip
        for command in words:
            with (self._home / f"{Path(command[0]).name}.log").open("wb") as log:
                self._processes.append(
                    subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "GOMAXPROCS": "1"})
                )

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    export(int(sys.argv[1]), int(sys.argv[2]))
