"""What a device shows to those who read it: registers, logs, balance, firmware version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from devices import meter_logs
from devices.configuration import Configuration
from devices.event_log import LoggedEvent, event_log, events_in, power_event_log, security_log
from devices.gbcs.dlms_reads import ReadItem
from devices.gbcs.dlms_times import Period
from devices.gbcs.read_table import (
    ACTIVE_EXPORT,
    ACTIVE_EXPORT_UNIT,
    AUXILIARY_EVENT_LOG,
    BLOCK_TIME_OF_USE,
    BLOCK_TOU_REGISTERS,
    COUNTS,
    DAILY_CONSUMPTION,
    DAILY_EXPORT,
    ENTITY_IDENTIFIER,
    EVENT_LOG,
    EXPORT_MPAN,
    EXPORT_PROFILE,
    FIRMWARE_VERSION,
    IMPORT_MPANS,
    IMPORT_POWER,
    IMPORT_PROFILE,
    IMPORT_REGISTERS,
    MANUFACTURER,
    METER_VARIANT,
    MODEL,
    OPERATOR_LOGGING,
    OPERATOR_WAN_ALERTS,
    OVER_VOLTAGES,
    OVER_VOLTAGES_UNIT,
    POWER_EVENT_LOG,
    PREPAYMENT_BALANCES,
    PREPAYMENT_LOG,
    REACTIVE_EXPORT,
    REACTIVE_EXPORT_UNIT,
    REACTIVE_IMPORT_PROFILE,
    SECURITY_LOG,
    SUPPLIER_ALARMS,
    SUPPLIER_HAN_EVENTS,
    SUPPLIER_LOGGING,
    SUPPLIER_WAN_ALERTS,
    SUPPLY_TAMPER_STATE,
    TIME_OF_USE,
    TOU_REGISTERS,
    UNDER_VOLTAGES,
    UNDER_VOLTAGES_UNIT,
    VAR_HOURS,
    VOLTAGE_LOG,
    VOLTAGE_PERIOD_SECONDS,
    WATT_HOURS,
    WATTS,
    BlockTouRegisters,
    DatedBalances,
    EventEntry,
    ExportEntry,
    ImportEntry,
    ImportPower,
    ImportRegisters,
    PowerEntry,
    PrepaymentBalances,
    RegisterEntry,
    SecurityEntry,
    TouRegisters,
    VoltageEntry,
)
from devices.meter_balance import MeterBalance
from devices.metering import HALF_HOUR_SECONDS, Meter, Quantity
from devices.security_log import LogEntry

_NO_DEBTS: Final = (0, 0, 0, 0, 0)
_GREATEST_INT32: Final = 2**31 - 1


class MeterView(NamedTuple):
    """All that the reads of a device show; ``log`` is what it wrote down, ``firmware_version`` four octets.

    Single element meters only. Debts and emergency credit are not modelled and read 0.
    """

    meter: Meter
    log: tuple[LogEntry, ...]
    balance: MeterBalance
    firmware_version: bytes
    configuration: Configuration = Configuration()

    @property
    def security_log(self) -> tuple[LoggedEvent, ...]:
        """The security log, as a party reads it."""
        return security_log(self.log)

    @property
    def event_log(self) -> tuple[LoggedEvent, ...]:
        """The event log, as a party reads it."""
        return event_log(self.log)

    @property
    def power_event_log(self) -> tuple[LoggedEvent, ...]:
        """The power event log, as a party reads it."""
        return power_event_log(self.log)

    def balance_at(self, moment: datetime) -> int:
        """The balance in millipence, as far as 32 bits can show it."""
        return max(-_GREATEST_INT32 - 1, min(_GREATEST_INT32, self.balance.at(moment)))


class Reading(NamedTuple):
    """A view at a moment; of logs, a period."""

    view: MeterView
    now: datetime
    period: Period

    def register(self, quantity: Quantity) -> int:
        """A register."""
        return self.view.meter.register(quantity, self.now)

    def profile(
        self, quantity: Quantity, capacity: int = meter_logs.PROFILE_ENTRIES
    ) -> tuple[tuple[datetime, int], ...]:
        """The half hours of a profile."""
        return meter_logs.profile(self.view.meter, quantity, self.period, self.now, capacity)


Source = Callable[[Reading], Any]


def _import_registers(reading: Reading) -> ImportRegisters:
    active, reactive = map(reading.register, (Quantity.ACTIVE_IMPORT, Quantity.REACTIVE_IMPORT))
    return ImportRegisters(active, WATT_HOURS, reactive, VAR_HOURS)


def _import_power(reading: Reading) -> ImportPower:
    power = reading.view.meter.import_power_w(reading.now)
    return ImportPower(power, WATTS, power)


def _time_of_use(reading: Reading) -> TouRegisters:
    rates = reading.view.meter.time_of_use_wh(reading.now)
    return TouRegisters((*rates, *(0,) * (TOU_REGISTERS - len(rates))))


def _import_profile(reading: Reading) -> tuple[ImportEntry, ...]:
    entries = reading.profile(Quantity.ACTIVE_IMPORT, meter_logs.IMPORT_PROFILE_ENTRIES)
    return tuple([ImportEntry(*entry) for entry in entries])


def _export_profile(reading: Reading) -> tuple[ExportEntry, ...]:
    pairs = zip(
        reading.profile(Quantity.ACTIVE_EXPORT), reading.profile(Quantity.REACTIVE_EXPORT), strict=True
    )
    return tuple([ExportEntry(at, active, reactive) for (at, active), (_, reactive) in pairs])


def _reactive_profile(reading: Reading) -> tuple[RegisterEntry, ...]:
    return tuple([RegisterEntry(*entry) for entry in reading.profile(Quantity.REACTIVE_IMPORT)])


def _daily_export(reading: Reading) -> tuple[RegisterEntry, ...]:
    view, now, period = reading
    entries = meter_logs.daily_readings(view.meter, Quantity.ACTIVE_EXPORT, period, now)
    return tuple([RegisterEntry(*entry) for entry in entries])


def _daily_consumption(reading: Reading) -> tuple[RegisterEntry, ...]:
    view, now, period = reading
    entries = meter_logs.daily_consumption(view.meter, Quantity.ACTIVE_IMPORT, period, now)
    return tuple([RegisterEntry(*entry) for entry in entries])


def _balances(reading: Reading) -> PrepaymentBalances:
    return PrepaymentBalances(reading.view.balance_at(reading.now), *_NO_DEBTS)


def _daily_balances(reading: Reading) -> tuple[DatedBalances, ...]:
    view, now, period = reading
    ends = meter_logs.midnights(view.meter, period, now)
    return tuple([DatedBalances(end, view.balance_at(end), *_NO_DEBTS) for end in ends])


def _voltages(reading: Reading) -> tuple[VoltageEntry, ...]:
    return reading.view.meter.voltage_log(*reading.period, reading.now)


def _events(reading: Reading) -> tuple[EventEntry, ...]:
    return tuple([EventEntry(*event) for event in events_in(reading.view.event_log, reading.period)])


def _security_events(reading: Reading) -> tuple[SecurityEntry, ...]:
    found = events_in(reading.view.security_log, reading.period)
    return tuple([SecurityEntry(event.at, event.code) for event in found])


def _power_events(reading: Reading) -> tuple[PowerEntry, ...]:
    found = events_in(reading.view.power_event_log, reading.period)
    return tuple([PowerEntry(event.at, event.code, 0) for event in found])


def _behaviours(index: int) -> Source:
    return lambda reading: reading.view.configuration.behaviours[index]


SOURCES: Final[Mapping[ReadItem[Any], Source]] = MappingProxyType(
    {
        ACTIVE_EXPORT: lambda reading: reading.register(Quantity.ACTIVE_EXPORT),
        ACTIVE_EXPORT_UNIT: lambda _: WATT_HOURS,
        REACTIVE_EXPORT: lambda reading: reading.register(Quantity.REACTIVE_EXPORT),
        REACTIVE_EXPORT_UNIT: lambda _: VAR_HOURS,
        IMPORT_REGISTERS: _import_registers,
        IMPORT_POWER: _import_power,
        TIME_OF_USE: _time_of_use,
        # Not on a tariff with blocks: their registers and counters stand still.
        BLOCK_TIME_OF_USE: lambda _: BlockTouRegisters((0,) * BLOCK_TOU_REGISTERS),
        PREPAYMENT_BALANCES: _balances,
        PREPAYMENT_LOG: _daily_balances,
        DAILY_EXPORT: _daily_export,
        IMPORT_PROFILE: _import_profile,
        EXPORT_PROFILE: _export_profile,
        REACTIVE_IMPORT_PROFILE: _reactive_profile,
        DAILY_CONSUMPTION: _daily_consumption,
        UNDER_VOLTAGES: lambda reading: reading.view.meter.under_voltage_count(reading.now),
        UNDER_VOLTAGES_UNIT: lambda _: COUNTS,
        OVER_VOLTAGES: lambda reading: reading.view.meter.over_voltage_count(reading.now),
        OVER_VOLTAGES_UNIT: lambda _: COUNTS,
        VOLTAGE_LOG: _voltages,
        VOLTAGE_PERIOD_SECONDS: lambda _: HALF_HOUR_SECONDS,
        EVENT_LOG: _events,
        SECURITY_LOG: _security_events,
        POWER_EVENT_LOG: _power_events,
        # There is no auxiliary controller.
        AUXILIARY_EVENT_LOG: lambda _: (),
        IMPORT_MPANS: lambda reading: reading.view.configuration.import_mpans,
        EXPORT_MPAN: lambda reading: reading.view.configuration.export_mpan,
        ENTITY_IDENTIFIER: lambda reading: reading.view.meter.device,
        METER_VARIANT: lambda reading: reading.view.configuration.identity.variant,
        MODEL: lambda reading: reading.view.configuration.identity.model,
        MANUFACTURER: lambda reading: reading.view.configuration.identity.manufacturer,
        # The supply is left as it is by a tamper; that real meters say FF for true was seen.
        SUPPLY_TAMPER_STATE: lambda _: 0,
        SUPPLIER_WAN_ALERTS: _behaviours(0),
        SUPPLIER_HAN_EVENTS: _behaviours(1),
        SUPPLIER_ALARMS: _behaviours(2),
        SUPPLIER_LOGGING: _behaviours(3),
        OPERATOR_WAN_ALERTS: _behaviours(4),
        OPERATOR_LOGGING: _behaviours(5),
        FIRMWARE_VERSION: lambda reading: reading.view.firmware_version,
    }
)
"""How an electricity meter answers each item of the table of reads."""
