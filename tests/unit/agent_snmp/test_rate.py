import pytest

from agent.snmp.rate import Rates


@pytest.mark.parametrize(
    ("before", "after", "bits", "rate"),
    [
        (1000, 3000, 32, 200.0),
        (2**32 - 500, 500, 32, 100.0),
        (4000000000, 3000000000, 32, None),
        (5000, 10, 64, None),
        (2**63, 2**63 + 1000, 64, 100.0),
    ],
    ids=["grows", "wraps at 32 bits", "falls too far for a wrap", "64 bits never wrap", "large"],
)
def test_a_counter_becomes_a_rate(before: int, after: int, bits: int, rate: float | None) -> None:
    rates = Rates()
    assert rates.rate("c", before, bits, 100.0) is None
    assert rates.rate("c", after, bits, 110.0) == rate


def test_after_a_restart_there_is_no_rate_until_two_values() -> None:
    rates = Rates()
    rates.rate("c", 1000, 64, 0.0)
    rates.forget()
    assert rates.rate("c", 1500, 64, 10.0) is None
    assert rates.rate("c", 2500, 64, 20.0) == 100.0


def test_two_values_of_the_same_instant_make_no_rate() -> None:
    rates = Rates()
    rates.rate("c", 1000, 64, 5.0)
    assert rates.rate("c", 2000, 64, 5.0) is None
