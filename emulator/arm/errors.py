"""The errors of the control plane, in the two shapes that Azure sends.

ARM itself wraps them in `error`. App Service sends its own, capitalised shape, which the SDKs do
not recognise. Callers must cope with both, so the emulator sends each where Azure does.
"""

from collections.abc import Mapping
from typing import Any


class ArmError(Exception):
    """An error response: status, stable code, message and headers."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the body in ARM's shape."""
        return {"error": {"code": self.code, "message": self.message}}


class AppServiceError(ArmError):
    """An error response in App Service's shape. `extended` is its five-digit code."""

    def __init__(self, status: int, code: str, message: str, extended: str | None = None) -> None:
        super().__init__(status, code, message)
        self.extended = extended

    def body(self) -> dict[str, Any]:
        """Return the body in App Service's shape."""
        entity = {"Code": self.code, "Message": self.message}
        if self.extended:
            entity["ExtendedCode"] = self.extended
        details = [{"Message": self.message}, {"Code": self.code}, {"ErrorEntity": entity}]
        return {
            "Code": self.code,
            "Message": self.message,
            "Target": None,
            "Details": details,
            "Innererror": None,
        }


def not_found(kind: str, name: str, group: str) -> ArmError:
    """Return the error for a missing resource."""
    message = (
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return ArmError(404, "ResourceNotFound", message)


def group_not_found(group: str) -> ArmError:
    """Return the error for a missing resource group."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def conflict(message: str) -> ArmError:
    """Return the error for a request that the current state does not allow."""
    return ArmError(409, "Conflict", message)


def bad_request(message: str, code: str = "BadRequest") -> ArmError:
    """Return the error for an invalid request."""
    return ArmError(400, code, message)
