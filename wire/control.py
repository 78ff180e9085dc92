"""Names of the metrics that steer the conversation, as `INTERFACE.md` promises them.

Outbox metrics carry the agent's entry numbers; see docs/architecture.md, "Nothing is deleted before it is stored".
"""

from typing import Final

BDSEQ: Final = "bdSeq"  # Int64 (UInt64 accepted), in NBIRTH and NDEATH
REBIRTH: Final = "Node Control/Rebirth"  # Boolean, NBIRTH and NCMD
OUTBOX_EPOCH: Final = "Outbox/Epoch"  # String
OUTBOX_FIRST: Final = "Outbox/First"  # UInt64
OUTBOX_ID: Final = "Outbox/Id"  # UInt64
STORED_UP_TO: Final = "Node Control/Stored Up To"  # UInt64, NBIRTH and NCMD
SHUTDOWN: Final = "Node Info/Shutdown"  # String os|service|sleep, null in NBIRTH
INTERVAL: Final = "Properties/Interval"  # Int32, s
PROPERTIES: Final = "Properties/"

# Birth properties: metric name -> field of a device's identity. All String.
PROPERTY_FIELDS: Final = {
    "Properties/Room": "room",
    "Properties/Role": "role",
    "Properties/Name": "name",
    "Properties/Vendor": "vendor",
    "Properties/Model": "model",
    "Properties/Serial": "serial",
    "Properties/Firmware": "firmware",
    "Properties/Agent Version": "agent_version",
    "Properties/OS": "os",
}

OUTBOX_NAMES: Final = frozenset({OUTBOX_EPOCH, OUTBOX_FIRST, OUTBOX_ID, STORED_UP_TO})
CONTROL_NAMES: Final = OUTBOX_NAMES | {BDSEQ, REBIRTH, SHUTDOWN, INTERVAL}


def is_control(name: str) -> bool:
    """Tell whether a metric name steers the conversation and is never a reading."""
    return name in CONTROL_NAMES or name.startswith(("Node Control/", "Device Control/", "Node Info/", PROPERTIES))
