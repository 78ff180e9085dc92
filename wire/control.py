"""Names of the metrics that steer the conversation, as `INTERFACE.md` promises them.

Outbox metrics carry the agent's entry numbers; see docs/architecture.md, "Nothing is deleted before it is stored".
"""

from typing import Final

BDSEQ: Final = "bdSeq"  # Int64 (UInt64 accepted), in NBIRTH and NDEATH
REBIRTH: Final = "Node Control/Rebirth"  # Boolean, NBIRTH and NCMD
OUTBOX_EPOCH: Final = "Outbox/Epoch"  # String
OUTBOX_FIRST: Final = "Outbox/First"  # UInt64
OUTBOX_ID: Final = "Outbox/Id"  # UInt64
OUTBOX_RUN: Final = "Outbox/Run"  # UInt64, NBIRTH: the how manyth run of the agent this is, as its disk remembers
STORED_UP_TO: Final = "Node Control/Stored Up To"  # UInt64, NBIRTH and NCMD
SHUTDOWN: Final = (
    "Node Info/Shutdown"  # String os|service|sleep, null in NBIRTH; in the DDEATH of a device that told it
)
CONFIGURATION: Final = "Node Control/Configuration"  # Bytes, NCMD: signature (64 bytes) and JSON
CONFIGURATION_SIGNED_AS: Final = b"roomtone agent configuration 1\n"  # goes before the JSON in what is signed
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
    "Properties/Lamp Model": "lamp_model",  # what to order for it; so is the filter's
    "Properties/Filter Model": "filter_model",
    "Properties/Agent Version": "agent_version",
    "Properties/OS": "os",
    "Properties/Behind": "behind",  # the device of the same node that speaks for it; also in its DDEATH
    "Properties/Address": "address",  # a node's own, as the broker's network sees it; where a device is read
    "Properties/Network Cards": "cards",  # hashed as in the fingerprint, parted by blanks
    "Properties/Neighbours": "neighbours",  # JSON, as agent/snmp/neighbours.py describes it
    "Properties/Fingerprint": "fingerprint",  # hashed parts of the hardware, parted by blanks
    "Properties/Spool": "spool",  # disk; volatile: what waits does not outlive the run
    "Node Info/Configuration Digest": "config_digest",  # `wire.digest` of the text it runs
    "Node Info/Configuration State": "config_state",  # applied, trial, rejected, rolled_back; none: its own file
    "Node Info/Configuration Tried": "config_tried",  # the version that it would not or could not run
    "Node Info/Configuration Error": "config_error",
}

OUTBOX_NAMES: Final = frozenset({OUTBOX_EPOCH, OUTBOX_FIRST, OUTBOX_ID, OUTBOX_RUN, STORED_UP_TO})
CONTROL_NAMES: Final = OUTBOX_NAMES | {BDSEQ, REBIRTH, SHUTDOWN, INTERVAL}


def is_control(name: str) -> bool:
    """Tell whether a metric name steers the conversation and is never a reading."""
    return name in CONTROL_NAMES or name.startswith(("Node Control/", "Device Control/", "Node Info/", PROPERTIES))
