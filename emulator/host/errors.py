"""The errors of a function app: a package that cannot be loaded and a call that failed."""


class PackageFailed(Exception):
    """The package cannot be served. The text has the reason for its authors."""


class InvalidSettingError(Exception):
    """The host cannot start with a setting of the app. The text is that of the real host."""


class FunctionFailed(Exception):
    """The user's code raised an exception or returned an invalid value.

    `type_name` is the exception's class, `message` its text, `stack` the traceback of user code.
    """

    def __init__(self, type_name: str, message: str, stack: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.stack = stack
