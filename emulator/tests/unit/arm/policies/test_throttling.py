"""ARM's token buckets."""

from emulator.arm.policies.throttling import Bucket, burst, kind_of, retry_after, take


def test_actions_count_as_writes():
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


def test_burst_empties_a_bucket_that_refills_with_time():
    bucket, taken = None, 0
    while (answer := take(bucket, "writes", now=0))[0]:
        taken, bucket = taken + 1, answer[1]

    assert taken == burst("writes") == 200
    assert retry_after(bucket, "writes") == 1
    assert take(bucket, "writes", now=0.1) == (True, Bucket(0, 0.1))


def test_bucket_never_exceeds_its_burst():
    assert take(Bucket(249, 0), "reads", now=1000) == (True, Bucket(249, 1000))
