"""Plain MQTT devices on `roomtone up`: they show in the API, their last will is told, a new mapping counts at once."""

import json
import shutil
from pathlib import Path

from tests.conftest import ROOT
from tests.house import House, house, wait_for
from tests.plain_device import PlainDevice


def plug(up: House, name: str) -> PlainDevice:
    account = json.loads((up.data / "mqtt-devices.json").read_text())
    host, _, port = account["url"].removeprefix("mqtt://").rpartition(":")
    will = (f"tele/{name}/LWT", "Offline")
    return PlainDevice((host, int(port)), (account["username"], account["password"]), name, will=will)


def device(up: House, id_: str) -> dict[str, object]:
    return next((d for d in up.items("/devices") if d["id"] == id_), {})


def test_a_plug_shows_on_the_wall_dies_with_its_will_and_a_changed_mapping_counts(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    shutil.copy(ROOT / "rules" / "mappings" / "tasmota.yaml", mapping)
    with house(tmp_path, "--no-agent", "--mapping", str(mapping)) as up:
        lab = plug(up, "lab")
        lab.say("tele/lab/LWT", "Online", retain=True)
        wait_for(lambda: device(up, "main:lab").get("state") == "ok", within_s=20, saying="the plug is ok")
        shown = device(up, "main:lab")
        assert (shown["role"], shown["name"], shown["in_campus"]) == ("other", "lab", False)

        def read() -> list[dict[str, object]]:
            lab.say("tele/lab/SENSOR", {"ENERGY": {"Power": 12.5}})  # what comes before we have subscribed is lost
            return up.items("/devices/main:lab/metrics")

        metrics = wait_for(read, within_s=20, saying="its reading", every_s=0.5)
        assert [(m["metric"], m["value"], m["unit"]) for m in metrics] == [("hw.power", 12.5, "W")]

        more = '  - {device: "main:new-{x}", messages: [{topic: "new/{x}", readings: [{path: v, metric: hw.power}]}]}\n'
        mapping.write_text(mapping.read_text("utf-8") + "  - nonsense\n", "utf-8")
        mapping.write_text(mapping.read_text("utf-8").replace("  - nonsense\n", more), "utf-8")
        new = plug(up, "new")

        def is_there() -> bool:
            new.say("new/a", {"v": 3})
            return bool(device(up, "main:new-a"))

        wait_for(is_there, within_s=20, saying="what the changed mapping names", every_s=0.5)

        lab.vanish()
        wait_for(lambda: device(up, "main:lab").get("pending"), within_s=30, saying="the silence is being timed")
