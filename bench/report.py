"""The presentation of figures: a table for the terminal, JSON, and the page docs/measured.md.

Whatever is outside the page's markers is written by hand and stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.figure import Figure
from bench.machine import Machine

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def as_text(machine: Machine, figures: Sequence[Figure], failures: Mapping[str, str]) -> str:
    """Return the table for a terminal."""
    lines = [f"Measured on {machine}", ""]
    for figure in figures:
        verdict = "met" if figure.met else "MISSED"
        lines.append(f"{figure.what}")
        lines.append(f"    {figure.measured:>14}   target {figure.target!s:<18} {verdict}")
        lines.append(f"    {figure.detail}")
    lines += [f"{name}: not measured: {error}" for name, error in failures.items()]
    met = sum(figure.met for figure in figures)
    return "\n".join([*lines, "", f"{met} of {len(figures)} targets met"])


def as_json(
    machine: Machine, figures: Sequence[Figure], failures: Mapping[str, str]
) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "machine": {**asdict(machine), "at": machine.at.isoformat()},
        "figures": [
            {
                "what": figure.what,
                "value": figure.value,
                "unit": figure.target.unit,
                "target": str(figure.target),
                "met": figure.met,
                "detail": figure.detail,
            }
            for figure in figures
        ],
        "failures": dict(failures),
    }


def replace_figures(page: str, machine: Machine, figures: Sequence[Figure]) -> str:
    """Return the page with the text between its markers replaced. ValueError if it has none."""
    before, _, rest = page.partition(BEGIN)
    _, marked, after = rest.partition(END)
    if not marked:
        raise ValueError(f"the page lacks its markers, {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{_section(machine, figures)}\n{END}{after}"


def _section(machine: Machine, figures: Sequence[Figure]) -> str:
    rows = [
        f"| {number} | {figure.what} | {figure.target} | {figure.measured} | "
        f"{'met' if figure.met else '**missed**'} |"
        for number, figure in enumerate(figures, 1)
    ]
    details = [f"{number}. {figure.detail}." for number, figure in enumerate(figures, 1)]
    head = ["| | figure | target | measured | |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"{machine}.", "", *head, *rows, "", "Details:", "", *details])
