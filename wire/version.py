"""The version of Roomtone, the one place it is written."""

from typing import Final

__version__: Final = "0.1.0"
