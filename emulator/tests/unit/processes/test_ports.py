"""Claiming, reclaiming and reserving ports."""

import pytest

from emulator.processes.ports import NoPortError, claim, port_of, reclaim, reserve


def test_claimed_port_is_not_claimed_twice() -> None:
    with claim(0) as anything, claim(port_of(anything)) as other:
        assert port_of(other) != port_of(anything)


def test_port_is_reclaimed_after_its_owner_has_closed_it() -> None:
    with claim(0) as first:
        port = port_of(first)
        first.listen()
        with pytest.raises(NoPortError, match=str(port)):
            reclaim(port)
    with reclaim(port) as again:
        assert port_of(again) == port


def test_reserved_port_is_neither_claimed_nor_reclaimed() -> None:
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
