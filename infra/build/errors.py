"""The one error of packaging: a sentence that says what is wrong and what to do. Called by every step of it."""


class BuildError(Exception):
    """Packaging cannot go on, or its result must not be used."""
