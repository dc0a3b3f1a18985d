"""The code of the page for teams loads on Azure, and what the page says is refused does not."""

import os
import re
from pathlib import Path

import pytest

from emulator.host.errors import NotIndexed
from emulator.host.functions.worker import Worker
from emulator.host.functions.worker_command import worker_command

PAGE = Path(__file__).parents[3] / "docs" / "apps.md"
CODE = re.compile(r"^```python\n(.+?)^```$", re.DOTALL | re.MULTILINE)
ACTIVITY = """
import typing
import azure.durable_functions as df
app = df.DFApp()

@app.activity_trigger(input_name="value")
def work(value: {annotation}) -> dict[str, str]: ...
"""


async def indexed(folder: Path, code: str) -> list[str]:
    (folder / "function_app.py").write_text(code, encoding="utf-8")
    worker = await Worker.start(worker_command(folder, {"PATH": os.environ["PATH"]}, {}))
    await worker.close()
    return sorted(worker.functions)


async def test_code_of_the_page_loads(tmp_path: Path) -> None:
    classes, retries = CODE.findall(PAGE.read_text(encoding="utf-8"))
    assert await indexed(tmp_path, classes) == ["send", "weigh"]
    assert await indexed(tmp_path, retries) == ["charge", "order", "pack", "ship"]


@pytest.mark.parametrize("annotation", ["dict", "typing.Dict[str, str]", "typing.Any"])
async def test_annotation_is_accepted(tmp_path: Path, annotation: str) -> None:
    assert await indexed(tmp_path, ACTIVITY.format(annotation=annotation)) == ["work"]


@pytest.mark.parametrize(
    "annotation",
    ["dict[str, str]", "list[str]", "str | None", "typing.Optional[str]", "'int|None'"],
)
async def test_annotation_is_refused(tmp_path: Path, annotation: str) -> None:
    with pytest.raises(NotIndexed, match="invalid non-type annotation"):
        await indexed(tmp_path, ACTIVITY.format(annotation=annotation))
