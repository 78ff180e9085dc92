"""The collector hands an agent a new configuration: it is tried, kept, refused with its mistakes, or undone."""

from pathlib import Path
from typing import Any

import httpx

from tests.house import House, Process, wait_for
from tests.ports import free_port
from tests.system.enrolment import agent, enrolled, run_agent


def hand_over(up: House, id_: str, text: str) -> int:
    """Give an agent a configuration and return its version."""
    headers = {"Authorization": f"Bearer {up.token}"}
    answer = httpx.put(f"{up.url}/api/v1/agents/{id_}/config", json={"config": text}, headers=headers, timeout=10)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["version"])


def runs(up: House, id_: str, within_s: float = 30, **wanted: Any) -> dict[str, Any]:
    """Wait until the API says this of the agent's configuration."""

    def shown() -> dict[str, Any] | None:
        config: dict[str, Any] = agent(up, id_)["config"]
        return config if all(config[name] == value for name, value in wanted.items()) else None

    try:
        return wait_for(shown, within_s=within_s, saying=f"{wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {agent(up, id_)['config']}") from None


def patient(up: House, config: Path, name: str) -> tuple[str, Process]:
    """Enrol and start an agent that tries a new configuration for four seconds, with a short interval."""
    id_ = enrolled(up, config, "--id", name)
    text = config.read_text().replace("[agent]", "[agent]\ninterval_s = 0.5", 1)
    config.write_text(f"{text}trial_s = 4\n")
    return id_, run_agent(up, config)


def test_a_good_configuration_is_applied_and_stays_over_a_restart(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = patient(up, config, "managed")
    runs(up, id_, state="local")
    version = hand_over(up, id_, config.read_text() + '[process]\nwatch = ["no-such-recorder"]\n')
    assert runs(up, id_, version=version, state="applied")["newest"] == version
    loaded = Path(f"/proc/{process.popen.pid}/maps").read_text()
    assert "_sqlite3" in loaded
    assert "cryptography" not in loaded, "the agent does not keep what only a signature needs"
    wait_for(
        lambda: any(m["metric"] == "process.count" for m in up.items(f"/devices/{id_}/metrics")),
        within_s=20,
        saying="the program is watched",
    )
    assert process.stop() == 0
    born = agent(up, id_)["born_at"]
    run_agent(up, config)
    wait_for(lambda: agent(up, id_)["born_at"] != born, within_s=20, saying="it is born again")
    seen = agent(up, id_)["last_seen"]
    wait_for(
        lambda: agent(up, id_)["last_seen"] > seen,
        within_s=20,
        saying="it is seen with each message, not with its birth alone",
    )
    runs(up, id_, version=version, state="applied")


def test_mistakes_are_told_back_with_their_places(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, _ = patient(up, config, "careful")
    runs(up, id_, state="local")
    lines = config.read_text().count("\n")
    version = hand_over(up, id_, config.read_text() + '[proces]\nwatch = ["x"]\n[host]\nenabled = "yes"\n')
    told = runs(up, id_, newest=version, state="rejected")
    assert f"agent.toml:{lines + 1}:1: proces: unknown key; did you mean 'process'?" in told["error"]
    assert f"agent.toml:{lines + 4}:1: host.enabled: must be true or false" in told["error"]
    assert told["version"] == 0


def test_a_configuration_with_which_it_cannot_report_is_undone(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = patient(up, config, "cautious")
    good = hand_over(up, id_, config.read_text() + "# good\n")
    runs(up, id_, version=good, state="applied")
    text = config.read_text().replace(f":{up.mqtt}", f":{free_port()}")
    bad = hand_over(up, id_, text)
    told = runs(up, id_, newest=bad, state="rolled_back")
    assert told["version"] == good
    assert "heard nothing within 4 s" in told["error"]
    assert "cannot be reached" in told["error"]
    assert process.popen.poll() is None, "it is the same process"


def test_it_is_undone_also_when_the_agent_is_killed_in_between(up: House, tmp_path: Path) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = patient(up, config, "killed")
    runs(up, id_, state="local")
    bad = hand_over(up, id_, config.read_text().replace(f":{up.mqtt}", f":{free_port()}"))
    wait_for(lambda: f"version {bad} of the configuration is tried" in process.text, within_s=20, saying="the trial")
    process.kill()
    run_agent(up, config)
    told = runs(up, id_, newest=bad, state="rolled_back")
    assert told["version"] == 0


def test_a_person_who_changes_the_file_has_the_last_word_and_the_agent_takes_it_over_by_itself(
    up: House, tmp_path: Path
) -> None:
    config = tmp_path / "pc" / "agent.toml"
    id_, process = patient(up, config, "headstrong")
    version = hand_over(up, id_, config.read_text() + '[process]\nwatch = ["no-such-recorder"]\n')
    runs(up, id_, version=version, state="applied")
    born = agent(up, id_)["born_at"]
    config.write_text(config.read_text() + '[process]\nwatch = ["by-hand"]\n')
    runs(up, id_, newest=version, version=0, state="local")
    assert agent(up, id_)["born_at"] != born
    assert process.popen.poll() is None, "it is the same process"
    wait_for(
        lambda: any(m["instance"] == "by-hand" for m in up.items(f"/devices/{id_}/metrics")),
        within_s=20,
        saying="its program is watched",
    )
    assert "is tried" not in process.text.rpartition("was changed; the agent begins anew")[2]
    newer = hand_over(up, id_, config.read_text() + "# newer\n")
    runs(up, id_, version=newer, state="applied")
