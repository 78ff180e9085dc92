"""A pack as one ZIP file, and back. The same pack gives the same bytes; nothing is unpacked outside its folder."""

import shutil
import zipfile
from pathlib import Path
from typing import IO, Final

from collector.inspection.errors import PackDamaged, PackNotWritable
from collector.inspection.manifest import MANIFEST, Manifest, check_pack

_STAMP: Final = (1980, 1, 1, 0, 0, 0)
_STORED: Final = frozenset({".xlsx"})  # is a ZIP itself


def zip_pack(directory: Path, to: Path) -> None:
    """Write the files of a pack to a ZIP file, the manifest first."""
    names = sorted((path.name for path in directory.iterdir()), key=lambda name: (name != MANIFEST, name))
    with zipfile.ZipFile(to, "w") as archive:
        for name in names:
            path = directory / name
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def unzip_pack(file: IO[bytes], directory: Path) -> Manifest:
    """Unpack a ZIP file into an empty folder, check every checksum, and return the manifest.

    Raises:
        PackDamaged: it is no pack, or a checksum is wrong.
        PackNotWritable: the folder is not empty, or cannot be written to.
    """
    check_empty(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if Path(entry.filename).name != entry.filename or "\\" in entry.filename:
                    raise PackDamaged(f"the pack names a file outside its folder: {entry.filename!r}. Nothing is used.")
                with archive.open(entry) as source, (directory / entry.filename).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile as error:
        raise PackDamaged(f"what came is no ZIP file: {error}. Collect the pack again.") from error
    except OSError as error:
        raise PackNotWritable(f"{directory} cannot be written to: {error.strerror or error}") from error
    return check_pack(directory)


def check_empty(directory: Path) -> None:
    """Make sure that there is no such folder yet, or that it holds nothing.

    Raises:
        PackNotWritable: it holds something, or is no folder.
    """
    if directory.exists() and not directory.is_dir():
        raise PackNotWritable(f"{directory} is a file. Nothing was written. Name a new folder.")
    if directory.is_dir() and any(directory.iterdir()):
        raise PackNotWritable(f"{directory} is not empty. Nothing was written. Name a new folder.")
