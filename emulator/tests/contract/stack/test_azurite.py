"""The corrections of Azurite, which change its speed but no response."""

import json
import subprocess
from typing import Any

from emulator.stack.azurite import QUICK_LOKI

_REMOVE = """
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
_FIND = """
const Loki = require("lokijs");
const rows = new Loki("").addCollection("rows", { indices: ["PartitionKey", "RowKey"] });
let looks = 0;
class Row {
  constructor(number) { this.number = number; this.RowKey = ""; }
  get PartitionKey() { looks += 1; return `p${this.number}`; }
}
for (let number = 0; number < 1000; number += 1) rows.insert(new Row(number));
looks = 0;
const found = rows.findOne({ RowKey: "", PartitionKey: "p700" });
const looked = looks;
const none = [rows.findOne({ RowKey: "x", PartitionKey: "p700" }), rows.findOne({ number: -1 })];
console.log(JSON.stringify([found.number, looked < 100, none, rows.findOne({ number: 7 }).number]));
"""

_QUERY = """
const Loki = require("lokijs");
const queries = require("azurite/dist/src/table/persistence/LokiTableStoreQueryGenerator").default;
const rows = new Loki("").addCollection("rows", { indices: ["PartitionKey", "RowKey"] });
let looks = 0;
for (let number = 0; number < 1000; number += 1) {
  const row = { number, RowKey: String(number), properties: {} };
  const get = () => { looks += 1; return `it's ${number % 500}`; };
  Object.defineProperty(row, "PartitionKey", { get, enumerable: true });
  rows.insert(row);
}
const answered = (filter) => {
  const matches = queries.generateQueryForPersistenceLayer({ filter }, {});
  looks = 0;
  const found = rows.chain().where(matches).data().map((row) => row.number);
  return [found.sort((one, other) => one - other), looks < 200];
};
console.log(JSON.stringify([
  answered("PartitionKey eq 'it''s 7'"),
  answered("RowKey ge '6' and PartitionKey eq 'it''s 7'"),
  answered("PartitionKey eq 'it''s 7' or RowKey eq '8'"),
  answered("not (PartitionKey eq 'it''s 7') and RowKey eq '9'"),
  answered("RowKey eq 'PartitionKey eq' or PartitionKey eq 'none'"),
]));
"""

_SAVE = """
const Loki = require("lokijs");
const saved = [];
const adapter = {
  saveDatabase: (name, text, done) => {
    saved.push(JSON.parse(text).collections[0].data.length);
    done();
  },
};
const base = new Loki("x", { adapter, autosave: true, autosaveInterval: 20 });
const rows = base.addCollection("rows");
const serialize = base.serialize;
base.serialize = function () {
  const until = performance.now() + 20;  // as one that is large
  while (performance.now() < until);
  return serialize.call(this);
};
const writes = setInterval(() => rows.insert({}), 5);
setTimeout(() => {
  clearInterval(writes);
  const often = saved.length;
  base.close(() => console.log(JSON.stringify([often, saved.at(-1) === rows.count()])));
}, 350);
"""


def ran(script: str) -> Any:
    node = ("node", f"--require={QUICK_LOKI}", "--eval", script)
    done = subprocess.run(node, capture_output=True, text=True, check=True, cwd=QUICK_LOKI.parent)
    return json.loads(done.stdout)


def test_removing_nothing_does_not_sort_the_index() -> None:
    assert ran(_REMOVE) == [True, ["c"]]


def test_row_lookup_uses_the_partition_index() -> None:
    assert ran(_FIND) == [700, True, [None, None], 7]


def test_query_of_one_partition_scans_no_other() -> None:
    assert ran(_QUERY) == [
        [[7, 507], True],
        [[7], True],
        [[7, 8, 507], False],
        [[9], False],
        [[], False],
    ]


def test_large_database_is_saved_less_often_and_at_exit() -> None:
    """About 9 times it would be without a rest, which is 20 times as long as a save."""
    often, is_whole = ran(_SAVE)
    assert 1 <= often <= 2
    assert is_whole
