"""What can be wrong with something that came over the wire."""


class WireError(Exception):
    """Anything that the wire can get wrong."""


class TopicError(WireError):
    """The topic is not one of Sparkplug's."""


class PayloadError(WireError):
    """The bytes are no Sparkplug payload, or a value in them is not what its datatype says."""
