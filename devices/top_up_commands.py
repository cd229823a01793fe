"""Top-ups that come as commands: CS01a at an electricity meter, CS01b at a gas meter.

Such a command is guarded by the numbers of top-ups, not by the Execution Counter of the supplier's role
(assumed). Which code a meter answers for which refusal is assumed too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from devices.gbcs.cs01 import (
    GasTopUpAnswer,
    TopUpResult,
    encode_cs01a_response,
    encode_cs01b_response,
    read_cs01a_command,
    read_cs01b_command,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.identifiers import OriginatorCounter
from devices.meter_balance import MILLIPENCE_PER_PENNY
from devices.top_up import TopUpOutcome, TopUpReader, TopUpState, TopUpVerdict

TOP_UP_REFUSED: Final = AccessCode.OTHER_REASON
_GREATEST_INT32: Final = 2**31 - 1
_RESULTS: Final = {
    TopUpOutcome.ACCEPTED: TopUpResult.ACCEPTED,
    TopUpOutcome.MISTYPED: TopUpResult.INVALID,
    TopUpOutcome.NOT_FOR_THIS_DEVICE: TopUpResult.INVALID,
    TopUpOutcome.NOT_AUTHENTIC: TopUpResult.INVALID,
    TopUpOutcome.DUPLICATE: TopUpResult.DUPLICATE,
    TopUpOutcome.OUT_OF_RANGE: TopUpResult.DUPLICATE,
    TopUpOutcome.ABOVE_MAXIMUM_CREDIT: TopUpResult.VALUE_TOO_LARGE,
    TopUpOutcome.LOCKED_OUT: TopUpResult.KEYPAD_LOCKED,
}


def answer_cs01a(
    payload: bytes, counter: OriginatorCounter, reader: TopUpReader, state: TopUpState, now: datetime
) -> tuple[bytes, TopUpState, TopUpVerdict]:
    """Response payload of an electricity meter, its state after it, and how the top-up went.

    Raises:
        GbcsError: the payload is no CS01a command with this originator counter.
    """
    digits = read_cs01a_command(payload, counter)
    state, verdict = reader.accept_remote(state, digits, counter, now)
    code = AccessCode.SUCCESS if verdict.accepted else TOP_UP_REFUSED
    return encode_cs01a_response(counter, code), state, verdict


def answer_cs01b(
    payload: bytes, counter: OriginatorCounter, reader: TopUpReader, state: TopUpState, now: datetime
) -> tuple[bytes, TopUpState, TopUpVerdict]:
    """Response payload of a gas meter, its state after it, and how the top-up went.

    Raises:
        GbcsError: the payload is no CS01b command.
    """
    top_up = read_cs01b_command(payload)
    state, verdict = reader.accept_remote(state, top_up.digits, counter, now)
    credited = verdict.value.pence * MILLIPENCE_PER_PENNY if verdict.accepted and verdict.value else 0
    remaining = max(-_GREATEST_INT32 - 1, min(_GREATEST_INT32, state.balance.millipence))
    answer = GasTopUpAnswer(_RESULTS[verdict.outcome], credited, remaining, top_up.source)
    return encode_cs01b_response(answer), state, verdict
