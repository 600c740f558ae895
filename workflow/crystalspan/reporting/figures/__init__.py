"""Figures for print: SVG, PDF and PNG, the same bytes for the same data."""
