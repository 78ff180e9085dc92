"""The audit: who did what."""

from fastapi import APIRouter

from collector.api.auth import Admin
from collector.api.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from collector.api.schemas.base import Page
from collector.api.schemas.people import AuditEntry
from collector.api.services import Served

router = APIRouter(tags=["people"])


@router.get("/audit")
async def list_audit(
    served: Served, caller: Admin, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[AuditEntry]:
    """List what was done through the API, the newest first."""
    before = int(read_cursor(cursor, int)[0]) if cursor is not None else None
    found = await served.pool.run(served.accounts.audit, before=before, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[AuditEntry.model_validate(entry) for entry in page], next=following)
