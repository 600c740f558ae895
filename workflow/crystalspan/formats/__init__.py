"""The formats of CSP programs: what stands in their files, read as it is and written as they do.

One module per format, each with a ``Format`` (see ``interface``) that has its line in ``registry``, behind one door,
``sources.SourceReader``: every record becomes a ``records.RawStructure`` or a ``records.Rejection``, and what holds no
structure is counted. Files are untrusted: nothing is unpacked to disk, unpickled, evaluated or written, and every size
is bounded. Nothing is judged here beyond the syntax: that is the business of the room ``landscape``.
"""
