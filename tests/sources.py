"""Where each metric comes from, as the probes, profiles and mappings themselves say.

`python -m tests.sources` writes the table into docs/probes.md.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.probes.registry import PROBES, load
from agent.snmp.library import our_library
from agent.snmp.trap import TrapReceiver
from agent.vitals import Vitals
from collector.fleet.roster import CLONES
from collector.packs.mapping import load_mapping
from wire.catalogue import CATALOGUE

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "probes.md"
_BEGIN, _END = "<!-- sources -->\n", "<!-- end of sources -->\n"
_MOST_NAMED: Final = 4


def of_probes() -> Iterator[tuple[str, str]]:
    """Yield (metric, source) of the probes, and of the agent and the collector themselves."""
    for name in PROBES:
        yield from (
            (metric, f"[{name}](#{name})" if _has_section(name) else _page(name)) for metric in load(name).gives
        )
    yield from ((metric, "the agent itself") for metric in Vitals.gives)
    yield from ((metric, "[traps](snmp.md)") for metric in TrapReceiver.gives)
    yield CLONES, "the collector itself"


def of_profiles() -> dict[str, set[str]]:
    """Return the SNMP profiles that read each metric."""
    library = our_library()
    found: dict[str, set[str]] = defaultdict(set)
    for name in library.ids:
        profile = library.find(name)
        for group in profile.groups if profile is not None else ():
            for rule in group.rules:
                found[rule.metric].add(name)
    return found


def of_mappings() -> dict[str, set[str]]:
    """Return the shipped mappings of plain MQTT devices that read each metric."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "rules" / "mappings").glob("*.yaml")):
        for device in load_mapping(file).devices:
            for talk in device.talks:
                for value in talk.values:
                    found[value.metric].add(file.stem)
    return found


def of_examples() -> dict[str, set[str]]:
    """Return the pages of generic probes whose examples read each metric."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in ("command", "http"):
        page = (ROOT / "docs" / "probes" / f"{name}.md").read_text("utf-8")
        for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
            for table in tomllib.loads(block).get(name, ()):
                for value in table.get("value", ()):
                    found[value["metric"]].add(name)
    return found


def table() -> str:
    """Return the table of the page: a row for each metric of the catalogue."""
    probes: dict[str, list[str]] = defaultdict(list)
    for metric, source in of_probes():
        probes[metric].append(source)
    profiles, mappings, examples = of_profiles(), of_mappings(), of_examples()
    lines = ["| metric | unit | from |", "|---|---|---|"]
    for metric, entry in CATALOGUE.items():
        sources = list(probes[metric])
        named = sorted(profiles[metric])
        if named:
            said = ", ".join(named) if len(named) <= _MOST_NAMED else "many profiles"
            sources.append(f"[snmp](#snmp) ({said})")
        sources += [f"{_page(name)} (example)" for name in sorted(examples[metric]) if _page(name) not in sources]
        if mappings[metric]:
            sources.append(f"[mqtt](mapping.md) ({', '.join(sorted(mappings[metric]))})")
        lines.append(f"| `{metric}` | {entry.unit} | {', '.join(sources)} |")
    return "\n".join(lines) + "\n"


def written() -> str:
    """Return the table as it stands in the page."""
    return PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]


def _has_section(name: str) -> bool:
    return not (ROOT / "docs" / "probes" / f"{name}.md").exists()


def _page(name: str) -> str:
    return f"[{name}](probes/{name}.md)"


def main() -> None:
    """Write the table into its page."""
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
