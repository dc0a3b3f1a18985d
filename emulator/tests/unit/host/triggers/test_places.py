"""Names of what a host keeps in storage."""

import re

from emulator.host.triggers.places import found_blobs, host_id


def test_queue_name_is_valid_and_of_one_function() -> None:
    site = "orders-1-0-0123456789abcdef0123456789abcdef"
    names = [found_blobs(site, function) for function in ("a__b", "a__c")]
    assert len({*names}) == 2
    assert all(re.fullmatch(r"[a-z0-9](-?[a-z0-9]){2,62}", name) for name in names)
    assert found_blobs(site, "A__b") == names[0]


def test_host_id_is_the_beginning_of_the_site_name() -> None:
    assert host_id("Orders") == "orders"
    assert len(host_id("x" * 60)) == 32
