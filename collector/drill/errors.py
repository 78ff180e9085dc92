"""What can go wrong with a drill."""


class DrillFailed(Exception):
    """The drill could not be carried out, or a step of it did not come; the message says which."""
