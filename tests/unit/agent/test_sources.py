"""Every row of the catalogue has a source; that each gives what it says is for the contract tests."""

from collections import defaultdict

from tests import sources
from wire.catalogue import CATALOGUE


def test_every_row_has_a_source() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for metric, source in sources.of_probes():
        found[metric].add(source)
    ways = (found, sources.of_profiles(), sources.of_mappings(), sources.of_examples())
    assert [metric for metric in CATALOGUE if not any(way.get(metric) for way in ways)] == []
    assert set(found) - set(CATALOGUE) == set(), "what a probe says it gives is in the catalogue"


def test_the_documents_say_where_each_metric_comes_from() -> None:
    assert sources.written() == sources.table(), "run: python -m tests.sources"
