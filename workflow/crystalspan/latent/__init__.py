"""The latent space of a landscape: networks with a bottleneck, what they count, what they keep, what they make.

What comes in
    Points: descriptors or any other vectors of structures (n, D), prepared as for a spectrum. Structures with their
    free directions and the descriptor's Jacobian, for clouds around one of them. A molecule with charges in a space
    group (`sampling.packing.Packing`) and its minima, for all that makes crystals.

What goes out
    `bottleneck`: a `Curve` for each method (principal components, kernel PCA, autoencoder, variational and nested):
    unexplained variance of held-out rows against the bottleneck, seed by seed, with its `Knee` and a flag.
    `training`: a `Network`, whose two leading latent coordinates are a map.
    `generation` and `judging`: crystals (`Rigid`) from a `LatentSpace` and from baselines, and what became of them.
    `guided`: the `Trials` of a guided search, which the sampler's database writes like any others.

Which files
    None: every function is a pure function of arrays, settings and seeds. The stage writes what it is given.

What is where
    networks     layers, losses, gradients                  relaxing    rigid crystals as arrays; the minimiser on any
    training     Adam, early stopping, fits shared by ranks  minima      distinct minima, their finds, which one this is
    frames       principal coordinates, the inputs           normaliser  equivalent descriptions of a crystal
    bottleneck   curves and knees                            chart       a crystal as a point, a point as a crystal
    clouds       training sets, clusters held out            generation  new crystals; baselines
    guided       a search that learns                        judging     contacts, energies, moves, fates

Later rooms may use
    `bottleneck.task`, `network_curve`, `pca_curve`, `kernel_pca_curve`; `clouds` all; `training.train` and `shared`;
    `generation.latent_space` and what makes crystals; `judging.judge`; `guided.sample_guided`; `chart.chart`;
    `minima.found_minima`, `distinct`. Names with an underscore stay inside.

The same numbers come out for any number of ranks: ranks share fits, each of which runs on one thread and depends on its
rows, settings and seed alone.
"""
