"""Principal components of the descriptors of a landscape."""
