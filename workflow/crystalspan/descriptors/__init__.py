"""Symmetry functions: the surroundings of every atom as a vector of fixed length."""
