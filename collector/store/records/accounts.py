"""Users, tokens, sessions and the audit."""

from enum import StrEnum


class Role(StrEnum):
    """What a caller may do. `customer` sees their own sites only."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    ADMIN = "admin"
    CUSTOMER = "customer"


class Language(StrEnum):
    """The languages of the dashboard."""

    ZH_CN = "zh-CN"
    EN = "en"
