"""The place at which an app's import failed."""

from pathlib import Path

import pytest

from emulator.host.functions.import_place import summary

STACK = """KeyError: 'URL'
Traceback (most recent call last):
  File "/library/loader.py", line 9, in index
  File "/app/function_app.py", line 3, in <module>
    URL = os.environ["URL"]
  File "<frozen os>", line 679, in __getitem__
KeyError: 'URL'
"""


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (STACK, "KeyError: 'URL' (function_app.py, line 3)"),
        (
            STACK.replace("/app/function_app.py", "/app/.python_packages/x.py"),
            None,
        ),
        (
            'SyntaxError: no (b/c.py, line 1)\n  File "/app/b/c.py", line 1\n',
            "SyntaxError: no (b/c.py, line 1)",
        ),
        ("python exited with code 1 (0x1)", None),
    ],
)
def test_place_is_the_last_of_the_apps_own_code(problem: str, expected: str | None) -> None:
    assert summary(problem, Path("/app")) == expected
