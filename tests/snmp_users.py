"""The SNMPv3 users that the peers of the tests know."""

from agent.snmp.target import AuthProto, PrivProto, SnmpUser

U256 = SnmpUser(
    name="u256",
    auth_proto=AuthProto.SHA256,
    auth_key="authpass1",
    priv_proto=PrivProto.AES128,
    priv_key="privpass1",
)
U512 = SnmpUser(
    name="u512",
    auth_proto=AuthProto.SHA512,
    auth_key="authpass2",
    priv_proto=PrivProto.AES256,
    priv_key="privpass2",
)
USHA = SnmpUser(name="usha", auth_proto=AuthProto.SHA, auth_key="authpass3")
