// Loaded before Azurite: four corrections of how it uses LokiJS, its database in memory, without
// which it comes to a halt at some thousand rows and some hundred messages. None changes an answer.
"use strict";

const Loki = require("lokijs");
const queries = require("azurite/dist/src/table/persistence/LokiTableStoreQueryGenerator").default;

const { Collection, Resultset } = Loki;
const { findOne, remove } = Collection.prototype;
const { where } = Resultset.prototype;
const { saveDatabaseInternal } = Loki.prototype;
const { generateQueryForPersistenceLayer } = queries;

const REST = 20; // times as long as the last save took

// Before every call to a queue it "removes" what has expired, none mostly; LokiJS then sorts all
// messages of the account anew, once per index.
Collection.prototype.remove = function (documents) {
  if (Array.isArray(documents) && documents.length === 0) {
    return undefined;
  }
  return remove.call(this, documents);
};

// It asks for a table's row by RowKey first, and LokiJS uses the index of what comes first; but
// most rows of a task hub's tables share their RowKey with one row of every other instance.
Collection.prototype.findOne = function (query) {
  const isKey = query && "RowKey" in query && "PartitionKey" in query;
  return findOne.call(this, isKey ? { PartitionKey: query.PartitionKey, ...query } : query);
};

// It looks at every row of a table, one after the other, also when a query names one partition, as
// a task hub does for each turn of an orchestration. That partition is found by its index instead.
queries.generateQueryForPersistenceLayer = function (options, context) {
  const matches = generateQueryForPersistenceLayer.call(this, options, context);
  matches.partition = partitionOf(options.filter);
  return matches;
};

Resultset.prototype.where = function (matches) {
  const within = matches.partition;
  return where.call(within === undefined ? this : this.find({ PartitionKey: within }), matches);
};

// The one partition that a filter names, if no other one can match it.
function partitionOf(filter) {
  const literals = [];
  const shape = (filter || "").replace(/'((?:[^']|'')*)'/g, (_, text) => {
    literals.push(text.replace(/''/g, "'"));
    return `?${literals.length - 1}`;
  });
  const named = /\bPartitionKey eq \?(\d+)/.exec(shape);
  return named && !/\b(or|not)\b/i.test(shape) ? literals[named[1]] : undefined;
}

// Every five seconds it writes a database that has changed, as a whole; a large one would keep it
// from all else. So after a save it rests, the longer the longer that took; it saves at its end.
Loki.prototype.saveDatabaseInternal = function (callback) {
  const began = performance.now();
  saveDatabaseInternal.call(this, callback);
  this.ignoreAutosave = true;
  const rest = REST * (performance.now() - began);
  setTimeout(() => { this.ignoreAutosave = false; }, rest).unref();
};
