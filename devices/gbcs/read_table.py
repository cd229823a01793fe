"""The reads of electricity meters as a table: which attributes each use case reads, and of which shape.

What no real message at hand shows is marked ``confirmed=False``. ECS25r1, ECS35c, ECS35d, ECS35f and ECS40
are as the use case annex of GBCS says; the others are reconstructed, the items from public lists of object
names and from the MMC schema, object numbers from the row of their neighbours.
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.gbcs.dlms import ObisCode
from devices.gbcs.dlms_reads import DlmsRead, ReadItem
from devices.gbcs.dlms_shapes import (
    BOOLEAN,
    ENTITY_ID,
    ENUM,
    INT32,
    SECONDS,
    UINT16,
    UINT32,
    UNIT,
    Bits,
    ListOf,
    Octets,
    Record,
    Rows,
    ScalerUnit,
)
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.protected_data import ObjectAttribute

ECS17A: Final = MessageCode(0x0026)
ECS17B: Final = MessageCode(0x0027)
ECS17C: Final = MessageCode(0x0028)
ECS17D: Final = MessageCode(0x0029)
ECS17E: Final = MessageCode(0x002A)
ECS19: Final = MessageCode(0x002D)
ECS21B: Final = MessageCode(0x0034)
ECS21C: Final = MessageCode(0x0035)
ECS22A: Final = MessageCode(0x0036)
ECS22B: Final = MessageCode(0x0037)
ECS22C: Final = MessageCode(0x0038)
ECS23: Final = MessageCode(0x0039)
ECS35A: Final = MessageCode(0x0048)
ECS35B: Final = MessageCode(0x0049)
ECS40: Final = MessageCode(0x004E)
ECS52: Final = MessageCode(0x0059)
ECS66: Final = MessageCode(0x0060)
ECS26I: Final = MessageCode(0x0092)
ECS35C: Final = MessageCode(0x0093)
ECS35D: Final = MessageCode(0x0094)
ECS35E: Final = MessageCode(0x00B9)
ECS35F: Final = MessageCode(0x00BA)
ECS25R1: Final = MessageCode(0x00EE)
ECS25R2: Final = MessageCode(0x00EF)
ECS26M: Final = MessageCode(0x00F9)
ECS26N: Final = MessageCode(0x00FA)
ECS35G: Final = MessageCode(0x00FD)

TOU_REGISTERS: Final = 48
SECONDARY_TOU_REGISTERS: Final = 4
BLOCK_TOU_REGISTERS: Final = 64
WATT_HOURS: Final = ScalerUnit(0, 30)
VAR_HOURS: Final = ScalerUnit(0, 32)
WATTS: Final = ScalerUnit(0, 27)
COUNTS: Final = ScalerUnit()


class ImportRegisters(NamedTuple):
    """Import registers; the secondary one only of a twin element meter."""

    active_wh: int
    active_unit: ScalerUnit
    reactive_varh: int
    reactive_unit: ScalerUnit
    secondary_active_wh: int | None = None


class ImportPower(NamedTuple):
    """Active power import, of the whole meter and of its primary element."""

    total_w: int
    unit: ScalerUnit
    primary_w: int


class TouRegisters(NamedTuple):
    """48 time-of-use registers in Wh; four more of a twin element meter's secondary element."""

    primary_wh: tuple[int, ...]
    secondary_wh: tuple[int, ...] | None = None


class BlockTouRegisters(NamedTuple):
    """Four blocks of eight time-of-use registers in Wh, then their 32 counters."""

    registers: tuple[int, ...]


class PrepaymentBalances(NamedTuple):
    """Balances and debts in millipence, in the order of the use case annex of GBCS."""

    meter_balance: int
    emergency_credit_balance: int
    accumulated_debt: int
    time_debt_1: int
    time_debt_2: int
    payment_debt: int


class DatedBalances(NamedTuple):
    """Balances and debts in millipence, at a day's end; the order of the debts is assumed."""

    at: datetime
    meter_balance: int
    emergency_credit_balance: int
    accumulated_debt: int
    payment_debt: int
    time_debt_1: int
    time_debt_2: int


