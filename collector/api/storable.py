"""Texts that every store and every answer can hold: whole characters, no null byte.

JSON can write half a character (`\\ud800`) and a null; neither SQL nor UTF-8 can keep them. They are refused where
they enter, once for all routes.
"""

from fastapi import Request

from collector.api.problems import bad_request
from collector.api.schemas.base import Mistake


def is_storable(text: str) -> bool:
    """Tell whether a text can be kept and sent."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


async def storable_body(request: Request) -> None:
    """Refuse a body with a text that nothing could keep.

    Raises:
        ProblemError: 400, with each place.
    """
    body = await request.body()
    if b"\\u" not in body and b"\0" not in body:
        return
    try:
        asked = await request.json()
    except (ValueError, RecursionError):
        return  # no JSON: the route refuses it
    places = _places("body", asked)
    if places:
        raise bad_request([Mistake(where=place, what="holds half a character or a null byte") for place in places])


def _places(place: str, value: object) -> list[str]:
    """Return where in a JSON value such texts are. Depth is bounded by the parser's."""
    if isinstance(value, str):
        return [] if is_storable(value) else [place]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _places(f"{place}.{index}", item)]
    if isinstance(value, dict):
        names = [place for name in value if not is_storable(name)]
        readable = {name: item for name, item in value.items() if is_storable(name)}
        return names + [found for name, item in readable.items() for found in _places(f"{place}.{name}", item)]
    return []
