"""Makes packs for a running collector, one at a time.

What is being made lies in a folder of its own that is gone before the pack is sent, whatever becomes of its receiver.
"""

import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from collector.inspection.errors import PackNotWritable
from collector.inspection.pack import Asked, write_pack
from collector.inspection.stored import Queries, Reader, SeriesStore, StoredEvidence
from collector.inspection.zipped import zip_pack

_CHUNK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A pack as a ZIP file that is open and has no name on disk any more; `name` is what to call it."""

    file: BinaryIO
    size: int
    name: str

    def chunks(self) -> Iterator[bytes]:
        """Give the ZIP file's bytes and close it."""
        with self.file:
            while chunk := self.file.read(_CHUNK_BYTES):
                yield chunk


class InspectionDesk:
    """Makes packs out of the stores. Blocks; calls from several threads wait their turn."""

    def __init__(self, *, store: SeriesStore, reader: Reader, queries: Queries, folder: Path | None = None) -> None:
        """`folder` takes what is being made; None: the system's folder for such."""
        self._store = store
        self._reader = reader
        self._queries = queries
        self._folder = folder
        self._turn = threading.Lock()

    def collect(self, asked: Asked) -> Parcel:
        """Return a pack as a ZIP file.

        Raises:
            PackNotWritable: there is no room for it.
            StoreError: the stores cannot be read.
        """
        evidence = StoredEvidence(asked.place, store=self._store, reader=self._reader, queries=self._queries)
        try:
            with self._turn, tempfile.TemporaryDirectory(prefix="roomtone-inspection-", dir=self._folder) as name:
                folder = Path(name)
                write_pack(folder / "pack", asked, evidence)
                zip_pack(folder / "pack", folder / "pack.zip")
                size = (folder / "pack.zip").stat().st_size
                return Parcel(file=(folder / "pack.zip").open("rb"), size=size, name=_name(asked))
        except OSError as error:
            where = self._folder or tempfile.gettempdir()
            raise PackNotWritable(
                f"a pack cannot be made in {where}: {error.strerror or error}. Free some space."
            ) from error


def _name(asked: Asked) -> str:
    period = asked.period
    place = re.sub(r"[^A-Za-z0-9._-]", "-", asked.place.room or asked.place.site.id)
    first, last = (f"{at.astimezone(period.zone):%Y%m%d}" for at in (period.start, period.last_moment))
    return f"inspection-{place}-{first}-{last}.zip"
