"""What may be in storage once every line is retired."""

import pytest

from soak.store import stays


@pytest.mark.parametrize(
    "item",
    [
        "queue router-control-00",
        "table LinesInstances",
        "table RouterPartitions",
        "container packages",
        "container orders1x0-largemessages",
        "blob azure-webjobs-secrets/router/host.json",
        "blob azure-webjobs-hosts/locks/router/host",
    ],
)
def test_the_routers_own_stays_and_so_do_the_large_messages(item: str) -> None:
    assert stays(item)


@pytest.mark.parametrize(
    "item",
    [
        "queue orders1x0-control-00",
        "queue orders1x0-workitems",
        "table Orders1x0Partitions",
        "container orders1x0-leases",
        "container orders1x0-applease",
        "container app-package-orders-1-0-jjmh",
        "blob azure-webjobs-secrets/orders-1-0-jjmh/host.json",
        "blob azure-webjobs-hosts/locks/orders-1-0-jjmh/host",
        "queue something-new",
    ],
)
def test_whatever_is_a_lines_or_not_known_is_left_over(item: str) -> None:
    assert not stays(item)
