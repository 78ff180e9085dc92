"""Insert or replace rows by their key, on SQLite and PostgreSQL alike."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from collector.store.records.base import Base

T = TypeVar("T")
_AT_ONCE = 5_000  # values in one IN; SQLite takes 32,766 and PostgreSQL 65,535


def upsert(session: Session, row: type[Base], rows: Sequence[dict[str, Any]], *, keep: Collection[str] = ()) -> None:
    """Insert rows; of one whose key is there already replace all columns but those of `keep`."""
    if not rows:
        return
    table = row.__table__
    key = [column.name for column in table.primary_key]
    dialect = session.get_bind().dialect.name
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(row)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key and name not in keep}
    if changed:
        insert = insert.on_conflict_do_update(index_elements=key, set_=changed)
    else:
        insert = insert.on_conflict_do_nothing(index_elements=key)
    session.connection().execute(insert, list(rows))


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield distinct values in parts that one statement takes."""
    rest = iter(dict.fromkeys(values))
    while part := list(islice(rest, _AT_ONCE)):
        yield part
