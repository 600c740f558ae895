"""The JSON schemas of a study: the only home of its defaults."""
