"""Two-dimensional maps of structures: linear and curved ones beside each other, each with what it keeps."""
