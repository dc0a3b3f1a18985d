"""Counting storage calls in an access log."""

from collections import Counter

from bench.storage_calls import added, kinds, per_start

LOG = """
Azurite Table service is successfully listening at http://127.0.0.1:10002
127.0.0.1 - - [22/Nov/2026:15:12:46 +0000] "GET /dev/Inst(PartitionKey='a') HTTP/1.1" 404 -
127.0.0.1 - - [22/Nov/2026:15:12:46 +0000] "GET /dev/Inst(PartitionKey='b') HTTP/1.1" 200 -
127.0.0.1 - - [22/Nov/2026:15:12:46 +0000] "POST /dev/hub-control-03/messages?ttl=-1 HTTP/1.1" 201 -
127.0.0.1 - - [22/Nov/2026:15:12:46 +0000] "GET /dev/hub-control-03/messages?n=32 HTTP/1.1" 200 -
127.0.0.1 - - [22/Nov/2026:15:12:46 +0000] "DELETE /dev/hub-control-03/messages/1?p HTTP/1.1" 204 -
"""


def test_requests_are_counted_by_kind_without_queue_reads() -> None:
    assert kinds(LOG.splitlines()) == {
        "GET Inst(…)": 2,
        "POST hub-control-NN/messages": 1,
        "DELETE hub-control-NN/messages/…": 1,
    }


def test_only_calls_that_grow_with_the_starts_count() -> None:
    few, many = Counter({"GET a": 40, "GET lease": 8}), Counter({"GET a": 160, "GET lease": 8})
    assert per_start(few, many) == {"GET a": 1.0, "GET lease": 0.0}


def test_only_calls_added_by_the_router_remain() -> None:
    routed = {"GET a": 1.0, "GET claim": 1.0, "GET lease": 0.05}
    assert added(routed, {"GET a": 1.0}) == {"GET claim": 1.0}
