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
    `M/latent.h5` (the stage latent): clouds around single structures, curves of held-out minima, latent coordinates of
    structures. `M/generation.h5` (the stage generate): crystals that were made, and what became of them. The two stages
    have the section ``latent`` of the schema; maps of two latent coordinates are made by the stage maps.

What is where
    networks     layers, losses, gradients                  relaxing    rigid crystals as arrays; the minimiser on any
    training     Adam, early stopping, fits shared by ranks  minima      distinct minima, their finds, which one this is
    frames       principal coordinates, the inputs           normaliser  equivalent descriptions of a crystal
    bottleneck   curves and knees                            chart       a crystal as a point, a point as a crystal
    clouds       training sets, clusters held out            generation  new crystals; baselines
    guided       a search that learns                        judging     contacts, energies, moves, fates

    Of the stage latent: ``basins`` (clouds), ``unseen`` (held-out minima), ``codes`` (latent coordinates and what they
    keep), ``molecule`` (all of a molecule, shared by ranks), ``file``, ``tables``, ``figure``, ``words``. Of the stage
    generate: ``known`` (a landscape's minima as rigid crystals), ``making``, ``making_file``, ``making_tables`` (with
    its words), ``making_figure``.

Later rooms may use
    `bottleneck.task`, `network_curve`, `pca_curve`, `kernel_pca_curve`; `clouds` all; `training.train` and `shared`;
    `generation.latent_space` and what makes crystals; `judging.judge`; `guided.sample_guided`; `chart.chart`;
    `minima.found_minima`, `distinct`; `codes.encoded` (a map), `file.read_latent` and `read_codes`.
    Names with an underscore stay inside.

The same numbers come out for any number of ranks: ranks share fits, each of which runs on one thread and depends on its
rows, settings and seed alone.
"""
