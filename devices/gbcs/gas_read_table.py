"""The reads of gas meters and gas proxy functions as a table: which ZigBee commands each use case has.

No real message at hand shows two of them (``confirmed=False``). GCS13b is reconstructed: the block registers
of the metering cluster in the place of GCS13c's tiers. GCS61 is as the use case annex of GBCS says; that it
asks for a sample for each day that the period begins, and for no more than there can be, is assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

from devices.gbcs.dlms_times import Period
from devices.gbcs.gbz_reads import AttributesPart, CommandPart, GbzRead
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.zcl import AttributeId, ClusterId, ZclType, utc_moment
from devices.gbcs.zcl_commands import (
    METERING,
    Samples,
    SamplesRequest,
    Snapshot,
    SnapshotRequest,
    samples_in,
)
from devices.gbcs.zcl_events import (
    EVENT_LOG_ID,
    EVENTS,
    FULL_INFORMATION,
    SECURITY_LOG_ID,
    Events,
    EventsRequest,
)

CS10A: Final = MessageCode(0x0014)
GCS13A: Final = MessageCode(0x0074)
GCS14: Final = MessageCode(0x0075)
GCS16A: Final = MessageCode(0x0077)
GCS17: Final = MessageCode(0x0078)
GCS18: Final = MessageCode(0x0079)
GCS38: Final = MessageCode(0x0084)
GCS46: Final = MessageCode(0x0089)
GCS21E: Final = MessageCode(0x009E)
GCS61: Final = MessageCode(0x00A0)
CS10B: Final = MessageCode(0x00A1)
GCS13C: Final = MessageCode(0x00B6)
GCS13B: Final = MessageCode(0x00B8)
GCS21M: Final = MessageCode(0x00FB)

BASIC: Final = ClusterId(0x0000)
PRICE: Final = ClusterId(0x0700)
PREPAYMENT: Final = ClusterId(0x0705)
CURRENT_SUMMATION: Final = AttributeId(0x0000)
FIRMWARE_VERSION: Final = AttributeId(0x0206)
UNIT_OF_MEASURE: Final = AttributeId(0x0300)
MULTIPLIER: Final = AttributeId(0x0301)
DIVISOR: Final = AttributeId(0x0302)
TIER_SUMMATIONS: Final = tuple(map(AttributeId, (0x0100, 0x0102, 0x0104, 0x0106)))
BLOCK_SUMMATIONS: Final = tuple(map(AttributeId, (0x0400, 0x0401, 0x0402, 0x0403)))
CURRENCY_TRAILING_DIGITS: Final = AttributeId(0x0617)
CURRENCY: Final = AttributeId(0x0616)
ACCUMULATED_DEBT: Final = AttributeId(0x0005)
EMERGENCY_CREDIT: Final = AttributeId(0x0002)
CREDIT_REMAINING: Final = AttributeId(0x0001)
DEBTS: Final = tuple(map(AttributeId, (0x0231, 0x0211, 0x0221)))
HARDWARE_VERSION: Final = AttributeId(0x0003)
MANUFACTURER: Final = AttributeId(0x0004)
MODEL: Final = AttributeId(0x0005)
SITE_ID: Final = AttributeId(0x0307)
SUPPLY_TAMPER_STATE: Final = AttributeId(0x0607)
SUPPLY_DEPLETION_STATE: Final = AttributeId(0x0608)
CUBIC_METRES: Final = 1
SAMPLE_INTERVAL: Final = timedelta(minutes=30)
DAILY_SNAPSHOTS: Final = 31
DAILY_CONSUMPTION_ID: Final = 1
DAILY_CONSUMPTION_SAMPLES: Final = 731
NETWORK_DATA_ID: Final = 2
DAY: Final = timedelta(days=1)
NETWORK_DATA_SAMPLES: Final = 41
NETWORK_DATA_INTERVAL: Final = timedelta(minutes=6)
DAILY_INTERVAL_SECONDS: Final = 0xFFFF
"""What the daily consumption log says for an interval of a day, which does not fit."""

_SCALE: Final = {
    DIVISOR: ZclType.UINT24,
    MULTIPLIER: ZclType.UINT24,
    UNIT_OF_MEASURE: ZclType.ENUM8,
}
_UINT48: Final = ZclType.UINT48


def _samples_request(period: Period) -> SamplesRequest:
    return SamplesRequest(period.start, samples_in(*period, SAMPLE_INTERVAL))


def _daily_request(period: Period) -> SamplesRequest:
    count = min(samples_in(*period, DAY), DAILY_CONSUMPTION_SAMPLES)
    return SamplesRequest(period.start, count, DAILY_CONSUMPTION_ID)


def _snapshot_request(offset: int, period: Period) -> SnapshotRequest:
    return SnapshotRequest(*period, offset)


def _events_request(log: int) -> Callable[[Period], EventsRequest]:
    return lambda period: EventsRequest(log, *period)


def _summations(attributes: tuple[AttributeId, ...]) -> AttributesPart:
    registers = dict.fromkeys(attributes, _UINT48)
    return AttributesPart(METERING, MappingProxyType(_SCALE | registers), encrypted=True, quiet=True)


PROFILE: Final = CommandPart(
    METERING, 0x08, 0x07, SamplesRequest, Samples, ask=_samples_request, encrypted=True
)
DAILY_CONSUMPTION: Final = CommandPart(
    METERING, 0x08, 0x07, SamplesRequest, Samples, ask=_daily_request, encrypted=True
)
# The whole log; GBCS gives the earliest time as the first second of 2000.
NETWORK_DATA: Final = CommandPart(
    METERING,
    0x08,
    0x07,
    SamplesRequest,
    Samples,
    ask=SamplesRequest(utc_moment(1), NETWORK_DATA_SAMPLES, NETWORK_DATA_ID),
    encrypted=True,
    quiet=False,
)
SNAPSHOTS: Final = tuple(
    [
        CommandPart(
            METERING,
            0x06,
            0x06,
            SnapshotRequest,
            Snapshot,
            ask=partial(_snapshot_request, offset),
            encrypted=True,
        )
        for offset in range(DAILY_SNAPSHOTS)
    ]
)
EVENT_LOG: Final = CommandPart(
    EVENTS, 0x00, 0x01, EventsRequest, Events, ask=_events_request(FULL_INFORMATION | EVENT_LOG_ID)
)
SECURITY_LOG: Final = CommandPart(
    EVENTS, 0x00, 0x01, EventsRequest, Events, ask=_events_request(SECURITY_LOG_ID)
)
CURRENCY_PART: Final = AttributesPart(
    PRICE,
    MappingProxyType({CURRENCY_TRAILING_DIGITS: ZclType.BITMAP8, CURRENCY: ZclType.UINT16}),
)
PREPAYMENT_PART: Final = AttributesPart(
    PREPAYMENT,
    MappingProxyType(
        {
            ACCUMULATED_DEBT: ZclType.INT32,
            EMERGENCY_CREDIT: ZclType.INT32,
            CREDIT_REMAINING: ZclType.INT32,
            **dict.fromkeys(DEBTS, ZclType.UINT32),
        }
    ),
    encrypted=True,
)
FIRMWARE_PART: Final = AttributesPart(METERING, MappingProxyType({FIRMWARE_VERSION: ZclType.OCTET_STRING}))
SITE_PART: Final = AttributesPart(METERING, MappingProxyType({SITE_ID: ZclType.OCTET_STRING}))
_NAMES: Final = dict.fromkeys((MANUFACTURER, MODEL), ZclType.CHARACTER_STRING)
IDENTITY_PART: Final = AttributesPart(BASIC, MappingProxyType(_NAMES))
FORMER_IDENTITY_PART: Final = AttributesPart(
    BASIC, MappingProxyType(_NAMES | {HARDWARE_VERSION: ZclType.UINT8})
)
SUPPLY_STATES_PART: Final = AttributesPart(
    METERING,
    MappingProxyType(dict.fromkeys((SUPPLY_DEPLETION_STATE, SUPPLY_TAMPER_STATE), ZclType.ENUM8)),
)

ALL_GBZ_READS: Final = (
    GbzRead(CS10A, (EVENT_LOG,)),
    GbzRead(GCS13A, (_summations((CURRENT_SUMMATION,)),), dated=True),
    GbzRead(GCS14, (CURRENCY_PART, PREPAYMENT_PART), dated=True),
    GbzRead(GCS16A, SNAPSHOTS),
    GbzRead(GCS17, (PROFILE,)),
    GbzRead(GCS18, (NETWORK_DATA,)),
    GbzRead(GCS38, (FIRMWARE_PART,)),
    GbzRead(GCS46, (SITE_PART,)),
    GbzRead(GCS21E, (FORMER_IDENTITY_PART, SUPPLY_STATES_PART)),
    GbzRead(GCS61, (DAILY_CONSUMPTION,), confirmed=False),
    GbzRead(CS10B, (SECURITY_LOG,)),
    GbzRead(GCS13C, (_summations(TIER_SUMMATIONS),), dated=True),
    GbzRead(GCS13B, (_summations(BLOCK_SUMMATIONS),), dated=True, confirmed=False),
    GbzRead(GCS21M, (IDENTITY_PART, SUPPLY_STATES_PART)),
)
GBZ_READS: Final = MappingProxyType({read.code: read for read in ALL_GBZ_READS})
"""The table by message code."""
