"""What smartctl's report on one disk means. In: its JSON. Out: readings.

Sources: smartctl(8) of smartmontools 7; NVM Express 2.0, "SMART / Health Information"; ATA ACS-4, "Device Statistics".
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from agent.reading import Reading
from wire.catalogue import HwState

# Raw values of ATA attributes that tell of a dying disk, by number; the vendor's name may differ.
_ATTRIBUTES: Final = {
    5: "reallocated",
    187: "reported_uncorrectable",
    197: "pending",
    198: "offline_uncorrectable",
    199: "crc_errors",
}
_COUNTS_48_BITS: Final = 1 << 48
# Remaining life as a normalised value (100 is new), where the disk has no statistics of its own.
_LIFE_LEFT: Final = {231: "life", 233: "wearout", 177: "wear_leveling", 202: "lifetime"}
_NVME: Final = {
    "available_spare": "available_spare",
    "media_errors": "media_errors",
    "unsafe_shutdowns": "unsafe_shutdowns",
    "num_err_log_entries": "error_log_entries",
}
# Bits of NVMe's critical warning: spare low, too hot, unreliable, read-only, backup of volatile memory failed.
_WORN, _HOT, _UNRELIABLE, _READ_ONLY, _NO_BACKUP = 1, 2, 4, 8, 16
_COLDEST, _HOTTEST = -40, 150


def readings_of(disk: str, said: Mapping[str, Any]) -> Iterator[Reading]:
    """Yield what a report says; what it does not say, or says in another shape, is left out."""
    table = {
        _number(row, "id"): row for row in _list(_table(said, "ata_smart_attributes"), "table") if isinstance(row, dict)
    }
    state = _state(said, table)
    if state is not None:
        yield Reading("hw.status", state, f"physical_disk:{disk}")
    for number, attribute in _ATTRIBUTES.items():
        raw = _number(_table(table.get(number, {}), "raw"), "value")
        if raw is not None and 0 <= raw < _COUNTS_48_BITS:
            # The low 16 bits hold the count where a vendor packs more into it.
            yield Reading("hw.physical_disk.smart", raw if raw < 1 << 32 else int(raw) & 0xFFFF, f"{disk}:{attribute}")
    log = _table(said, "nvme_smart_health_information_log")
    for key, attribute in _NVME.items():
        value = _number(log, key)
        if value is not None:
            yield Reading("hw.physical_disk.smart", value, f"{disk}:{attribute}")
    for attribute, value in (
        ("power_on_hours", _number(_table(said, "power_on_time"), "hours")),
        ("power_cycles", _number(said, "power_cycle_count")),
        ("grown_defects", _number(said, "scsi_grown_defect_list")),
    ):
        if value is not None:
            yield Reading("hw.physical_disk.smart", value, f"{disk}:{attribute}")
    used = _used(said, table)
    if used is not None:
        yield Reading("hw.physical_disk.endurance_utilization", used, disk)
    yield from _temperature(disk, said)


def _state(said: Mapping[str, Any], table: Mapping[float | None, Any]) -> HwState | None:
    passed = _table(said, "smart_status").get("passed")
    warning = int(_number(_table(said, "nvme_smart_health_information_log"), "critical_warning") or 0)
    if warning & _READ_ONLY:
        return HwState.FAILED
    if passed is False and not warning:
        return HwState.PREDICTED_FAILURE
    if warning & (_WORN | _UNRELIABLE):
        return HwState.PREDICTED_FAILURE
    if any(row.get("when_failed") == "now" and _table(row, "flags").get("prefailure") for row in table.values()):
        return HwState.PREDICTED_FAILURE
    if warning & (_HOT | _NO_BACKUP):
        return HwState.DEGRADED
    # Sectors that could not be read: what was on them is lost, though the disk goes on.
    if any((_number(_table(table.get(number, {}), "raw"), "value") or 0) > 0 for number in (197, 198)):
        return HwState.DEGRADED
    return HwState.OK if passed is True else HwState.DEGRADED if passed is False else None


def _used(said: Mapping[str, Any], table: Mapping[float | None, Any]) -> float | None:
    """Return the share of the rated endurance that is used; more than 1 is possible, None where nobody says."""
    for value in (
        _number(_table(said, "endurance_used"), "current_percent"),
        _number(_table(said, "nvme_smart_health_information_log"), "percentage_used"),
        _number(said, "scsi_percentage_used_endurance_indicator"),
        *(_statistics(said)),
    ):
        if value is not None and 0 <= value <= 255:
            return value / 100
    for number, word in _LIFE_LEFT.items():
        row = table.get(number, {})
        name = str(row.get("name", "")).lower()
        left = _number(row, "value")
        if word in name and left is not None and 0 <= left <= 100:
            return 1 - left / 100
    return None


def _statistics(said: Mapping[str, Any]) -> Iterator[float | None]:
    for page in _list(_table(said, "ata_device_statistics"), "pages"):
        for row in _list(page, "table"):
            if isinstance(row, dict) and row.get("name") == "Percentage Used Endurance Indicator":
                yield _number(row, "value")


def _temperature(disk: str, said: Mapping[str, Any]) -> Iterator[Reading]:
    of = _table(said, "temperature")
    current = _number(of, "current")
    if current is None or not _COLDEST <= current <= _HOTTEST or current == 0:
        return
    # "disk" in the name tells rules that it may be hotter than other things.
    instance = f"disk {disk}"
    yield Reading("hw.temperature", current, instance)
    nvme = _table(said, "nvme_composite_temperature_threshold")
    for limit, values in (
        ("high", (_number(nvme, "warning"), _number(of, "op_limit_max"))),
        ("critical", (_number(nvme, "critical"), _number(of, "critical_limit_max"), _number(of, "limit_max"))),
    ):
        value = next((v for v in values if v is not None and 0 < v <= _HOTTEST), None)
        if value is not None:
            yield Reading("hw.temperature.limit", value, f"{instance}:{limit}")


def _table(of: Any, key: str) -> Mapping[str, Any]:
    found = of.get(key) if isinstance(of, dict) else None
    return found if isinstance(found, dict) else {}


def _list(of: Any, key: str) -> list[Any]:
    found = of.get(key) if isinstance(of, dict) else None
    return found if isinstance(found, list) else []


def _number(of: Mapping[str, Any], key: str) -> float | None:
    found = of.get(key)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None
