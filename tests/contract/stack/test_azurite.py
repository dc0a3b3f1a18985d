"""Azurite as it is run here: what is loaded before it changes its speed, and nothing else."""

import json
import subprocess

from emulator.azurite import QUICK_QUEUES

_SCRIPT = """
const Loki = require("lokijs");
const messages = new Loki("").addCollection("messages", { indices: ["queue"] });
for (const queue of ["c", "a", "b"]) messages.insert({ queue });
messages.ensureAllIndexes();
const sorted = messages.binaryIndices.queue.values;
messages.remove([]);
const untouched = messages.binaryIndices.queue.values === sorted;
messages.remove(messages.find({ queue: { $lte: "b" } }));
console.log(JSON.stringify([untouched, messages.data.map((each) => each.queue)]));
"""


def test_removing_nothing_sorts_nothing_anew_and_removing_something_removes_it() -> None:
    node = ("node", f"--require={QUICK_QUEUES}", "--eval", _SCRIPT)
    ran = subprocess.run(node, capture_output=True, text=True, check=True, cwd=QUICK_QUEUES.parent)
    assert json.loads(ran.stdout) == [True, ["c"]]
