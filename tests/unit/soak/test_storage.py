"""The items that may be in storage once every line is retired."""

import pytest

from soak.storage import is_kept


@pytest.mark.parametrize(
    "item",
    [
        "queue router-control-00",
        "table OrdersLinesInstances",
        "table Orders1x0Instances",
        "table Orders1x12History",
        "table routerPartitions",
        "container packages",
        "container orders1x0-largemessages",
        "blob azure-webjobs-secrets/router/host.json",
        "blob azure-webjobs-hosts/locks/router/host",
    ],
)
def test_items_of_the_router_and_large_messages_are_kept(item: str) -> None:
    assert is_kept(item)


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
def test_items_of_lines_and_unknown_items_are_left_over(item: str) -> None:
    assert not is_kept(item)
