"""CrystalSpan measured against other programs, in turn and on one core; README.md says how to read the results."""
