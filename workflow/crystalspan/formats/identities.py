"""Identities of structures whose titles are the same for all, and so name none of them."""

from collections.abc import Callable

from crystalspan.formats.records import RawStructure, Rejection

_SHARED = "structures of which all have the same title: the names of their files are their ids"


def take_file_names(found: list[RawStructure | Rejection], remark: Callable[[str, int], None]) -> None:
    """Give structures the names of their files where different crystals all have the same id: a comment.

    Parameters
    ----------
    found : list of RawStructure or Rejection
        Of one source; the ids of structures are changed in place.
    remark : callable (str, int)
        Is told how many got other ids.
    """
    structures = [one for one in found if isinstance(one, RawStructure)]
    if len(structures) < 2 or any(one.id != structures[0].id for one in structures):
        return
    names = [_stem(one.record) for one in structures]
    # One file that is there twice is another mistake.
    if len(set(names)) == len({one.cell for one in structures}) == len(names):
        for one, name in zip(structures, names, strict=True):
            one.id = name
        remark(_SHARED, len(names))


def _stem(record: str) -> str:
    """Return the name of a file or member without folders, archives and suffix."""
    name = record.rpartition("!")[2].rpartition("/")[2]
    return name.rpartition(".")[0] or name
