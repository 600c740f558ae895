"""Tables and figures, and the comparison with the study that CrystalSpan starts from."""
