"""How a gas meter or a gas proxy function answers the parts of the table of its reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from devices import meter_logs
from devices.configuration import Identity
from devices.event_log import LoggedEvent, events_in
from devices.gbcs.dlms_times import Period
from devices.gbcs.gas_read_table import (
    ACCUMULATED_DEBT,
    BASIC,
    BLOCK_SUMMATIONS,
    CREDIT_REMAINING,
    CUBIC_METRES,
    CURRENCY,
    CURRENCY_TRAILING_DIGITS,
    CURRENT_SUMMATION,
    DAILY_CONSUMPTION,
    DAILY_INTERVAL_SECONDS,
    DAY,
    DEBTS,
    DIVISOR,
    EMERGENCY_CREDIT,
    EVENT_LOG,
    FIRMWARE_VERSION,
    HARDWARE_VERSION,
    MANUFACTURER,
    MODEL,
    MULTIPLIER,
    NETWORK_DATA,
    NETWORK_DATA_INTERVAL,
    NETWORK_DATA_SAMPLES,
    PREPAYMENT,
    PRICE,
    PROFILE,
    SAMPLE_INTERVAL,
    SECURITY_LOG,
    SITE_ID,
    SNAPSHOTS,
    SUPPLY_DEPLETION_STATE,
    SUPPLY_TAMPER_STATE,
    TIER_SUMMATIONS,
    UNIT_OF_MEASURE,
)
from devices.gbcs.gbz_reads import CommandPart
from devices.gbcs.zcl import AttributeId, ClusterId, ZclStatus
from devices.gbcs.zcl_commands import (
    METERING,
    GasRegisters,
    Samples,
    SamplesRequest,
    Snapshot,
    SnapshotRequest,
    ZclContent,
)
from devices.gbcs.zcl_events import EVENT_LOG_ID, SECURITY_LOG_ID, Events, EventsRequest, ZclEvent
from devices.meter_view import Reading
from devices.metering import HALF_HOUR_SECONDS, LITRES_PER_CUBIC_METRE, Quantity

POUNDS_STERLING: Final = 826
SUPPLY_UNCHANGED: Final = 3
"""What real meters say of the supply after a tamper or a depletion; the meaning of the number is assumed."""
_FIVE_TRAILING_DIGITS: Final = 0x50
_CONSUMPTION: Final = 0

AttributeSource = Callable[[Reading], int | bytes]
CommandSource = Callable[[Reading, ZclContent], ZclContent | ZclStatus]


def _register(reading: Reading) -> int:
    return reading.register(Quantity.GAS)


def _nothing(_: Reading) -> int:
    return 0


ATTRIBUTE_SOURCES: Final[Mapping[tuple[ClusterId, AttributeId], AttributeSource]] = MappingProxyType(
    {
        (METERING, DIVISOR): lambda _: LITRES_PER_CUBIC_METRE,
        (METERING, MULTIPLIER): lambda _: 1,
        (METERING, UNIT_OF_MEASURE): lambda _: CUBIC_METRES,
        (BASIC, MANUFACTURER): lambda reading: reading.view.configuration.identity.manufacturer,
        (BASIC, MODEL): lambda reading: reading.view.configuration.identity.model,
        (BASIC, HARDWARE_VERSION): lambda reading: _hardware_version(reading.view.configuration.identity),
        (METERING, SITE_ID): lambda reading: reading.view.configuration.mprn,
        (METERING, SUPPLY_DEPLETION_STATE): lambda _: SUPPLY_UNCHANGED,
        (METERING, SUPPLY_TAMPER_STATE): lambda _: SUPPLY_UNCHANGED,
        (METERING, FIRMWARE_VERSION): lambda reading: reading.view.firmware_version,
        # One rate, no blocks: all is in the first tier.
        **{(METERING, attribute): _nothing for attribute in (*TIER_SUMMATIONS[1:], *BLOCK_SUMMATIONS)},
        (METERING, CURRENT_SUMMATION): _register,
        (METERING, TIER_SUMMATIONS[0]): _register,
        (PRICE, CURRENCY_TRAILING_DIGITS): lambda _: _FIVE_TRAILING_DIGITS,
        (PRICE, CURRENCY): lambda _: POUNDS_STERLING,
        **{(PREPAYMENT, attribute): _nothing for attribute in (ACCUMULATED_DEBT, EMERGENCY_CREDIT, *DEBTS)},
        # Hundred-thousandths of a pound are millipence.
        (PREPAYMENT, CREDIT_REMAINING): lambda reading: reading.view.balance_at(reading.now),
    }
)
"""How each attribute is answered."""


def _samples(reading: Reading, request: ZclContent) -> ZclContent | ZclStatus:
    """The samples asked for that have ended; a sample's time is when it began."""
    if not isinstance(request, SamplesRequest) or request.kind != _CONSUMPTION:
        return ZclStatus.INVALID_FIELD
    start = request.start + SAMPLE_INTERVAL
    end = request.start + request.samples * SAMPLE_INTERVAL
    wanted = reading._replace(period=Period(start, end))
    entries = wanted.profile(Quantity.GAS, meter_logs.IMPORT_PROFILE_ENTRIES)
    if not entries:
        return ZclStatus.NOT_FOUND
    amounts = tuple([amount for _, amount in entries])
    return Samples(entries[0][0] - SAMPLE_INTERVAL, HALF_HOUR_SECONDS, amounts, request.sample_id)


