"""Who is calling, and what they may see and do."""

from dataclasses import dataclass

from collector.api.schemas.people import Via
from collector.core.model import SiteId
from collector.store.records.accounts import Language, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller who showed who they are. `sites` None: all of them."""

    name: str
    role: Role
    via: Via
    language: Language = Language.ZH_CN
    sites: frozenset[SiteId] | None = None

    def sees(self, site: str) -> bool:
        """Tell whether a site, and all that stands in it, is this caller's to see."""
        return self.sites is None or site in self.sites
