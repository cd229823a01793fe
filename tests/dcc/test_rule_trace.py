"""A decision as lines: which rules were asked, and why the last one rejected."""

from __future__ import annotations

from dcc_worlds import ESME, GPF, MPAN, OPERATOR, OTHER_OPERATOR, World

from dcc.rules.order import RULE_BOOK
from dcc.rules.tracing import trace


def test_a_refusal_ends_with_what_was_observed_and_expected() -> None:
    world = World()
    lines = trace(world.submit(world.read(OTHER_OPERATOR)).decision)
    assert lines[0].startswith("step 3  originator-is-a-user: pass")
    assert lines[-1] == (
        "step 12 sender-is-registered: reject with E4 (SEC Appendix AB 6.1(f)): "
        f"Midlands Networks as ED is not registered at {MPAN}, "
        "expected the party registered there in this role"
    )
    assert all(": pass" in line for line in lines[:-1])


def test_an_assumed_rule_says_so() -> None:
    world = World()
    world.submit(world.read(OPERATOR))
    request = world.read(OPERATOR)
    replayed = world.ask(OPERATOR, request.srv, ESME, request.body, counter=1)
    line = trace(world.submit(replayed).decision)[-1]
    assert "originator-counter-rises: reject with SIM-REPLAY (DUIS 3.2.5, assumed): 1, expected more" in line


def test_rules_with_nothing_to_say_are_shown_on_demand() -> None:
    world = World()
    decision = world.submit(world.read(OPERATOR)).decision
    every, telling = trace(decision, all_rules=True), trace(decision)
    assert len(every) == len(RULE_BOOK)
    assert 0 < len(telling) < len(every)
    assert set(telling) < set(every)
    assert any(line.endswith(": not applicable") for line in every)
    assert any(line.endswith(": not in force") for line in every)


def test_a_request_for_a_device_without_reads_is_traced_to_the_end() -> None:
    world = World()
    lines = trace(world.submit(world.read(OPERATOR, GPF)).decision)
    assert ": reject with E" in lines[-1]
