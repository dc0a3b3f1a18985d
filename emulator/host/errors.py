"""The errors of a function app: a package that cannot be loaded and a call that failed."""


class PackageFailed(Exception):
    """The package cannot serve; the text says why, for the people who wrote it."""


class FunctionFailed(Exception):
    """The user's code raised, or gave back what cannot be passed on.

    `type_name` is the exception's class, `message` its text, `stack` the traceback of user code.
    """

    def __init__(self, type_name: str, message: str, stack: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.stack = stack
