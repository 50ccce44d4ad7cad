class DocumentError(ValueError):
    """A document that cannot be imported. The message is for the person at the command line: what is wrong with it."""
