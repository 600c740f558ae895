"""CrystalSpan: how many dimensions does a crystal-structure landscape span?"""

__version__ = "0.1.0"
