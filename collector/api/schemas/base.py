"""What all JSON of the API has in common: the base model, pages, problem documents, bounded words."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Password = Annotated[str, StringConstraints(min_length=8, max_length=1000)]


class Shown(BaseModel):
    """An answer. Every field is present; what is not known is null."""

    model_config = ConfigDict(from_attributes=True, frozen=True, json_schema_serialization_defaults_required=True)


class Asked(BaseModel):
    """A request body. A field that is not asked for is refused, so that a slip of the pen is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shown, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, null on the last one."""

    items: Sequence[T]
    next: str | None = None


class Mistake(Shown):
    """One thing that is wrong with a request: where it stands and what is wrong."""

    where: str
    what: str


class Problem(Shown):
    """A problem document, RFC 9457. `errors` lists every mistake of a request that was refused."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    instance: str | None = None
    errors: list[Mistake] = Field(default_factory=list)
