"""What to write into agent.toml and the campus file for devices that were found. In: devices. Out: both, as text.

What a person still has to add stands there as a comment; nothing of it is a secret.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from agent.discover import Found
from agent.probe_tables import ROLES
from wire.topics import ID_PATTERN

_SHORT: Final = 40


def ids_of(found: Iterable[Found]) -> list[str]:
    """Return an id for each device: its role, and the end of its address; no two alike."""
    taken: set[str] = set()
    ids: list[str] = []
    for one in found:
        tail = re.sub(r"[^0-9a-z]+", "-", one.address.lower()).strip("-")
        base = f"{one.role if one.role != 'other' else one.protocol}-{tail}"[:_SHORT]
        name = base if base not in taken else f"{base}-{one.protocol}"
        taken.add(name)
        ids.append(name if ID_PATTERN.fullmatch(name) else f"device-{len(ids) + 1}")
    return ids


def agent_toml(
    found: Sequence[Found],
    *,
    site: str,
    agent: str,
    communities: Mapping[str, Path] | None = None,
    user_file: Path | None = None,
) -> str:
    """Return an agent.toml with the devices; `communities` says in which file each community stands."""
    head = "# Devices that were found. Look them through before an agent runs with this.\n"
    parts = [f'{head}[agent]\nsite = "{site}"\nid = "{agent}"\nrole = "gateway"\n\n[host]\nenabled = false\n']
    for one, name in zip(found, ids_of(found), strict=True):
        told = " ".join(part for part in (one.vendor, one.model, one.name) if part)
        lines = [f"# {_one_line(told)}"] if told else []
        lines += _table(one, name, communities or {}, user_file)
        if one.needs:
            lines.append(f"# it needs: {one.needs}")
            lines = [line if line.startswith("#") else f"# {line}" for line in lines]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _table(one: Found, name: str, communities: Mapping[str, Path], user_file: Path | None) -> list[str]:
    role = [f"role = {json.dumps(one.role)}"] if one.role in ROLES else []
    host = [f"host = {json.dumps(one.address)}"]
    if one.protocol == "snmp":
        lines = ["[[snmp]]", f'id = "{name}"', *role, *host]
        lines += [f"port = {one.port}"] if one.port != 161 else []
        if one.community in communities:
            return [*lines, f"community_file = {json.dumps(communities[one.community].as_posix())}"]
        if one.community or one.needs:
            return lines
        file = user_file.as_posix() if user_file else f"{name}.user"
        return [*lines, 'version = "3"', f"user_file = {json.dumps(file)}"]
    if one.protocol == "pjlink":
        lines = ["[[pjlink]]", f'id = "{name}"', *role, *host]
        lines += [f"port = {one.port}"] if one.port != 4352 else []
        return [*lines, f'password_file = "{name}.password"'] if one.needs else lines
    lines = ["[[stream]]", f'id = "{name}"', *role]
    if one.protocol == "onvif":
        return [*lines, f'url = "rtsp://{one.address}/"', f"onvif = {json.dumps(one.url)}"]
    return [*lines, f"url = {json.dumps(one.url)}"]


def campus_yaml(found: Sequence[Found], *, site: str, agent: str) -> str:
    """Return entries for `devices:` of the campus file; the room is for a person to say."""
    lines = ["# Entries for the campus file. Give each its room.", "devices:" if found else "devices: []"]
    for one, name in zip(found, ids_of(found), strict=True):
        entry = {"id": f"{site}:{agent}:{name}", "role": one.role}
        said = {"name": one.name, "vendor": one.vendor, "model": one.model, "serial": one.serial}
        entry |= {key: _one_line(text) for key, text in said.items() if text}
        fields = ", ".join(f"{key}: {json.dumps(text, ensure_ascii=False)}" for key, text in entry.items())
        lines.append(f"  - {{{fields}}}")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:100]
