"""Estimators of the intrinsic dimension: a class each, all asked in the same way, every estimate with its validity.

In come points (n, r) and their nearest neighbours, searched once for all; out go `Estimate`s. No file, no settings but
`IntrinsicSettings`.

For the rooms that come after::

    from crystalspan.dimension.estimators.intrinsic import intrinsic_dimension

    for one in intrinsic_dimension(values, settings):
        one.method, one.neighbours, one.value, one.standard_error, one.valid, one.reason

``estimate`` says what an `Estimator` is, makes error bars from subsets without replacement and judges validity; ``own``
holds TwoNN, Gride, Levina and Bickel's maximum likelihood and local PCA; ``scikit_dimension`` wraps estimators of that
library (an extra); ``intrinsic`` names those that are used and runs them. A new estimator is a class in ``own``, named
in ``intrinsic.estimators``, and a manifold of known dimension in ``validation``.
"""
