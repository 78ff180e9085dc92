"""What is asked of an inspection."""

from typing import Annotated

from pydantic import Field, StringConstraints

from collector.api.schemas.base import Asked, Name
from collector.inspection.column import Headings

Border = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
    Field(description="A day by the site's calendar (`2026-09-01`), or an RFC 3339 instant", examples=["2026-09-01"]),
]


class CollectAsked(Asked):
    """The run parameters of a period. A last day belongs to the period; a last instant does not."""

    site: Name
    room: Annotated[Name | None, Field(description="A room's id, or `site/room`; without it, the whole site")] = None
    from_: Annotated[Border, Field(alias="from")]
    to: Border
    language: Headings = Headings.BOTH
