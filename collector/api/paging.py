"""Pages of a list: `limit`, and a cursor that callers hand back as they got it."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Query

from collector.api.problems import bad_request
from collector.api.schemas.base import Mistake
from collector.api.storable import is_storable

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
_LONGEST_CURSOR: Final = 1000
_LARGEST: Final = 1 << 62

T = TypeVar("T")
Key = str | int

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most")]
Cursor = Annotated[
    str | None, Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; leave out for the first")
]


def write_cursor(*key: Key) -> str:
    """Return an opaque cursor for the place after a key."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[Key, ...]:
    """Return the key of a cursor, whose parts have the given types.

    Raises:
        ProblemError: 400, it is none of ours.
    """
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or not all(map(_fits, key)):
        raise bad_request([Mistake(where="cursor", what="is not one that this list gave; leave it out to start anew")])
    return tuple(key)


def _fits(part: Key) -> bool:
    """Tell whether a database can hold a part of a key."""
    return is_storable(part) if isinstance(part, str) else abs(part) < _LARGEST


def page_of(
    items: Sequence[T], *, id_of: Callable[[T], str], limit: int, cursor: str | None
) -> tuple[Sequence[T], str | None]:
    """Return one page of a list in memory, and the next cursor.

    The cursor remembers the last item and its place: where the item has gone meanwhile, the page begins at its place.
    """
    begin = 0
    if cursor is not None:
        place, last = read_cursor(cursor, int, str)
        begin = _after(items, id_of, int(place), str(last))
    chosen = items[begin : begin + limit]
    if begin + limit >= len(items):
        return chosen, None
    return chosen, write_cursor(begin + limit - 1, _mark(id_of(chosen[-1])))


def _mark(id_: str) -> str:
    """Return a short mark of an id, which may be long and hold anything."""
    return hashlib.blake2s(id_.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _after(items: Sequence[T], id_of: Callable[[T], str], place: int, last: str) -> int:
    place = min(max(place, 0), len(items))
    if place < len(items) and _mark(id_of(items[place])) == last:
        return place + 1
    return next((index + 1 for index, item in enumerate(items) if _mark(id_of(item)) == last), place)
