"""What became of every structure that was read: counts, reasons and warnings, said alike wherever they are said.

The stage prints them last, `landscape.h5` keeps them, and figures and the summary take them from there.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.formats.records import Rejection
from crystalspan.landscape.file import LAYOUT
from crystalspan.printing.csv_files import csv_text
from crystalspan.provenance import write_text
from crystalspan.storage import open_file

_MOST_REASONS = 12
_REASONS_TOLD = 3
_LONGEST_REASON = 300


@dataclasses.dataclass(frozen=True)
class Account:
    """What became of the structures of the sources.

    Attributes
    ----------
    read : int
        Records found, readable or not: the sum of the next three.
    accepted, rejected, above_window : int
        ``above_window`` passed every check and lie above the largest window.
    duplicates : int
        How many of the accepted ones repeat one of lower energy.
    analysed : int
        How many of the accepted ones are described and analysed.
    conformers : int
        Different shapes of the molecule in the accepted ones.
    reasons : dict of str to int
        The kinds of reasons for rejections, commonest first; rare ones together, at the end.
    passed_over : dict of str to int
        What was seen in the sources and is no structure.
    notes : list of str
        What is worth knowing of the accepted structures.
    warnings : list of str
        What may be wrong with the landscape as a whole.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    above_window: int = 0
    duplicates: int = 0
    analysed: int = 0
    conformers: int = 0
    reasons: dict[str, int] = dataclasses.field(default_factory=dict)
    passed_over: dict[str, int] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def record(self) -> dict:
        """The account as plain values, for the landscape file."""
        # A list keeps the order of the reasons where keys are sorted.
        return dataclasses.asdict(self) | {"reasons": list(self.reasons.items())}

    def lines(self, name: str) -> list[str]:
        """Say what was read, accepted and rejected, and why; warnings last."""
        lines = [f"{name}: {self._counts()}"]
        lines += [f"  rejected: {number}: {reason}" for reason, number in self.reasons.items()]
        return lines + [f"  warning: {warning}" for warning in self.warnings]

    def sentences(self) -> list[str]:
        """Say the same in few lines: counts, the commonest reasons, conformers, warnings."""
        lines = [self._counts()]
        commonest = list(self.reasons.items())[:_REASONS_TOLD]
        if commonest:
            rest = self.rejected - sum(number for _, number in commonest)
            told = "; ".join(f"{number} {reason}" for reason, number in commonest)
            lines.append(f"rejected: {told}" + (f"; {rest} for other reasons (rejected.csv)" if rest else ""))
        if self.conformers > 1:
            lines.append(f"{self.conformers} conformers of the molecule")
        return lines + [f"warning: {warning}" for warning in self.warnings]

    def _counts(self) -> str:
        said = f"{self.read} structures read, {self.accepted} accepted, {self.rejected} rejected"
        if self.above_window:
            said += f", {self.above_window} above the largest window left out"
        if self.duplicates:
            said += f"; {self.duplicates} of the accepted are duplicates, {self.analysed} structures are analysed"
        return said


class Refused(InputError):
    """Sources make no landscape; `rejected` (list of Rejection) and `account` say what was found in them."""

    def __init__(self, problem: str, account: Account, rejected: list[Rejection], **where: str):
        super().__init__(problem, **where)
        self.account, self.rejected = account, rejected


def nothing_accepted(name: str, sources: Iterable[PathLike], account: Account, rejected: list[Rejection]) -> Refused:
    """Return the error of sources without any structure that can be taken: with the commonest reason, where known."""
    where = {"file": ", ".join(map(str, sources))}
    if not rejected:
        remedy = "give what a CSP program wrote: structure files, an archive of them, or a database"
        passed = "; ".join(f"{number} {what}" for what, number in sorted(account.passed_over.items()))
        passed = f": passed over were {passed}"[:_LONGEST_REASON] if passed else ""
        if "link" in passed:
            remedy = "give the folder to which the links lead, or copy the files"
        return Refused(f"no structure of {name} can be read{passed}", account, rejected, remedy=remedy, **where)
    kinds = [_kind_of_reason(one.reason) for one in rejected]
    commonest, number = Counter(kinds).most_common(1)[0]
    first = rejected[kinds.index(commonest)]
    share = "all" if number == len(rejected) else f"{number} of them"
    problem = f"no structure of {name} is accepted: {len(rejected)} are rejected, {share} for: {first.reason}"
    return Refused(f"{problem} (first: {first.record or first.file})", account, rejected, remedy=first.remedy, **where)


def read_account(path: PathLike) -> Account | None:
    """Return what a landscape file says of the structures read; None for files (of older versions) that do not say.

    Raises
    ------
    InputError
        The file is missing or is not a landscape file.
    """
    with open_file(path, LAYOUT) as file:
        record = file.attributes.get("counts")
        if record is None:
            return None
        known = {one.name: record[one.name] for one in dataclasses.fields(Account) if one.name in record}
        return Account(**known | {"reasons": dict(record["reasons"])})


def count_reasons(rejected: list[Rejection]) -> dict[str, int]:
    """Return the kinds of reasons and how many structures each has, commonest first; the rarest are put together."""
    counts = Counter(_kind_of_reason(one.reason) for one in rejected).most_common()
    if len(counts) > _MOST_REASONS:
        rare = counts[_MOST_REASONS - 1 :]
        counts = counts[: _MOST_REASONS - 1]
        counts.append((f"{len(rare)} other reasons, see the list of rejected structures", sum(n for _, n in rare)))
    return dict(counts)


def _kind_of_reason(reason: str) -> str:
    """Drop the particulars of a reason, so that like reasons are counted together."""
    reason = re.sub(r"^line \d+: ", "", reason)
    reason = re.sub(r"^(no lattice energy|energies of file and table disagree): .*", r"\1", reason)
    reason = re.sub(r" in table .*, row \d+$", " in a table", reason)
    reason = re.sub(r"^id \S+ occurs again.*", "id occurs again", reason)
    reason = re.sub(r"^label \S+ means", "label means", reason)
    reason = re.sub(r"(?<![A-Za-z\d])[-+]?\d+(\.\d+|(\.\d+)?e[-+]?\d+)", "#", reason)
    return re.sub(r"#( #)+", "#", reason)[:_LONGEST_REASON]


def write_rejected(path: PathLike, rejected: list[Rejection]) -> None:
    """Write the table of rejected structures: file, record, reason, remedy; always with its heading."""
    write_text(path, csv_text(Rejection._fields, rejected))


def below_the_minimum(lowest: float, rejected: list[Rejection], energies: dict) -> list[str]:
    """Say that a rejected structure lies below the accepted ones, and by how much; nothing where none does.

    Parameters
    ----------
    lowest : float
        The accepted global minimum, kJ/mol.
    rejected : list of Rejection
    energies : dict of (file, record) to float
        Of structures read, kJ/mol per molecule; of the rejected ones as far as it is known.
    """
    below = [(energies.get((one.file, one.record), np.nan), one) for one in rejected]
    below = [(energy, one) for energy, one in below if energy < lowest]
    if not below:
        return []
    energy, one = min(below, key=lambda pair: pair[0])
    number = f"{len(below)} rejected structures lie" if len(below) > 1 else "a rejected structure lies"
    return [
        f"{number} below the accepted global minimum, the lowest by {lowest - energy:.2f} kJ/mol: "
        f"{one.record or one.file}: {one.reason}"
    ]
