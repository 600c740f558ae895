"""Validation: measures the product from outside, and is no part of it.

In come the estimators of ``crystalspan.dimension.estimators`` and, where they are installed, other libraries; out go
``docs/calibration.md`` with its table and figure (bias and coverage on clouds of known dimension) and
``docs/agreement.csv`` (our values beside theirs)::

    python -m validation.run --output docs/calibration.md docs/calibration.csv --figure docs/calibration.png

``manifolds`` are clouds of known dimension, ``estimators`` tries every estimator on many samples of them, ``agreement``
compares with other libraries, ``report`` and ``figure`` write what people read. The library never imports this.
"""
