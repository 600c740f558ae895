"""A study's whole settings from a few changes of its defaults."""

from crystalspan.settings import leaves, put, with_defaults


def settings_with(**changes) -> dict:
    """Return the default settings with some keys changed, each named by its end: ``scores``, ``mle.neighbours``.

    A section may be given as a whole, under its name.
    """
    given: dict = {}
    for end, value in changes.items():
        found = [key for key in leaves() if f".{key}".endswith(f".{end}")]
        if not found and isinstance(value, dict):
            found = [end]
        if len(found) != 1:
            raise ValueError(f"{end} is the end of {found}")
        put(given, found[0], value)
    return with_defaults(given)