class RegisterEntry(NamedTuple):
    """A register or an amount of energy (Wh, varh) at ``at``, or in the time that ended then."""

    at: datetime
    amount: int


class ImportEntry(NamedTuple):
    """Active import of the half hour that ended at ``at``; the secondary only of a twin element meter."""

    at: datetime
    primary_wh: int
    secondary_wh: int | None = None


class ExportEntry(NamedTuple):
    """Export of the half hour that ended at ``at``."""

    at: datetime
    active_wh: int
    reactive_varh: int


class VoltageEntry(NamedTuple):
    """Average RMS voltage of the averaging period that ended at ``at``."""

    at: datetime
    volts: int


class EventEntry(NamedTuple):
    """An entry of the event log, and what else it says (a message code, mostly nothing)."""

    at: datetime
    code: int
    other: bytes


class SecurityEntry(NamedTuple):
    """An entry of the security log."""

    at: datetime
    code: int


class PowerEntry(NamedTuple):
    """An entry of the power event log, and what else it says."""

    at: datetime
    code: int
    other: int


class AuxiliaryEntry(NamedTuple):
    """An entry of the auxiliary controller event log (GBCS use case ECS35f).

    ``switch_and_action``: the number of the switch, then 11 on, 12 off, 20 back to its calendar, 00 a message
    from it; ``outcome``: 0 not known, 1 success, 2 failure; ``command_id``: of the command in the home, or 0.
    """

    at: datetime
    switch_and_action: int
    outcome: int
    command_id: int


def _attribute(class_id: int, obis: tuple[int, ...], member: int = 2) -> ObjectAttribute:
    return ObjectAttribute(class_id, ObisCode(bytes(obis)), member)


_DATA: Final = 1
_REGISTER: Final = 3
_PROFILE: Final = 7


_UNDER_VOLTAGE: Final = (1, 0, 32, 32, 0, 4)
_OVER_VOLTAGE: Final = (1, 0, 32, 36, 0, 4)
_VOLTAGE_LOG: Final = (1, 0, 32, 24, 0, 255)


def _protection(number: int) -> ObisCode:
    return ObisCode(bytes((0, 0, 43, 2, number, 255)))


