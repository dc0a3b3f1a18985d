// Loaded before Azurite. Its queues look for expired messages before every call, and "remove" the
// none that they find; LokiJS then sorts all messages of the account anew, once per index. With
// some hundred messages that takes longer than all else that Azurite does.
"use strict";

const { Collection } = require("lokijs");

const remove = Collection.prototype.remove;

Collection.prototype.remove = function (documents) {
  if (Array.isArray(documents) && documents.length === 0) {
    return undefined;
  }
  return remove.call(this, documents);
};
