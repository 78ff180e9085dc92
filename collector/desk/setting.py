"""What the desk needs to know of the world: campus, agreements, the words of rules, planned maintenance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from collector.core.agreement import Agreement
from collector.core.campus import DEFAULT_AGREEMENT, Campus
from collector.core.maintenance import Plan
from collector.core.model import Device, DeviceId, Incident, RoomId, SiteId, is_drill, site_of

Words = Mapping[str, Mapping[str, str]]  # language → title, symptom, advice
RuleWords = Callable[[str], Words]

_UTC: Final = ZoneInfo("UTC")
_MAIN_LANGUAGE: Final = "en"
_DRILL: Final = {"en": "Drill: ", "zh-CN": "演练："}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The desk's surroundings; replaced as a whole when a file changes."""

    campus: Campus
    agreements: Mapping[str, Agreement]
    words: RuleWords
    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        """Raise ValueError without the agreement that holds where a site names none."""
        if DEFAULT_AGREEMENT not in self.agreements:
            raise ValueError(f"there is no agreement {DEFAULT_AGREEMENT!r}; sites that name none need it")

    def zone(self, site: SiteId) -> ZoneInfo:
        """Return a site's time zone; UTC for one that the campus file does not know."""
        found = self.campus.sites.get(site)
        return found.time_zone if found else _UTC

    def agreement(self, site: SiteId) -> Agreement:
        """Return what a site was promised, with its country's working days; the default where it names none that is."""
        found = self.campus.sites.get(site)
        name = found.agreement if found else DEFAULT_AGREEMENT
        promised = self.agreements.get(name, self.agreements[DEFAULT_AGREEMENT])
        if found is None or not (found.almanac.holidays or found.almanac.working_days):
            return promised
        return replace(promised, calendar=promised.calendar.with_days_of(found.almanac))

    @property
    def longest_reopening(self) -> timedelta:
        """The longest time within which any agreement takes a fault for the same as before."""
        return max(agreement.reopen_within for agreement in self.agreements.values())

    def words_of(self, incident: Incident, device: Device | None) -> Words:
        """Return what an incident's rule says in each language, with its names filled in.

        A text may name `{device}`, `{room}`, `{site}`, `{instance}` and `{value}`.
        """
        names = self._names(incident, device)
        words = {
            language: {part: _filled(text, names) for part, text in said.items()}
            for language, said in self.words(incident.rule).items()
        }
        if is_drill(incident.device):
            for language, mark in _DRILL.items():
                said = words.setdefault(language, {})
                said["title"] = mark + said.get("title", incident.rule)
        return words

    def _names(self, incident: Incident, device: Device | None) -> dict[str, str]:
        site = self.campus.sites.get(site_of(incident.device))
        room = self.campus.rooms.get(incident.room)
        known = self.campus.devices.get(incident.device) or device
        return {
            "device": (known.name if known else "") or _last_part(incident.device),
            "room": room.name if room else incident.room.rpartition("/")[2],
            "site": site.name if site else site_of(incident.device),
            "instance": incident.instance,
            "value": "" if incident.value is None else f"{incident.value:g}",
        }

    def knows_site(self, site: SiteId) -> bool:
        """Tell whether the campus file has a site."""
        return site in self.campus.sites

    def rooms_named(self, name: str, site: SiteId | None) -> list[RoomId]:
        """Return the rooms of the campus file that a person may mean: by `site/room`, or by `room` alone."""
        if RoomId(name) in self.campus.rooms:
            return [RoomId(name)]
        return [
            room.id
            for room in self.campus.rooms.values()
            if room.id.rpartition("/")[2] == name and site in (None, room.site)
        ]


def main_words(words: Words) -> Mapping[str, str]:
    """Return the words that a ticket's own title and symptom are in: English where there is any."""
    return words.get(_MAIN_LANGUAGE) or next(iter(words.values()), {})


def _last_part(device: DeviceId) -> str:
    return device.rpartition(":")[2]


class _Named(dict[str, str]):
    """Names for a text; one that is not known stays as it is written."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _filled(text: str, names: Mapping[str, str]) -> str:
    if "{" not in text:
        return text
    try:
        return text.format_map(_Named(names))
    except (ValueError, LookupError, AttributeError):  # braces that are no names
        return text
