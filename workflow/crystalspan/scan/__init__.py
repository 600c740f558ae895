"""Scan: the dimension of a landscape again under a list of descriptors: does the answer depend on them?

In come ``M/landscape.h5`` and the section ``descriptor_scan`` (with those that its variants change); out goes
``M/descriptor_scan.h5``: estimates and component counts of every set of structures under every descriptor.

For the rooms that come after::

    from crystalspan.scan.file import read_scan
    from crystalspan.scan.scan import described

    read_scan("results/syn-BDT/descriptor_scan.h5").sets       # list of ScannedSet
    described(landscape, source)                               # descriptors of any source, one row a structure

``variants`` completes the list by the study's own settings, ``scan`` describes and analyses, shared over ranks;
``file``, ``tables`` (with sentences) and ``figure`` show it.
"""
