"""The one error that a user of the lab is meant to read."""


class Fault(Exception):
    """str() says what is wrong and what to do; no traceback is shown."""
