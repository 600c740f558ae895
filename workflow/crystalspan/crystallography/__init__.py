"""Cells, space groups and molecules: what every other room knows about crystals."""
