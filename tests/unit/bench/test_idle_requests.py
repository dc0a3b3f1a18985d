"""The requests of an idle line: those of added lines, without what their apps poll."""

from collections import Counter

from bench.idle_requests import per_line


def test_requests_of_added_lines_count_at_the_usual_pace() -> None:
    one = Counter({"GET router-control-NN/messages": 100, "GET orderscatalog(…)": 50})
    more = Counter(
        {
            "GET router-control-NN/messages": 100,
            "GET orderscatalog(…)": 111,
            "PUT orders1x1-control-NN/messages/…": 30,
            "MERGE Orders1x1Partitions(…)": 30,
        }
    )
    found = {kind: each for kind, each in per_line(one, more).items() if each}
    assert found == {"GET orderscatalog(…)": 2.0}