ACTIVE_EXPORT: Final = ReadItem(_attribute(_REGISTER, (1, 0, 2, 8, 0, 255)), UINT32)
ACTIVE_EXPORT_UNIT: Final = ReadItem(_attribute(_REGISTER, (1, 0, 2, 8, 0, 255), 3), UNIT)
REACTIVE_EXPORT: Final = ReadItem(_attribute(_REGISTER, (1, 0, 4, 8, 0, 255)), UINT32)
REACTIVE_EXPORT_UNIT: Final = ReadItem(_attribute(_REGISTER, (1, 0, 4, 8, 0, 255), 3), UNIT)
IMPORT_REGISTERS: Final = ReadItem(
    _attribute(_DATA, (0, 0, 94, 44, 34, 10)),
    Record(ImportRegisters, (UINT32, UNIT, UINT32, UNIT, UINT32), optional=1),
)
IMPORT_POWER: Final = ReadItem(
    _attribute(_DATA, (0, 0, 94, 44, 34, 20)), Record(ImportPower, (UINT32, UNIT, UINT32))
)
TIME_OF_USE: Final = ReadItem(
    _attribute(_DATA, (0, 0, 94, 44, 34, 1)),
    Record(
        TouRegisters,
        (ListOf(UINT32, TOU_REGISTERS), ListOf(UINT32, SECONDARY_TOU_REGISTERS)),
        optional=1,
    ),
)
BLOCK_TIME_OF_USE: Final = ReadItem(
    _attribute(_DATA, (0, 0, 94, 44, 34, 2)),
    Record(BlockTouRegisters, (ListOf(UINT32, BLOCK_TOU_REGISTERS),)),
)
PREPAYMENT_BALANCES: Final = ReadItem(
    _attribute(_DATA, (0, 0, 94, 44, 34, 30)), Record(PrepaymentBalances, (INT32,) * 6)
)
PREPAYMENT_LOG: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 98, 1, 8, 255)),
    Rows(DatedBalances, (SECONDS, *(INT32,) * 6)),
    by_period=True,
)
DAILY_EXPORT: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 98, 1, 10, 255)), Rows(RegisterEntry, (SECONDS, UINT32)), by_period=True
)
IMPORT_PROFILE: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 1, 0, 255)),
    Rows(ImportEntry, (SECONDS, UINT32, UINT32), optional=1),
    by_period=True,
)
EXPORT_PROFILE: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 1, 1, 255)),
    Rows(ExportEntry, (SECONDS, UINT32, UINT32)),
    by_period=True,
)
REACTIVE_IMPORT_PROFILE: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 1, 2, 255)), Rows(RegisterEntry, (SECONDS, UINT32)), by_period=True
)
DAILY_CONSUMPTION: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 1, 3, 255)), Rows(RegisterEntry, (SECONDS, UINT32)), by_period=True
)
UNDER_VOLTAGES: Final = ReadItem(_attribute(_REGISTER, _UNDER_VOLTAGE), UINT32)
UNDER_VOLTAGES_UNIT: Final = ReadItem(_attribute(_REGISTER, _UNDER_VOLTAGE, 3), UNIT)
OVER_VOLTAGES: Final = ReadItem(_attribute(_REGISTER, _OVER_VOLTAGE), UINT32)
OVER_VOLTAGES_UNIT: Final = ReadItem(_attribute(_REGISTER, _OVER_VOLTAGE, 3), UNIT)
VOLTAGE_LOG: Final = ReadItem(
    _attribute(_PROFILE, _VOLTAGE_LOG), Rows(VoltageEntry, (SECONDS, UINT32)), by_period=True
)
VOLTAGE_PERIOD_SECONDS: Final = ReadItem(_attribute(_PROFILE, _VOLTAGE_LOG, 4), UINT32)
EVENT_LOG: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 98, 0, 255)),
    Rows(EventEntry, (SECONDS, UINT16, Octets())),
    by_period=True,
)
SECURITY_LOG: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 98, 1, 255)), Rows(SecurityEntry, (SECONDS, UINT16)), by_period=True
)
POWER_EVENT_LOG: Final = ReadItem(
    _attribute(_PROFILE, (0, 0, 99, 98, 4, 255)),
    Rows(PowerEntry, (SECONDS, UINT16, UINT32)),
    by_period=True,
)
AUXILIARY_EVENT_LOG: Final = ReadItem(
    _attribute(_PROFILE, (0, 17, 99, 98, 2, 255)),
    Rows(AuxiliaryEntry, (SECONDS, UINT16, ENUM, UINT32)),
    by_period=True,
)
# 13 digits, of a twin element meter those of the secondary MPAN behind them; none until they are written,
# which is assumed, as is that of the export MPAN.
IMPORT_MPANS: Final = ReadItem(_attribute(_DATA, (0, 0, 94, 44, 34, 11)), Octets())
EXPORT_MPAN: Final = ReadItem(_attribute(_DATA, (1, 0, 0, 0, 2, 255)), Octets())
ENTITY_IDENTIFIER: Final = ReadItem(_attribute(_DATA, (0, 0, 96, 1, 1, 255)), ENTITY_ID)
METER_VARIANT: Final = ReadItem(_attribute(_DATA, (0, 0, 96, 1, 2, 255)), Octets(1))
MODEL: Final = ReadItem(_attribute(_DATA, (0, 0, 96, 1, 4, 255)), Octets())
MANUFACTURER: Final = ReadItem(_attribute(_DATA, (0, 0, 96, 1, 6, 255)), Octets())
SUPPLY_TAMPER_STATE: Final = ReadItem(_attribute(_DATA, (0, 0, 94, 44, 0, 4)), BOOLEAN)


def _behaviours(channel: int, number: int) -> ReadItem[int]:
    return ReadItem(_attribute(_DATA, (0, channel, 97, 98, number, 255)), Bits(256))