def _daily(reading: Reading, request: ZclContent) -> ZclContent | ZclStatus:
    """The days (UTC) asked for that have ended; a sample's time is when its day began."""
    if not isinstance(request, SamplesRequest) or request.kind != _CONSUMPTION:
        return ZclStatus.INVALID_FIELD
    period = Period(request.start + DAY, request.start + request.samples * DAY)
    entries = meter_logs.daily_consumption(reading.view.meter, Quantity.GAS, period, reading.now)
    if not entries:
        return ZclStatus.NOT_FOUND
    amounts = tuple([amount for _, amount in entries])
    return Samples(entries[0][0] - DAY, DAILY_INTERVAL_SECONDS, amounts, request.sample_id)


def _network_data(reading: Reading, request: ZclContent) -> ZclContent | ZclStatus:
    """The samples that have ended since the log was started."""
    started = reading.view.configuration.network_log_started
    if not isinstance(request, SamplesRequest) or request.kind != _CONSUMPTION:
        return ZclStatus.INVALID_FIELD
    if started is None or reading.now - started < NETWORK_DATA_INTERVAL:
        return ZclStatus.NOT_FOUND
    count = min(NETWORK_DATA_SAMPLES, request.samples, (reading.now - started) // NETWORK_DATA_INTERVAL)
    meter = reading.view.meter
    ends = [started + number * NETWORK_DATA_INTERVAL for number in range(count + 1)]
    registers = [meter.register(Quantity.GAS, end) for end in ends]
    amounts = tuple([after - before for before, after in pairwise(registers)])
    return Samples(started, int(NETWORK_DATA_INTERVAL.total_seconds()), amounts, request.sample_id)


def _hardware_version(identity: Identity) -> int:
    """The lower octet of the hardware version in a model (assumed); 0 where that is no number."""
    try:
        return int(identity.model[4:], 16) & 0xFF
    except ValueError:
        return 0


def _snapshot(reading: Reading, request: ZclContent) -> ZclContent | ZclStatus:
    if not isinstance(request, SnapshotRequest):
        return ZclStatus.INVALID_FIELD
    period = Period(request.earliest, request.latest)
    ends = meter_logs.midnights(reading.view.meter, period, reading.now)
    if request.offset >= len(ends):
        return ZclStatus.NOT_FOUND
    at = ends[request.offset]
    litres = reading.view.meter.register(Quantity.GAS, at)
    registers = GasRegisters(litres, (litres, 0, 0, 0), (0, 0, 0, 0))
    return Snapshot(request.offset, at, len(ends), registers, request.cause)


def _event_source(log: int, events_of: Callable[[Reading], tuple[LoggedEvent, ...]]) -> CommandSource:
    def answer(reading: Reading, request: ZclContent) -> ZclContent | ZclStatus:
        if not isinstance(request, EventsRequest) or request.log & 0x0F != log:
            return ZclStatus.INVALID_FIELD
        found = events_in(events_of(reading), Period(request.start, request.end))
        if not found:
            return ZclStatus.NOT_FOUND
        return Events(tuple([ZclEvent(log, code, at, other) for at, code, other in found]))

    return answer


COMMAND_SOURCES: Final[Mapping[CommandPart, CommandSource]] = MappingProxyType(
    {
        PROFILE: _samples,
        DAILY_CONSUMPTION: _daily,
        NETWORK_DATA: _network_data,
        **dict.fromkeys(SNAPSHOTS, _snapshot),
        EVENT_LOG: _event_source(EVENT_LOG_ID, lambda reading: reading.view.event_log),
        SECURITY_LOG: _event_source(SECURITY_LOG_ID, lambda reading: reading.view.security_log),
    }
)
"""How each command is answered."""
