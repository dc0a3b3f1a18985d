"""How figures are shown: a table on the terminal, JSON, and the page docs/measured.md.

Pure; what stands outside the page's markers is written by hand and stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.figure import Figure
from bench.machine import Machine

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def as_text(machine: Machine, figures: Sequence[Figure], failures: Mapping[str, str]) -> str:
    """The table for a terminal."""
    lines = [f"Measured on {machine}", ""]
    for figure in figures:
        verdict = "met" if figure.met else "MISSED"
        lines.append(f"{figure.what}")
        lines.append(f"    {figure.measured:>14}   reach {figure.reach!s:<18} {verdict}")
        lines.append(f"    {figure.detail}")
    lines += [f"{name}: not measured: {why}" for name, why in failures.items()]
    met = sum(figure.met for figure in figures)
    return "\n".join([*lines, "", f"{met} of {len(figures)} reaches met"])


def as_json(
    machine: Machine, figures: Sequence[Figure], failures: Mapping[str, str]
) -> dict[str, Any]:
    """The same for programs."""
    return {
        "machine": {**asdict(machine), "at": machine.at.isoformat()},
        "figures": [
            {
                "what": figure.what,
                "value": figure.value,
                "unit": figure.reach.unit,
                "reach": str(figure.reach),
                "met": figure.met,
                "detail": figure.detail,
            }
            for figure in figures
        ],
        "failures": dict(failures),
    }


def put_into(page: str, machine: Machine, figures: Sequence[Figure]) -> str:
    """The page with what stands between its markers replaced. ValueError if it has none."""
    before, _, rest = page.partition(BEGIN)
    _, marked, after = rest.partition(END)
    if not marked:
        raise ValueError(f"the page lacks its markers, {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{_section(machine, figures)}\n{END}{after}"


def _section(machine: Machine, figures: Sequence[Figure]) -> str:
    rows = [
        f"| {number} | {figure.what} | {figure.reach} | {figure.measured} | "
        f"{'met' if figure.met else '**missed**'} |"
        for number, figure in enumerate(figures, 1)
    ]
    behind = [f"{number}. {figure.detail}." for number, figure in enumerate(figures, 1)]
    head = ["| | figure | reach | measured | |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"{machine}.", "", *head, *rows, "", "Behind them:", "", *behind])
