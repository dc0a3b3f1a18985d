"""The errors of a function app: a package that cannot be loaded and a call that failed."""


class PackageFailed(Exception):
    """The package cannot be served. The text has the reason for its authors."""


class NotIndexed(Exception):
    """The app cannot be indexed, so that its host ends. The text has the reason and the stack."""


class InvalidSettingError(Exception):
    """The host cannot start with a setting of the app. The text is that of the real host."""


class FunctionFailed(Exception):
    """The user's code raised an exception or returned an invalid value.

    `type_name` is the exception's class, `message` its text, `stack` the whole traceback.
    """

    def __init__(self, type_name: str, message: str, stack: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.stack = stack
        self.__cause__ = WorkerTraceback(stack)


class WorkerTraceback(Exception):
    """The traceback of an exception in the worker process, for the log."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class WorkerEnded(FunctionFailed):
    """The worker process ended while the call ran in it, or there is none any more."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.type_name = "WorkerEnded"
        self.message = message
        self.stack = ""
