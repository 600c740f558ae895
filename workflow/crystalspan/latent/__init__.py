"""The latent space of a landscape: networks with a bottleneck, what they count, what they keep, what they make."""
