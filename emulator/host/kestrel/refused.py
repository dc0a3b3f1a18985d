"""The reasons why a request cannot be read."""


class RefusedError(Exception):
    """The server answers `status` with an empty body and closes the connection."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class BodyTooLargeError(Exception):
    """The body is over the limit of the host."""


class ClosedError(Exception):
    """The client has closed the connection before it had sent everything."""
