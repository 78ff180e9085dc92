"""Which roles are bound to sites."""

from collections.abc import Sequence

from collector.api.problems import bad_request
from collector.api.schemas.base import Mistake
from collector.store.records.accounts import Role


def check_sites(role: Role, sites: Sequence[str]) -> None:
    """Refuse a customer without sites, and sites for anybody else.

    Raises:
        ProblemError: 400.
    """
    if role is Role.CUSTOMER and not sites:
        raise bad_request([Mistake(where="sites", what="a customer needs at least one site to see")])
    if role is not Role.CUSTOMER and sites:
        raise bad_request([Mistake(where="sites", what=f"the role {role} sees all sites; leave it empty")])
