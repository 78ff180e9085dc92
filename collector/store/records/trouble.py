"""What a database driver says, said as a StoreError: what happened, what it means, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from collector.store.errors import StoreDamaged, StoreError, StoreInUse, StoreNotWritable

_SAYS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("database is locked", StoreInUse, "another process holds it; end that one, or wait until it is done"),
    ("readonly database", StoreNotWritable, "it takes no writes; make it and its folder writable for this user"),
    ("read-only", StoreNotWritable, "it takes no writes; make it and its folder writable for this user"),
    ("disk is full", StoreNotWritable, "its disk is full; make room"),
    ("disk i/o error", StoreNotWritable, "its disk does not work as it should; look at the system's log"),
    ("unable to open database file", StoreNotWritable, "its folder must exist and be writable for this user"),
    ("permission denied", StoreNotWritable, "this user may not write to it; give them the rights"),
    ("not a database", StoreDamaged, "it is not a records database; put the right file there, or restore a backup"),
    ("malformed", StoreDamaged, "what is on disk is damaged; restore a backup"),
)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the driver raises into a StoreError about the database at `where`.

    What has a meaning for the caller (a duplicate key) passes as it is.
    """
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise translated(error, where) from error
    except DBAPIError as error:
        if _kind(error) is not None or error.connection_invalidated:
            raise translated(error, where) from error
        raise


def translated(error: SQLAlchemyError, where: str) -> StoreError:
    """Return a driver's error as a StoreError."""
    said = _first_line(error)
    kind = _kind(error)
    if kind is None:
        return StoreError(f"the records database {where} does not answer: {said}; see that it runs and can be reached")
    sort, advice = kind
    return sort(f"the records database {where} cannot be used ({said}): {advice}")


def _kind(error: SQLAlchemyError) -> tuple[type[StoreError], str] | None:
    said = str(error).lower()
    return next(((sort, advice) for words, sort, advice in _SAYS if words in said), None)


def _first_line(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(cause).strip().partition("\n")[0]
