from __future__ import annotations

import hashlib

import pytest

from scenarios.engine.random_streams import RandomStream, RandomStreams


def draws(stream: RandomStream, count: int) -> list[float]:
    return [stream.unit() for _ in range(count)]


def test_a_stream_is_a_function_of_seed_and_name() -> None:
    one, other = RandomStreams(7), RandomStreams(7)
    other.stream("something else").unit()
    assert draws(one.stream("home", 17, "choice"), 5) == draws(other.stream("home", 17, "choice"), 5)


@pytest.mark.parametrize(
    ("seed", "names"),
    [(8, ("home", 17)), (7, ("home", 18)), (7, ("home",)), (7, ("home", 17, "choice"))],
)
def test_another_seed_or_name_is_another_stream(seed: int, names: tuple[str | int, ...]) -> None:
    assert draws(RandomStreams(7).stream("home", 17), 3) != draws(RandomStreams(seed).stream(*names), 3)


def test_draws_stay_the_same_between_versions() -> None:
    # Recorded results name seed and version: a change here needs a new version.
    key = hashlib.sha256(b"7/home/17/choice").digest()
    digests = [hashlib.sha256(key + bytes(7) + bytes((number,))).digest() for number in (0, 1)]
    pinned = [0.22117352931271195, 0.7326761551362188]
    assert [int.from_bytes(digest[:8], "big") / 2**64 for digest in digests] == pytest.approx(pinned)
    assert draws(RandomStreams(7).stream("home", 17, "choice"), 2) == pinned


def test_units_are_spread_over_the_interval() -> None:
    found = draws(RandomStreams(1).stream("spread"), 4000)
    assert 0 <= min(found) < 0.01
    assert 0.99 < max(found) < 1
    assert sum(found) / len(found) == pytest.approx(0.5, abs=0.02)


def test_chance_never_at_0_and_always_at_1() -> None:
    stream = RandomStreams(1).stream("chance")
    assert not any(stream.chance(0.0) for _ in range(500))
    assert all(stream.chance(1.0) for _ in range(500))


def test_between_reaches_both_ends_and_no_further() -> None:
    stream = RandomStreams(1).stream("between")
    assert {stream.between(3, 6) for _ in range(300)} == {3, 4, 5, 6}
    assert stream.between(5, 5) == 5


def test_pick_follows_the_weights_and_leaves_out_what_has_none() -> None:
    stream = RandomStreams(1).stream("pick")
    picked = [
        stream.pick([("never", 0.0), ("often", 3.0), ("seldom", 1.0), ("never", 0)]) for _ in range(4000)
    ]
    assert "never" not in picked
    assert picked.count("often") / len(picked) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("weighted", [[], [("a", 0.0)]])
def test_pick_needs_something_to_pick(weighted: list[tuple[str, float]]) -> None:
    with pytest.raises(ValueError, match="at least one weight above 0"):
        RandomStreams(1).stream("pick").pick(weighted)


def test_lognormal_has_the_median_and_the_99th_percentile_asked_for() -> None:
    stream = RandomStreams(1).stream("wan")
    found = sorted(stream.lognormal(6.0, 30.0) for _ in range(5000))
    assert found[2500] == pytest.approx(6.0, rel=0.05)
    assert found[4950] == pytest.approx(30.0, rel=0.15)
    assert found[0] > 0
