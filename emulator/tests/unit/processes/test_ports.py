"""Ports: one that was claimed is nobody else's, and can be had again."""

import pytest

from emulator.processes.ports import NoPortError, claim, port_of, reclaim, reserve


def test_a_claimed_port_is_not_claimed_twice():
    with claim(0) as anything, claim(port_of(anything)) as other:
        assert port_of(other) != port_of(anything)


def test_a_port_can_be_reclaimed_once_its_owner_has_gone():
    with claim(0) as first:
        port = port_of(first)
        first.listen()
        with pytest.raises(NoPortError, match=str(port)):
            reclaim(port)
    with reclaim(port) as again:
        assert port_of(again) == port


def test_a_port_that_is_kept_is_left_to_whom_it_is_kept_for():
    with claim() as first:
        port = port_of(first)
        keeper = reserve(port)
    with keeper:
        with claim(port) as other:
            assert port_of(other) != port
        for take in (reserve, reclaim):
            with pytest.raises(NoPortError, match=str(port)):
                take(port)
    with claim(port) as again:
        assert port_of(again) == port
