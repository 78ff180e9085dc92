"""Import this first where the agent starts: `dataclasses` then comes without `inspect`, which costs 0.7 MB.

Python 3.11 wants it for one thing: what stands for a docstring where `-OO` has taken that away. Later ones ask it more,
and get it.
"""

from typing import Final

from wire.standin import standing_in

# The answer is what stands behind the class's name.
_NO_SIGNATURE: Final[dict[str, object]] = {"signature": lambda _class, **_options: ""}

with standing_in("inspect", unloaded={"inspect": _NO_SIGNATURE}):
    import dataclasses  # noqa: F401
