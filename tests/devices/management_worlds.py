"""A device of any type, with the supplier and the operator in its cells, and management commands for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final, TypeVar

from device_worlds import (
    ACB,
    DCC,
    MADE,
    NOW,
    OPERATOR,
    OPERATOR_CELLS,
    SEED,
    SMKI,
    SUPPLIER,
    SUPPLIER_CELLS,
    Party,
    World,
)

from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.cells import factory_cells
from devices.comms_hub import Chf
from devices.device import Device, DeviceContext, Effects
from devices.esme import Esme
from devices.gbcs import device_certificates, device_log, firmware, gas_clock, gas_updates, joins
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.chf_commands import (
    build_ccs01_command,
    build_ccs02_command,
    build_ccs03_command,
    build_log_read_command,
)
from devices.gbcs.chf_log import (
    CCS01,
    CCS02,
    CCS03,
    CCS04,
    CCS06,
    CCS07,
    Admission,
    BackedUpDevice,
    LogRestore,
    Registration,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.device_certificates import (
    IssueCredentials,
    ProvideDeviceCertificate,
    UpdateDeviceCertificate,
)
from devices.gbcs.device_log import DeviceLogEntry, ReadDeviceLog, RestoreDeviceLog
from devices.gbcs.dlms_reads import ReadExchange, build_dlms_command
from devices.gbcs.dlms_updates import (
    BEHAVIOUR_UPDATES,
    ECS25B,
    ECS25B3,
    ECS39A,
    ECS39B,
    BehaviourChange,
    build_behaviour_command,
    build_ecs39a_command,
    build_ecs39b_command,
)
from devices.gbcs.ecs70 import ECS70, build_ecs70_command
from devices.gbcs.firmware import ActivateFirmware, ReadFirmwareVersion
from devices.gbcs.gas_clock import SetClock
from devices.gbcs.gas_read_table import GBZ_READS, GCS38
from devices.gbcs.gbz_reads import build_gbz_command
from devices.gbcs.identifiers import Eui64, KeyUsage, MessageCode, OriginatorCounter
from devices.gbcs.joins import JoinDevice, JoinDeviceType, JoinMethod, UnjoinDevice
from devices.gbcs.message import OtherInformation, parse
from devices.gbcs.payloads import decode_payload
from devices.gbcs.read_table import DLMS_READS, ECS52
from devices.gbcs.use_cases import use_case
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.management_state import Defect
from devices.ppmid import Ppmid
from devices.snapshot import restore, snapshot
from devices.state import DeviceCertificates, DeviceKeys

ALL_KINDS: Final[tuple[type[Device], ...]] = (Esme, Gsme, Gpf, Chf, Ppmid, Hcalcs)
OTHER_DEVICE: Final = Eui64.parse("00-DB-00-00-00-00-00-77")
THIRD_DEVICE: Final = Eui64.parse("00-DB-00-00-00-00-00-78")
IMAGE_HASH: Final = bytes(range(32))
_Value = TypeVar("_Value")


def kind_name(kind: type[Device]) -> str:
    """For the names of parametrised tests."""
    return kind.device_type.value


def device_id(kind: type[Device]) -> Eui64:
    """The identifier of a kind's one device."""
    return Eui64(bytes.fromhex("00DB0000000001") + bytes((ALL_KINDS.index(kind),)))


@cache
def own_keys(kind: type[Device]) -> tuple[DeviceKeys, DeviceCertificates]:
    """The key pairs of a kind's one device, and their certificates."""
    eui = device_id(kind)
    signing, agreement = (KeyPair.from_seed(SEED, str(eui), use) for use in DeviceKeys._fields)
    return DeviceKeys(signing, agreement), DeviceCertificates(
        certify(eui, KeyUsage.DIGITAL_SIGNATURE, signing.public_point),
        certify(eui, KeyUsage.KEY_AGREEMENT, agreement.public_point),
    )


def certify(eui: Eui64, usage: KeyUsage, public_point: bytes) -> Certificate:
    """A device certificate."""
    return SMKI.issue_device(eui, usage, public_point, MADE)


OTHER_AGREEMENT: Final = certify(
    OTHER_DEVICE, KeyUsage.KEY_AGREEMENT, KeyPair.from_seed(SEED, "other", "agreement").public_point
)
OTHER_SIGNING: Final = certify(
    OTHER_DEVICE, KeyUsage.DIGITAL_SIGNATURE, KeyPair.from_seed(SEED, "other", "signing").public_point
)


