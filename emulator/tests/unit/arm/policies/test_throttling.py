"""ARM's token buckets."""

from emulator.arm.policies.throttling import Bucket, burst, kind_of, retry_after, take


def test_actions_count_as_writes() -> None:
    kinds = {
        method: kind_of(method) for method in ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")
    }
    assert kinds == {
        "GET": "reads",
        "HEAD": "reads",
        "PUT": "writes",
        "POST": "writes",
        "PATCH": "writes",
        "DELETE": "deletes",
    }


def test_burst_empties_a_bucket_that_refills_with_time() -> None:
    taken = 0
    available, bucket = take(None, "writes", now=0)
    while available:
        taken += 1
        available, bucket = take(bucket, "writes", now=0)

    assert taken == burst("writes") == 200
    assert retry_after(bucket, "writes") == 1
    assert take(bucket, "writes", now=0.1) == (True, Bucket(0, 0.1))


def test_bucket_never_exceeds_its_burst() -> None:
    assert take(Bucket(249, 0), "reads", now=1000) == (True, Bucket(249, 1000))
