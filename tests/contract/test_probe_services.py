"""Services of systemd and of Windows. systemctl is a program that prints what the real one does, where none runs."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from agent.errors import ProbeError
from agent.probe_tables import ServicesTable
from agent.probes.services import Services
from tests.fake_programs import Programs

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def block(load: str, active: str, sub: str, restarts: int = 0) -> str:
    return f"LoadState={load}\nActiveState={active}\nSubState={sub}\nNRestarts={restarts}\n"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


def told(probe: Services) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]": float(r.value) for r in probe.read(NOW)}


@pytest.mark.parametrize(
    ("active", "sub", "state"),
    [
        ("active", "running", 0),
        ("active", "exited", 0),
        ("reloading", "reload", 0),
        ("activating", "auto-restart", 1),
        ("activating", "start", 1),
        ("deactivating", "stop-sigterm", 1),
        ("inactive", "dead", 2),
        ("failed", "failed", 2),
        ("something-new", "", 5),
    ],
)
def test_a_state_of_systemd_is_a_state_of_ours(programs: Programs, active: str, sub: str, state: int) -> None:
    programs.prints("systemctl", block("loaded", active, sub))
    assert told(Services(ServicesTable(watch=("obs",)), platform="linux")) == {"hw.status[service:obs]": state}


def test_all_services_are_asked_for_at_once(programs: Programs) -> None:
    said = block("loaded", "active", "running") + "\n" + block("loaded", "failed", "failed")
    programs.records("systemctl", f"print({said!r})")
    probe = Services(ServicesTable(watch=("opencast-ca", "chrony.service")), platform="linux")
    assert told(probe) == {"hw.status[service:opencast-ca]": 0, "hw.status[service:chrony.service]": 2}
    (words,) = programs.asked("systemctl")
    assert words[-3:] == ["--", "opencast-ca.service", "chrony.service"]


def test_a_service_that_restarts_again_and_again_is_degraded(programs: Programs) -> None:
    probe = Services(ServicesTable(watch=("obs",)), platform="linux")
    states = []
    for restarts in (4, 5, 7, 7):
        programs.prints("systemctl", block("loaded", "active", "running", restarts))
        states += list(told(probe).values())
    assert states == [0, 1, 1, 0]


def test_a_service_that_is_not_there_has_failed_and_is_named(programs: Programs) -> None:
    programs.prints("systemctl", block("not-found", "inactive", "dead"))
    probe = Services(ServicesTable(watch=("obz",)), platform="linux")
    assert told(probe) == {"hw.status[service:obz]": 2}
    assert probe.troubles == ["there is no service 'obz': is it spelled right in [services] watch?"]


@pytest.mark.parametrize(
    ("out", "error", "status", "what"),
    [
        ("", "Failed to connect to bus: Host is down\n", 1, "does not tell of services: Failed to connect to bus"),
        ("garbage", "", 0, "does not tell of services: garbage"),
        (block("loaded", "active", "running"), "", 0, "does not tell of services"),
    ],
)
def test_a_systemd_that_does_not_answer_is_told(
    programs: Programs, out: str, error: str, status: int, what: str
) -> None:
    programs.prints("systemctl", out, error=error, status=status)
    with pytest.raises(ProbeError, match=what):
        told(Services(ServicesTable(watch=("a", "b")), platform="linux"))


def test_a_computer_without_systemd_is_told(programs: Programs) -> None:
    with pytest.raises(ProbeError, match=r"\[services\] needs systemd here"):
        told(Services(ServicesTable(watch=("a",)), platform="linux"))
    with pytest.raises(ProbeError, match="on Linux with systemd and on Windows"):
        told(Services(ServicesTable(watch=("a",)), platform="darwin"))


def test_the_real_systemd_is_understood() -> None:
    try:
        running = subprocess.run(
            ["systemctl", "is-system-running"], capture_output=True, text=True, timeout=10, check=False
        )
    except OSError:
        pytest.skip("this computer has no systemd")
    if running.stdout.strip() not in ("running", "degraded"):
        pytest.skip("systemd does not run here")
    said = told(Services(ServicesTable(watch=("systemd-journald", "no-such-service-here"))))
    assert said == {"hw.status[service:systemd-journald]": 0, "hw.status[service:no-such-service-here]": 2}


# ---------------------------------------------------------------- Windows


@pytest.mark.parametrize(
    ("status", "state"),
    [("running", 0), ("start_pending", 1), ("paused", 1), ("stopped", 2), ("odd", 5)],
)
def test_a_state_of_windows_is_a_state_of_ours(monkeypatch: pytest.MonkeyPatch, status: str, state: int) -> None:
    monkeypatch.setattr(psutil, "win_service_get", lambda _name: SimpleNamespace(status=lambda: status), raising=False)
    assert told(Services(ServicesTable(watch=("Spooler",)), platform="win32")) == {"hw.status[service:Spooler]": state}


def test_a_service_that_windows_does_not_tell_of_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(name: str) -> SimpleNamespace:
        if name == "none":
            raise psutil.NoSuchProcess(0, name)
        if name == "secret":
            raise psutil.AccessDenied
        return SimpleNamespace(status=lambda: "running")

    monkeypatch.setattr(psutil, "win_service_get", get, raising=False)
    probe = Services(ServicesTable(watch=("none", "secret", "录播服务")), platform="win32")
    assert told(probe) == {"hw.status[service:none]": 2, "hw.status[service:录播服务]": 0}
    assert len(probe.troubles) == 2
