"""The formats of CSP programs: what stands in their files, read as it is and written as they do.

One module per format (``res_reader``, ``res_writer``, ``sqlite_source``) behind one door, ``sources.SourceReader``,
which yields a ``records.RawStructure`` or a ``records.Rejection`` for every record. Nothing is judged here beyond the
syntax: that is the business of the room ``landscape``.
"""
