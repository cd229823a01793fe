"""One command on its way over a faulty WAN, and whatever comes back of it, however late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from scenarios.engine.link_faults import Carried, FaultyWire
from scenarios.engine.simulation import Conversation, Simulation

_Answer = TypeVar("_Answer")


class FaultyTrip:
    """Copies of a command to a device, and copies of what it sends back.

    ``deliver`` gives a device octets and returns what it sends; ``arrive`` takes what comes to the DSP. Both
    are called when the time has come, which may be after whoever sent the command gave up.
    """

    def __init__(
        self,
        simulation: Simulation,
        wire: FaultyWire,
        round_trip_ms: int,
        deliver: Callable[[bytes], Iterable[bytes]],
        arrive: Callable[[bytes], None],
    ) -> None:
        self._simulation = simulation
        self._wire = wire
        self._there_ms = round_trip_ms // 2
        self._back_ms = round_trip_ms - self._there_ms
        self._deliver = deliver
        self._arrive = arrive

    def send(self, octets: bytes) -> None:
        """Set out; returns at once."""
        for carried in self._wire.carry(octets):
            self._simulation.alongside(self._there(carried))

    def _there(self, carried: Carried) -> Conversation[None]:
        yield self._simulation.wait_ms(self._there_ms + carried.extra_delay_ms)
        for octets in self._deliver(carried.octets):
            for back in self._wire.carry(octets):
                self._simulation.alongside(self._back(back))

    def _back(self, carried: Carried) -> Conversation[None]:
        yield self._simulation.wait_ms(self._back_ms + carried.extra_delay_ms)
        self._arrive(carried.octets)


def first_answer(
    trip: Callable[[Callable[[bytes], None]], FaultyTrip],
    octets: bytes,
    take: Callable[[bytes], _Answer | None],
    simulation: Simulation,
    timeout_ms: int,
) -> Conversation[_Answer | None]:
    """The first of what comes back that ``take`` makes an answer of; None if there is none in time.

    ``trip`` makes the trip, given who takes what arrives. What comes after the end is taken too, for what
    follows from it, and answers nobody.
    """
    answers: list[_Answer] = []
    answered = simulation.environment.event()

    def arrive(back: bytes) -> None:
        answer = take(back)
        if answer is not None and not answers:
            answers.append(answer)
            answered.succeed()

    trip(arrive).send(octets)
    yield answered | simulation.wait_ms(timeout_ms)
    return answers[0] if answers else None
