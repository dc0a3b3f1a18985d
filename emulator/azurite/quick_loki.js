// Loaded before Azurite: two corrections of how it uses LokiJS, its database in memory, without
// which it comes to a halt at some thousand rows and some hundred messages. Neither changes an
// answer.
"use strict";

const { Collection } = require("lokijs");

const { findOne, remove } = Collection.prototype;

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