class AnyWorld(World):
    """One device of any type, after its handovers, and commands for it."""

    def __init__(
        self,
        kind: type[Device],
        assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS,
        *,
        handed_over: bool = True,
    ) -> None:
        self.provider = CryptoProvider()
        self.context = DeviceContext(self.provider, PathValidator(self.provider), assumptions)
        store = factory_cells(kind.device_type, DCC)
        if handed_over:
            changes = {cell: SUPPLIER.certificate(cell) for cell in SUPPLIER_CELLS if cell in store}
            changes |= {cell: OPERATOR.certificate(cell) for cell in OPERATOR_CELLS if cell in store}
            store = store.with_cells(changes)
        self.device = kind(device_id(kind), *own_keys(kind), store, self.context, MADE)

    @property
    def manager(self) -> Party:
        """Who manages the device: its supplier, or the broker where it knows no supplier."""
        return SUPPLIER if self.device.alert_cell in SUPPLIER_CELLS else ACB

    def change(self, **fields: Any) -> None:
        """Give the device's state other values."""
        self.device.state = self.device.state._replace(**fields)

    def break_down(self, code: MessageCode, result: int, item: int = 0) -> None:
        """Let a use case fail."""
        self.change(defects=(Defect(code, result, item),))

    def octets(
        self, code: int, payload: bytes, counter: int = 1000, by: Party | None = None, **header: Any
    ) -> bytes:
        """A command in the form of its use case, by default of who manages the device."""
        facts = use_case(MessageCode(code))
        assert facts is not None
        sender = by or self.manager
        message = self.command(sender, code, payload, counter, **header)
        return self.protected(message, sender if facts.critical else None)

    def on_behalf_of(self, party: Party, code: int) -> OtherInformation:
        """Other information of a command that the broker sends for a party."""
        return OtherInformation(MessageCode(code), party.eui, OriginatorCounter(7))

    def ask(self, code: int, value: Any, counter: int = 1000, by: Party | None = None) -> Effects:
        """Send a command whose payload is DER."""
        return self.send(self.octets(code, encode_any(value), counter, by))

    def restored(self) -> Device:
        """The device after a power failure."""
        device = restore(snapshot(self.device), self.context)
        assert snapshot(device) == snapshot(self.device)
        return device


def encode_any(value: Any) -> bytes:
    """The payload of a DER value."""
    codecs = (device_certificates, joins, device_log, firmware, gas_clock)
    (codec,) = (each for each in codecs if type(value).__module__ == each.__name__)
    octets: bytes = codec.encode(value)
    return octets


def answered(effects: Effects, kind: type[_Value]) -> _Value:
    """What the response says; it is the first of what was sent."""
    assert effects.accepted, effects.entry
    value = decode_payload(parse(effects.sent[0]))
    assert isinstance(value, kind)
    return value


def events(device: Device) -> list[str]:
    """The codes of the events in a device's log."""
    return [entry.detail[:4] for entry in device.log if entry.refusal is None and entry.detail[4:5] == " "]


# --- a good command of every management use case ------------------------------------------------------------

Build = Callable[[OriginatorCounter], bytes]


def _join(method: JoinMethod, other: JoinDeviceType) -> Build:
    certificate = OTHER_AGREEMENT.der if method is JoinMethod.METHOD_C else None
    return lambda _: joins.encode(JoinDevice(method, OTHER_DEVICE, other, certificate))


def _fixed(value: Any) -> Build:
    return lambda _: encode_any(value)


_HOUR: Final = timedelta(hours=1)
_COMMON: Final[Mapping[int, Build]] = {
    device_certificates.CS02C: _fixed(IssueCredentials(KeyUsage.DIGITAL_SIGNATURE)),
    device_certificates.CS02D: _fixed(UpdateDeviceCertificate(OTHER_SIGNING.der)),
    device_certificates.CS02E: _fixed(ProvideDeviceCertificate(KeyUsage.KEY_AGREEMENT)),
}
_LOGGED: Final[Mapping[int, Build]] = {
    joins.CS04AC: _fixed(UnjoinDevice(OTHER_DEVICE)),
    device_log.CS07: _fixed(ReadDeviceLog()),
}
_ACTIVATE: Final[Mapping[int, Build]] = {
    firmware.CS06: lambda counter: firmware.encode(ActivateFirmware(IMAGE_HASH, counter)),
}
_CONFIGURATIONS: Final = gas_updates.grouped({0x8161: gas_updates.EventBehaviour(log=True, alarm=True)})


def _behaviours(code: MessageCode) -> Build:
    first = BEHAVIOUR_UPDATES[code].first_event
    change = BehaviourChange(frozenset({first + 0x14}), frozenset({first + 0x15}))
    return lambda counter: build_behaviour_command(code, counter, change)


