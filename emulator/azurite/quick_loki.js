// Loaded before Azurite: four corrections of how it uses LokiJS, its in-memory database. Without
// them it stalls at some thousand rows and some hundred messages. None of them changes a response.
"use strict";

const Loki = require("lokijs");
const queries = require("azurite/dist/src/table/persistence/LokiTableStoreQueryGenerator").default;

const { Collection, Resultset } = Loki;
const { findOne, remove } = Collection.prototype;
const { where } = Resultset.prototype;
const { saveDatabaseInternal } = Loki.prototype;
const { generateQueryForPersistenceLayer } = queries;

const PAUSE_FACTOR = 20; // the pause between two saves, as a multiple of the last save's duration

// Before every queue operation Azurite removes the expired messages, usually none. LokiJS then
// sorts all messages of the account again, once per index.
Collection.prototype.remove = function (documents) {
  if (Array.isArray(documents) && documents.length === 0) {
    return undefined;
  }
  return remove.call(this, documents);
};

// Azurite looks up a table row by RowKey first, and LokiJS uses the index of the first condition.
// But most rows of a task hub's tables share their RowKey with one row of every other instance.
Collection.prototype.findOne = function (query) {
  const isKey = query && "RowKey" in query && "PartitionKey" in query;
  return findOne.call(this, isKey ? { PartitionKey: query.PartitionKey, ...query } : query);
};

// Azurite scans every row of a table even if a query names one partition, as a task hub does for
// each episode of an orchestration. This finds that partition by its index instead.
queries.generateQueryForPersistenceLayer = function (options, context) {
  const matches = generateQueryForPersistenceLayer.call(this, options, context);
  matches.partition = partitionOf(options.filter);
  return matches;
};

Resultset.prototype.where = function (matches) {
  const within = matches.partition;
  return where.call(within === undefined ? this : this.find({ PartitionKey: within }), matches);
};

// Returns the partition that a filter names, if no other partition can match.
function partitionOf(filter) {
  const literals = [];
  const shape = (filter || "").replace(/'((?:[^']|'')*)'/g, (_, text) => {
    literals.push(text.replace(/''/g, "'"));
    return `?${literals.length - 1}`;
  });
  const named = /\bPartitionKey eq \?(\d+)/.exec(shape);
  return named && !/\b(or|not)\b/i.test(shape) ? literals[named[1]] : undefined;
}

// Every five seconds Azurite writes the whole database if it has changed. A large one would block
// everything else, so the pause after a save grows with its duration. Azurite also saves at exit.
Loki.prototype.saveDatabaseInternal = function (callback) {
  const began = performance.now();
  saveDatabaseInternal.call(this, callback);
  this.ignoreAutosave = true;
  const pause = PAUSE_FACTOR * (performance.now() - began);
  setTimeout(() => { this.ignoreAutosave = false; }, pause).unref();
};
