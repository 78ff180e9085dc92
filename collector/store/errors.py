"""What can be wrong with a store. Every message says what happened, what it means and what to do.

StoreError
├── StoreInUse         another process holds it
├── StoreTooNew        a newer Roomtone wrote it
├── StoreNotWritable   its folder or disk takes no writes (read-only, rights, full)
└── StoreDamaged       what is on disk is not what the store wrote
"""


class StoreError(Exception):
    """Anything that a store can get wrong; nothing of the failed call has been kept."""


class StoreInUse(StoreError):
    """Another process holds the store."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of Roomtone."""


class StoreNotWritable(StoreError):
    """The store takes no writes: read-only, missing rights, or a full disk."""


class StoreDamaged(StoreError):
    """What is on disk is not what the store wrote."""
