"""What can be wrong with collecting a pack.

InspectionError
├── UnknownPlace       no such site or room
├── PackNotWritable    the folder cannot take the pack
└── PackDamaged        the files of a pack are not what its manifest says
"""


class InspectionError(Exception):
    """Anything that collecting a pack can get wrong."""


class UnknownPlace(InspectionError):
    """Nobody has heard of the site, or of the room in it."""


class PackNotWritable(InspectionError):
    """The folder is not empty, or takes no writes."""


class PackDamaged(InspectionError):
    """A file is missing, or its checksum is not the manifest's."""
