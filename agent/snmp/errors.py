"""What can go wrong between an agent and an SNMP device.

ProbeError
└── SnmpError             a request brought nothing that can be used
    ├── NoAnswer          silence: no such host, wrong community, or wrong privacy key
    ├── Refused           the device answered that it will not
    │   └── AuthError     SNMPv3 only
    │       ├── UnknownUser
    │       └── WrongDigest
    ├── Garbage           the answer cannot be decoded
    └── NotReachable      the network says so (no route, port closed, name unknown)
ConfigError
└── ProfileError          a profile cannot be used; holds every mistake
"""

from agent.errors import ConfigError, ProbeError


class SnmpError(ProbeError):
    """A request to an SNMP device brought nothing that can be used."""


class NoAnswer(SnmpError):
    """The device stayed silent, as it also does for a wrong community or a wrong privacy key."""


class Refused(SnmpError):
    """The device answered that it will not."""


class AuthError(Refused):
    """The device does not accept the SNMPv3 user: unknown, or with another authentication key."""


class UnknownUser(AuthError):
    """The device does not know the SNMPv3 user."""


class WrongDigest(AuthError):
    """The device knows the SNMPv3 user with another authentication key or protocol."""


class Garbage(SnmpError):
    """The device's answer cannot be decoded."""


class NotReachable(SnmpError):
    """The network says that there is no way to the device."""


class ProfileError(ConfigError):
    """A profile cannot be used; `mistakes` are all of them."""
