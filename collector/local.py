"""What `roomtone up` runs beside the collector on this machine: an agent, and with --demo a simulated campus.

Comes in: the data directory and the broker's address. Goes out: supervised children that know the rest from files.
"""

import asyncio
import json
import re
import socket
import sys
from pathlib import Path
from typing import Final

from collector.broker import BrokerAddress
from collector.child import Child
from collector.core.model import DeviceId
from collector.private_file import write_private
from collector.settings import SettingsError

LOCAL_SITE: Final = "local"
_DEMO_SEED: Final = 7
_CAMPUS_WITHIN_S: Final = 60.0


def machine_id() -> str:
    """Return this machine's name as an id: lower case, `[a-z0-9._-]`."""
    name = re.sub(r"[^a-z0-9_-]+", "-", socket.gethostname().split(".")[0].lower()).strip("-_")
    return name[:63] or "this-machine"


def this_machine() -> DeviceId:
    """Return the device id of the agent that `local_agent` runs."""
    return DeviceId(f"{LOCAL_SITE}:{machine_id()}")


def local_agent(data: Path, broker: BrokerAddress, host_id: str) -> Child:
    """Return the agent of this machine, configured in `data`/agent."""
    home = data / "agent"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = home / "mqtt.password"
    write_private(secret, broker.password)
    name = machine_id()
    config = home / "agent.toml"
    config.write_text(
        "# Written by `roomtone up` at each start.\n"
        "[agent]\n"
        f"id = {json.dumps(name)}\nsite = {json.dumps(LOCAL_SITE)}\nroom = {json.dumps(name)}\n"
        f"data_dir = {json.dumps(str(home / 'data'))}\n\n"
        "[broker]\n"
        f"url = {json.dumps(broker.url)}\nusername = {json.dumps(broker.username)}\n"
        f"password_file = {json.dumps(str(secret))}\nhost_id = {json.dumps(host_id)}\n",
        "utf-8",
    )
    command = [sys.executable, "-OO", "-m", "roomtone", "agent", "run", "--config", str(config)]
    return Child("agent", command, output=home / "agent.log")


async def write_demo_campus(data: Path, rooms: int) -> Path:
    """Return the campus file of the demonstration, written anew.

    Raises:
        SettingsError: the simulator could not write it.
    """
    home = data / "demo"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    campus = home / "campus.yaml"
    process = await asyncio.create_subprocess_exec(
        *_simulate(rooms), "--write-campus", str(campus), "--only-campus", stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_CAMPUS_WITHIN_S):
        _, said = await process.communicate()
    if process.returncode != 0:
        raise SettingsError(f"--demo: the simulated campus could not be written: {said.decode(errors='replace')}")
    return campus


def demo(data: Path, broker: BrokerAddress, host_id: str, rooms: int) -> Child:
    """Return the simulated campus, reporting to `broker`."""
    home = data / "demo"
    secret = home / "mqtt.password"
    write_private(secret, broker.password)
    words = ["--broker", broker.url, "--username", broker.username, "--password-file", str(secret)]
    return Child("demo", [*_simulate(rooms), *words, "--host-id", host_id], output=home / "simulate.log")


def _simulate(rooms: int) -> list[str]:
    return [sys.executable, "-m", "roomtone", "simulate", "--rooms", str(rooms), "--seed", str(_DEMO_SEED)]