_RESTORE: Final = LogRestore(bytes(range(8)), (BackedUpDevice(OTHER_DEVICE, bytes(16)),))
_ADMISSION: Final = Admission(Registration.of(OTHER_DEVICE, bytes(16)), 90)


def _read_version(counter: OriginatorCounter, kind: type[Device]) -> bytes:
    exchange = ReadExchange(counter, SUPPLIER.eui, device_id(kind))
    return build_dlms_command(DLMS_READS[ECS52], exchange)


USE_CASES: Final[Mapping[type[Device], Mapping[int, Build]]] = {
    Esme: {
        **_COMMON,
        **_LOGGED,
        **_ACTIVATE,
        joins.CS03A1: _join(JoinMethod.METHOD_A_INITIATOR, JoinDeviceType.TYPE_1_PPMID),
        ECS52: lambda counter: _read_version(counter, Esme),
        ECS70: lambda counter: build_ecs70_command(counter, NOW - _HOUR, 7200),
        ECS39A: lambda counter: build_ecs39a_command(counter, "1312345678333"),
        ECS39B: lambda counter: build_ecs39b_command(counter, "1312345678333"),
        **{code: _behaviours(code) for code in BEHAVIOUR_UPDATES},
    },
    Gsme: {
        **_COMMON,
        **_LOGGED,
        **_ACTIVATE,
        joins.CS03B: _join(JoinMethod.METHOD_B, JoinDeviceType.GPF),
        joins.CS03C: _join(JoinMethod.METHOD_C, JoinDeviceType.TYPE_1_PPMID),
        joins.CS04B: _fixed(UnjoinDevice(OTHER_DEVICE)),
        GCS38: lambda _: build_gbz_command(GBZ_READS[GCS38]),
        gas_clock.GCS28: _fixed(SetClock(NOW - _HOUR, NOW + _HOUR)),
        gas_updates.GCS41: lambda _: gas_updates.build_gcs41_command(NOW, "1234567890"),
        gas_updates.GCS20: lambda _: gas_updates.build_gcs20_command(NOW, _CONFIGURATIONS),
        gas_updates.GCS31: lambda _: gas_updates.build_gcs31_command(NOW),
    },
    Gpf: {
        **_COMMON,
        device_log.CS07: _fixed(ReadDeviceLog()),
        joins.CS03B: _join(JoinMethod.METHOD_B, JoinDeviceType.GSME),
        joins.CS04B: _fixed(UnjoinDevice(OTHER_DEVICE)),
        GCS38: lambda _: build_gbz_command(GBZ_READS[GCS38]),
        device_log.GCS59: _fixed(RestoreDeviceLog((DeviceLogEntry(OTHER_DEVICE, JoinDeviceType.GSME),))),
    },
    Chf: {
        **_COMMON,
        ECS52: lambda counter: _read_version(counter, Chf),
        CCS01: lambda counter: build_ccs01_command(counter, _ADMISSION),
        CCS02: lambda counter: build_ccs02_command(counter, OTHER_DEVICE),
        CCS03: lambda counter: build_ccs03_command(counter, _RESTORE),
        CCS04: lambda counter: build_log_read_command(CCS04, counter),
        CCS06: lambda counter: build_log_read_command(CCS06, counter),
        CCS07: lambda counter: build_log_read_command(CCS07, counter),
    },
    Ppmid: {
        **_COMMON,
        **_LOGGED,
        joins.CS03A2: _join(JoinMethod.METHOD_A_RESPONDER, JoinDeviceType.ESME),
        joins.CS03C: _join(JoinMethod.METHOD_C, JoinDeviceType.GSME),
        firmware.CS08: _fixed(ReadFirmwareVersion()),
    },
    Hcalcs: {
        **_COMMON,
        **_LOGGED,
        joins.CS03A2: _join(JoinMethod.METHOD_A_RESPONDER, JoinDeviceType.ESME),
        firmware.CS08: _fixed(ReadFirmwareVersion()),
    },
}
"""By type of device and message code, the payload of a command that is obeyed."""

_BY_BROKER: Final = (device_log.GCS59, firmware.CS08, ECS39B, gas_updates.GCS31)
_BY_OPERATOR: Final = (ECS25B, ECS25B3)


def sender_of(world: AnyWorld, code: int) -> Party:
    """Who may send a use case to a device."""
    if code in _BY_OPERATOR:
        return OPERATOR
    return ACB if code in _BY_BROKER else world.manager
