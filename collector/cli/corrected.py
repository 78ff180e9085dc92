"""What readings that came late have corrected of a device's incidents, for `roomtone rules explain`."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from collector.api.sources import Filter
from collector.core.model import DeviceId
from collector.inspection.fetch import Collector, NobodyThere, fetch_bytes
from collector.settings import records_url
from collector.store.records.database import Records
from collector.store.records.queries import RecordQueries

Document = dict[str, Any]
_BACK: Final = timedelta(days=7)  # nothing older is corrected
_MOST: Final = 500


def corrected(
    device: DeviceId, until: datetime, *, data: Path, collector: Collector | None, strict: bool
) -> list[Document]:
    """Return the incidents of a device in the week up to `until` that late readings have a say in, the latest first.

    Each as `GET /incidents` shows it, or with as much of that as the records of a data directory hold.

    Raises InspectionError: the collector would not, or could not.
    """
    start = until - _BACK
    if collector is not None:
        span = {"from": start.isoformat(), "to": until.isoformat()}
        query = urlencode({"device": device, "state": "all", "limit": _MOST, **span})
        try:
            return _late(json.loads(fetch_bytes(collector, f"/api/v1/incidents?{query}"))["items"])
        except NobodyThere:
            if strict:
                raise
    records = Records.open(records_url(data))
    try:
        found = RecordQueries(records).incidents(
            Filter(devices=(device,)), states=(), start=start, end=until, before=None, limit=_MOST
        )
        return _late(
            {
                "rule": one.incident.rule,
                "instance": one.incident.instance,
                "late": one.incident.late,
                "onset_at": one.incident.onset_at.isoformat(),
                "cleared_at": one.incident.cleared_at.isoformat() if one.incident.cleared_at else None,
                "corrections": [dict(each) for each in one.corrections],
            }
            for one in found
        )
    finally:
        records.close()


def _late(incidents: Iterable[Document]) -> list[Document]:
    return [one for one in incidents if one["late"] or one["corrections"]]


def in_words(incident: Document) -> list[str]:
    """Return what was corrected of an incident as lines."""
    where = f" {incident['instance']}" if incident["instance"] else ""
    until = incident["cleared_at"] or "now"
    known = ", detected late" if incident["late"] else ""
    lines = [f"incident {incident['rule']}{where} from {incident['onset_at']} to {until}{known}"]
    for one in incident["corrections"]:
        before = [
            f"{words} {one[name]}"
            for name, words in (
                ("onset_at_before", "said to begin"),
                ("cleared_at_before", "said to end"),
                ("attribution_before", "said to be of"),
            )
            if one.get(name)
        ]
        lines.append(
            f"  corrected at {one['at']} by {one['readings']} late readings: {', '.join(before) or 'as above'}"
        )
    return lines