SUPPLIER_WAN_ALERTS: Final = _behaviours(30, 15)
SUPPLIER_HAN_EVENTS: Final = _behaviours(30, 16)
SUPPLIER_ALARMS: Final = _behaviours(30, 17)
SUPPLIER_LOGGING: Final = _behaviours(30, 18)
OPERATOR_WAN_ALERTS: Final = _behaviours(33, 15)
OPERATOR_LOGGING: Final = _behaviours(33, 18)
FIRMWARE_VERSION: Final = ReadItem(_attribute(_DATA, (0, 0, 0, 2, 1, 255)), Octets(4))

_EXPORT_REGISTERS: Final = (ACTIVE_EXPORT, ACTIVE_EXPORT_UNIT, REACTIVE_EXPORT, REACTIVE_EXPORT_UNIT)
_VOLTAGES: Final = (
    UNDER_VOLTAGES,
    UNDER_VOLTAGES_UNIT,
    OVER_VOLTAGES,
    OVER_VOLTAGES_UNIT,
    VOLTAGE_LOG,
    VOLTAGE_PERIOD_SECONDS,
)
_SUPPLIER_BEHAVIOURS: Final = (SUPPLIER_WAN_ALERTS, SUPPLIER_HAN_EVENTS, SUPPLIER_ALARMS, SUPPLIER_LOGGING)

ALL_DLMS_READS: Final = (
    DlmsRead(ECS17A, _EXPORT_REGISTERS, dated=True, confirmed=False),
    DlmsRead(ECS17B, (IMPORT_REGISTERS,), _protection(8), dated=True),
    DlmsRead(ECS17C, (IMPORT_POWER,), dated=True),
    DlmsRead(ECS17D, (TIME_OF_USE,), _protection(9), dated=True, confirmed=False),
    DlmsRead(ECS17E, (BLOCK_TIME_OF_USE,), _protection(10), dated=True),
    DlmsRead(ECS19, (PREPAYMENT_BALANCES,), _protection(1), dated=True),
    DlmsRead(ECS21B, (PREPAYMENT_LOG,), _protection(6)),
    DlmsRead(ECS21C, (DAILY_EXPORT,)),
    DlmsRead(ECS22A, (EXPORT_PROFILE,), confirmed=False),
    DlmsRead(ECS22B, (IMPORT_PROFILE,), _protection(7)),
    DlmsRead(ECS22C, (REACTIVE_IMPORT_PROFILE,)),
    DlmsRead(ECS23, _VOLTAGES, dated=True),
    DlmsRead(ECS35A, (EVENT_LOG,)),
    DlmsRead(ECS35B, (SECURITY_LOG,)),
    DlmsRead(ECS40, (IMPORT_MPANS, EXPORT_MPAN), confirmed=False),
    DlmsRead(ECS52, (FIRMWARE_VERSION,)),
    DlmsRead(ECS66, (DAILY_CONSUMPTION,), _protection(4)),
    DlmsRead(ECS26I, (ENTITY_IDENTIFIER, MODEL, MANUFACTURER)),
    DlmsRead(ECS35C, (EVENT_LOG,), confirmed=False),
    DlmsRead(ECS35D, (SECURITY_LOG,), confirmed=False),
    DlmsRead(ECS35E, (POWER_EVENT_LOG,)),
    DlmsRead(ECS35F, (AUXILIARY_EVENT_LOG,), confirmed=False),
    DlmsRead(ECS25R1, _SUPPLIER_BEHAVIOURS, confirmed=False),
    DlmsRead(ECS25R2, (OPERATOR_WAN_ALERTS, OPERATOR_LOGGING)),
    DlmsRead(ECS26M, (METER_VARIANT, MODEL, MANUFACTURER, SUPPLY_TAMPER_STATE)),
    DlmsRead(ECS26N, (MODEL, MANUFACTURER)),
    DlmsRead(ECS35G, (AUXILIARY_EVENT_LOG,)),
)
DLMS_READS: Final = MappingProxyType({read.code: read for read in ALL_DLMS_READS})
"""The table by message code."""
