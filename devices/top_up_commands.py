"""Top-ups that come as commands: CS01a at an electricity meter, CS01b at a gas meter.

Such a command is guarded by the numbers of top-ups, not by the Execution Counter of the supplier's role
(assumed). Which code a meter answers for which refusal is assumed too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from devices import cells, commands
from devices.gbcs.cs01 import (
    CS01A,
    CS01B,
    GasTopUpAnswer,
    TopUpResult,
    encode_cs01a_response,
    encode_cs01b_response,
    read_cs01a_command,
    read_cs01b_command,
)
from devices.gbcs.dlms import AccessCode
from devices.gbcs.dlms_times import STATUS_NOT_SPECIFIED
from devices.gbcs.identifiers import OriginatorCounter
from devices.gbcs.message import DlmsDateTime, Message
from devices.gbcs.utrn import UtrnKeys
from devices.management_state import Defect
from devices.meter_balance import MILLIPENCE_PER_PENNY
from devices.security_log import DeviceRefusalError, Refusal
from devices.top_up import TopUpOutcome, TopUpReader, TopUpState, TopUpVerdict

if TYPE_CHECKING:
    from devices.device import Device, Handler

TOP_UP_REFUSED: Final = AccessCode.OTHER_REASON
_GREATEST_INT32: Final = 2**31 - 1
_FAILED: Final = TopUpVerdict(TopUpOutcome.FAILED)
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

_Answer = Callable[
    [bytes, OriginatorCounter, TopUpReader, TopUpState, datetime, Defect | None],
    tuple[bytes, TopUpState, TopUpVerdict],
]


def reader_of(device: Device) -> TopUpReader:
    """Whose top-ups a meter credits: those of the holder of its top-up cell.

    Raises:
        DeviceRefusalError: the meter has no such cell.
    """
    certificate = device.store.get(cells.SUPPLIER_TOP_UP)
    if certificate is None:
        raise DeviceRefusalError(Refusal.NO_AUTHORITY, f"no cell {cells.SUPPLIER_TOP_UP} on this device")
    provider = device.context.provider
    secret = provider.agree(device.agreement, certificate.public_point)
    supplier = device.store.holder(cells.SUPPLIER_TOP_UP).subject
    return TopUpReader(UtrnKeys(supplier, device.eui, secret), provider, device.context.top_ups)


def answer_cs01a(
    payload: bytes,
    counter: OriginatorCounter,
    reader: TopUpReader,
    state: TopUpState,
    now: datetime,
    fault: Defect | None = None,
) -> tuple[bytes, TopUpState, TopUpVerdict]:
    """Response payload of an electricity meter, its state after it, and how the top-up went.

    Raises:
        GbcsError: the payload is no CS01a command with this originator counter.
    """
    digits = read_cs01a_command(payload, counter)
    if fault is not None:
        return encode_cs01a_response(counter, AccessCode(fault.result)), state, _FAILED
    state, verdict = reader.accept_remote(state, digits, counter, now)
    code = AccessCode.SUCCESS if verdict.accepted else TOP_UP_REFUSED
    return encode_cs01a_response(counter, code), state, verdict


def answer_cs01b(
    payload: bytes,
    counter: OriginatorCounter,
    reader: TopUpReader,
    state: TopUpState,
    now: datetime,
    fault: Defect | None = None,
) -> tuple[bytes, TopUpState, TopUpVerdict]:
    """Response payload of a gas meter, its state after it, and how the top-up went.

    Raises:
        GbcsError: the payload is no CS01b command.
    """
    top_up = read_cs01b_command(payload)
    if fault is not None:
        verdict, result = _FAILED, TopUpResult(fault.result)
    else:
        state, verdict = reader.accept_remote(state, top_up.digits, counter, now)
        result = _RESULTS[verdict.outcome]
    credited = verdict.value.pence * MILLIPENCE_PER_PENNY if verdict.accepted and verdict.value else 0
    remaining = max(-_GREATEST_INT32 - 1, min(_GREATEST_INT32, state.balance.millipence))
    answer = GasTopUpAnswer(result, credited, remaining, top_up.source)
    return encode_cs01b_response(answer), state, verdict


def _handler(answer: _Answer) -> Handler:
    """Obeys the command of a use case: credits the top-up, or says that it did not."""

    def obey(device: Device, message: Message, now: datetime) -> tuple[bytes, str]:
        commands.authenticate(device, message, own_numbers=True)
        counter, fault = message.header.originator_counter, commands.defect(device, message.code)
        reader, state = reader_of(device), device.state
        payload, top_up, verdict = answer(message.payload, counter, reader, state.top_up, now, fault)
        detail = f"top-up: {verdict.outcome.value}"
        for code in verdict.events:
            logged = commands.event(code, detail, message.header, now)
            state = state.logged(logged._replace(refusal=Refusal.TOP_UP))
        at = DlmsDateTime.of(now, STATUS_NOT_SPECIFIED)
        response = device.maced_response(message, payload, cells.SUPPLIER_AGREEMENT, at)
        device.commit(state._replace(top_up=top_up))
        return response, detail

    return obey


METER_HANDLERS: Final = {CS01A: _handler(answer_cs01a)}
GAS_HANDLERS: Final = {CS01B: _handler(answer_cs01b)}
