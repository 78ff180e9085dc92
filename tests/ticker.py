"""A probe for agents whose readings are nobody's."""

from collections.abc import Iterator

from agent.reading import Reading


class Ticker:
    """A probe that counts its readings."""

    name = "ticker"

    def __init__(self) -> None:
        self.reads = 0

    def read(self, _now: object) -> Iterator[Reading]:
        self.reads += 1
        yield Reading("test.ticks", self.reads, unit="1")
