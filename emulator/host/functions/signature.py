"""The checks of a function's parameters against its bindings.

They are those of the real Python worker (Azure/azure-functions-python-worker, functions.py,
Registry), so that a function which loads here loads on Azure.
"""

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

import azure.functions as func

from emulator.host.errors import PackageFailed
from emulator.host.functions.function import CONVERTERS, Binding

IN_DEFINITION = "the function definition (function.json or function decorators)"
NOT_TYPES = (typing.Union, types.UnionType, tuple, typing.Literal, typing.ClassVar)


def check(name: str, run: Callable[..., Any], bindings: Sequence[Binding]) -> bool:
    """Return whether the function takes a context. Raises PackageFailed for a mismatch."""
    parameters = set(inspect.signature(run).parameters)
    bound = {b["name"]: b for b in bindings if b["name"] != "$return"}
    annotations = _annotations(name, run)
    wants_context = "context" in parameters and "context" not in bound
    if wants_context:
        parameters.remove("context")
        _check_context(name, annotations)
    if unbound := parameters - set(bound):
        raise _refused(
            name,
            f"the following parameters are declared in Python but not in {IN_DEFINITION}: "
            f"{_names(unbound)}",
        )
    if missing := set(bound) - parameters:
        raise _refused(
            name,
            f"the following parameters are declared in {IN_DEFINITION} but not in Python: "
            f"{_names(missing)}",
        )
    for parameter, binding in bound.items():
        if parameter in annotations:
            _check_parameter(name, binding, annotations[parameter])
    _check_return(name, bindings, annotations)
    return wants_context


def _annotations(name: str, run: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(run)
    except (NameError, TypeError) as error:
        raise _refused(name, f"its annotations cannot be resolved: {error}") from error


def _check_context(name: str, annotations: dict[str, Any]) -> None:
    annotation = annotations.get("context", func.Context)
    if not isinstance(annotation, type) or annotation.__name__ != "Context":
        raise _refused(
            name,
            'the "context" parameter is expected to be of type azure.functions.Context, '
            f"got {annotation!r}",
        )


def _check_parameter(name: str, binding: Binding, annotation: Any) -> None:
    if not _is_type(annotation):
        raise _refused(
            name, f"binding {binding['name']} has invalid non-type annotation {annotation!r}"
        )
    if not _accepts(binding["type"], annotation):
        raise _refused(
            name,
            f"type of {binding['name']} binding in {IN_DEFINITION} "
            f'"{binding["type"]}" does not match its Python annotation "{annotation.__name__}"',
        )


def _check_return(name: str, bindings: Sequence[Binding], annotations: dict[str, Any]) -> None:
    explicit = next((b for b in bindings if b["name"] == "$return"), None)
    if explicit is None or "return" not in annotations:
        return
    annotation = annotations["return"]
    if not isinstance(annotation, type):
        raise _refused(name, f"has invalid non-type return annotation {annotation!r}")
    converter = CONVERTERS.get(explicit["type"])
    if converter and not converter.check_output_type_annotation(annotation):
        raise _refused(
            name,
            f'Python return annotation "{annotation.__name__}" does not match binding type '
            f'"{explicit["type"]}"',
        )


def _is_type(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    return isinstance(annotation, type) or (origin is not None and origin not in NOT_TYPES)


def _accepts(binding_type: str, annotation: Any) -> bool:
    converter = CONVERTERS.get(binding_type)
    if converter is None or annotation in (str, bytes):
        return True
    try:
        return bool(converter.check_input_type_annotation(annotation))
    except TypeError:
        return False


def _names(parameters: set[str]) -> str:
    return "{" + ", ".join(repr(p) for p in sorted(parameters)) + "}"


def _refused(name: str, why: str) -> PackageFailed:
    return PackageFailed(f"cannot load the {name} function: {why}")
