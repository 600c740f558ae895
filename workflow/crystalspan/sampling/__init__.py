"""The built-in quasi-random sampler: from a rigid molecule to a landscape of crystals."""
