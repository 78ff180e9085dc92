"""What is this device? In: what it says about itself. Out: the profile that fits, and whose and which it is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.errors import Mistake
from agent.snmp.engine import Value
from agent.snmp.errors import ProfileError
from agent.snmp.instance import text_of
from agent.snmp.library import ProfileLibrary
from agent.snmp.profile import GENERIC, Match, Profile, Source
from agent.snmp.session import SYS_UP_TIME, Session

SYS_DESCR: Final = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
SYS_NAME: Final = "1.3.6.1.2.1.1.5.0"
# `specificity` of 1.3.6.1.4.1.MAKER.*
OF_A_MAKER: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A device as it describes itself, and the profile that fits it."""

    profile: str
    # A foreign profile that knows the device, too.
    beside: str = ""
    sys_object_id: str = ""
    sys_descr: str = ""
    vendor: str = ""
    role: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    name: str = ""


def specificity(pattern: str, oid: str) -> int:
    """Return how closely a sysObjectID pattern fits, 0 for not at all: an exact one beats every wildcard."""
    if pattern == oid:
        return 1000
    if pattern == "*":
        return 1
    if pattern.endswith(".*") and (oid + ".").startswith(pattern[:-1]):
        return 1 + pattern.count(".")
    return 0


def choose(matches: Iterable[Match], oid: str, descr: str, present: dict[str, bool]) -> Match | None:
    """Return the match that fits best: by sysObjectID, then by how many of its other conditions hold."""
    best: tuple[int, int] = (0, 0)
    chosen: Match | None = None
    for match in matches:
        close = specificity(match.pattern, oid)
        if not close or (match.sys_descr and not match.sys_descr.search(descr)):
            continue
        if match.present and not present.get(match.present):
            continue
        rank = (close, bool(match.sys_descr) + 2 * bool(match.present))
        if rank > best:
            best, chosen = rank, match
    return chosen


def identify(session: Session, library: ProfileLibrary, wanted: str | None = None) -> Identity:
    """Ask the device who it is; with `wanted`, that profile is taken whatever it says.

    Raises:
        SnmpError: it does not answer.
        ProfileError: the profile that fits has mistakes.
    """
    system = session.get([SYS_DESCR, SYS_OBJECT_ID, SYS_NAME, SYS_UP_TIME])
    descr = text_of(system.get(SYS_DESCR))
    oid = text_of(system.get(SYS_OBJECT_ID)).lstrip(".")
    candidates = [match for match in library.matches if specificity(match.pattern, oid)]
    foreign = choose(library.foreign_matches, oid, descr, {})
    if foreign and candidates and specificity(foreign.pattern, oid) < OF_A_MAKER:
        foreign = None  # it takes everything: what it reads are the standard MIBs, and those we read as well
    if wanted:
        candidates = [match for match in candidates if match.profile == wanted]
        foreign = None
    asked = sorted({match.present for match in candidates if match.present})
    answers = session.get(asked) if asked else {}
    match = choose(candidates, oid, descr, {name: text_of(answers.get(name)) != "" for name in asked})
    chosen = wanted or (match.profile if match else foreign.profile if foreign else GENERIC)
    profile = library.find(chosen)
    if profile is None:
        raise ProfileError([Mistake(file=chosen, what="there is no profile of this name")])
    facts = _facts(session, profile, descr)
    return Identity(
        profile=profile.id,
        beside=foreign.profile if foreign and match else "",
        sys_object_id=oid,
        sys_descr=descr,
        vendor=(match.vendor if match else "") or profile.vendor or facts.get("vendor", ""),
        role=(match.role if match else "") or profile.role,
        model=facts.get("model") or (match.model if match else ""),
        serial=facts.get("serial", ""),
        firmware=facts.get("firmware", ""),
        name=facts.get("name") or text_of(system.get(SYS_NAME)),
    )


def _facts(session: Session, profile: Profile, descr: str) -> dict[str, str]:
    asked = sorted({s.oid for sources in profile.facts.values() for s in sources if s.oid and not s.is_column})
    values = session.get(asked) if asked else {}
    return {fact: _first_text(session, sources, values, descr) for fact, sources in profile.facts.items()}


def _first_text(session: Session, sources: Sequence[Source], values: dict[str, Value], descr: str) -> str:
    for source in sources:
        if source.is_column:
            found = [text_of(value) for value in session.column(source.oid, limit=50).values()]
        elif source.oid:
            found = [text_of(values.get(source.oid))]
        else:
            found = [source.text or descr]
        for text in found:
            taken = _taken(source, text)
            if taken:
                return taken
    return ""


def _taken(source: Source, text: str) -> str:
    if source.pattern is not None:
        match = re.search(source.pattern, text)
        if match is None:
            return ""
        text = next((part for part in match.groups() if part), "") if match.groups() else match[0]
    if source.enum is not None:
        text = source.enum.get(text, text)
    return text.strip()
