"""The errors that a user can mend."""


class InputError(Exception):
    """Something the user gave is wrong, and the message says what, where and what to do.

    Parameters
    ----------
    problem : str
        What is wrong, as a sentence without a full stop.
    file : path-like, optional
        The file that holds the problem.
    record : str, optional
        The structure, line or key within the file.
    remedy : str, optional
        What the user can do about it.
    """

    def __init__(
        self, problem: object, *, file: object = None, record: object = None, remedy: str | None = None
    ) -> None:
        self.problem = str(problem)
        self.file = None if file is None else str(file)
        self.record = None if record is None else str(record)
        self.remedy = remedy
        super().__init__(self.__str__())

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.record) if part)
        text = f"{where}: {self.problem}" if where else self.problem
        return f"{text}\n  remedy: {self.remedy}" if self.remedy else text
