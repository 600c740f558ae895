"""The same symmetry functions, as they are usually written."""
