"""The declarative base of the records database: every table of it is declared on this."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What all tables share."""
