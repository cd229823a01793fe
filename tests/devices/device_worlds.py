"""A device in a home, the parties around it, and what they send it: for tests on bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, NamedTuple

from dcc.smki.hierarchy import IssuedCertificate, TestSmki
from dcc.smki.profiles import CertificatePurpose
from devices import cells, contingency
from devices.assumptions import DEFAULT_ASSUMPTIONS, DeviceAssumptions
from devices.cells import DccCertificates, factory_cells
from devices.comms_hub import Chf
from devices.device import Device, DeviceContext, Effects
from devices.esme import Esme
from devices.gbcs import credentials_codec
from devices.gbcs.certificate_path import PathValidator
from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import (
    ExecutionOutcome,
    Replacement,
    ReplacementMode,
    RetrieveCredentials,
    TrustAnchorCellId,
    UpdateCredentials,
    UpdateCredentialsResponse,
)
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.identifiers import (
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, MessageShape, OtherInformation, encode, parse
from devices.gbcs.protection import add_mac, sign, signature_verifies
from devices.gpf import Gpf
from devices.gsme import Gsme
from devices.hcalcs import Hcalcs
from devices.ppmid import Ppmid
from devices.reads import ECS23, GCS13A, build_ecs23_command, build_gcs13a_command
from devices.replay import ReplayCounters
from devices.state import DeviceCertificates, DeviceKeys, DeviceState
from devices.trust_anchor import TrustAnchorStore

SEED: Final = b"device worlds"
SMKI: Final = TestSmki(SEED, established=date(2015, 1, 1))
MADE: Final = datetime(2025, 1, 1, tzinfo=UTC)
NOW: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
DEVICE_IDS: Final = {
    Esme: Eui64.parse("00-DB-00-00-00-00-00-01"),
    Gpf: Eui64.parse("00-DB-00-00-00-00-00-02"),
    Gsme: Eui64.parse("00-DB-00-00-00-00-00-03"),
    Chf: Eui64.parse("00-DB-00-00-00-00-00-04"),
    Ppmid: Eui64.parse("00-DB-00-00-00-00-00-05"),
    Hcalcs: Eui64.parse("00-DB-00-00-00-00-00-06"),
}
ALL_KINDS: Final = tuple(DEVICE_IDS)
KINDS: Final = (Esme, Gpf)
"""The kinds that know supplier and network operator both."""
SENDERS: Final = CryptoProvider()
"""What the parties compute with, so that a device's own tally counts just what the device computed."""


class Party(NamedTuple):
    """A remote party in one role, with all the certificates that it could have."""

    eui: Eui64
    role: RemotePartyRole
    signing: IssuedCertificate
    agreement: IssuedCertificate
    top_up: IssuedCertificate

    def certificate(self, cell: TrustAnchorCellId) -> Certificate:
        """What goes into a cell, whatever the role of that cell."""
        if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE:
            return self.signing.certificate
        return (self.top_up if cell == cells.SUPPLIER_TOP_UP else self.agreement).certificate


@cache
def make_party(
    number: int,
    role: RemotePartyRole,
    generation: int = 0,
    smki: TestSmki = SMKI,
    valid_from: date = date(2020, 1, 1),
) -> Party:
    """A party whose certificates are good for ten years."""
    eui = Eui64(bytes.fromhex("90B3D51F3000") + number.to_bytes(2, "big"))
    purposes = (
        CertificatePurpose.DIGITAL_SIGNING,
        CertificatePurpose.KEY_AGREEMENT,
        CertificatePurpose.PREPAYMENT_KEY_AGREEMENT,
    )
    issued = [
        smki.issue_organisation(eui, role, purpose, valid_from, generation=generation) for purpose in purposes
    ]
    return Party(eui, role, *issued)


_ROLE: Final = RemotePartyRole
ACB: Final = make_party(2, _ROLE.ACCESS_CONTROL_BROKER)
ACB_NEXT: Final = make_party(2, _ROLE.ACCESS_CONTROL_BROKER, 1)
RECOVERY: Final = make_party(1, _ROLE.RECOVERY)
TRANSITIONAL_COS: Final = make_party(4, _ROLE.TRANSITIONAL_COS)
SUPPLIER: Final = make_party(0x100, _ROLE.SUPPLIER)
OTHER_SUPPLIER: Final = make_party(0x101, _ROLE.SUPPLIER)
OPERATOR: Final = make_party(0x200, _ROLE.NETWORK_OPERATOR)
OPERATOR_NEXT: Final = make_party(0x200, _ROLE.NETWORK_OPERATOR, 1)
OTHER_OPERATOR: Final = make_party(0x201, _ROLE.NETWORK_OPERATOR)
WAN_PROVIDER: Final = make_party(7, _ROLE.WAN_PROVIDER)
WAN_PROVIDER_NEXT: Final = make_party(7, _ROLE.WAN_PROVIDER, 1)
RECOVERY_NEXT: Final = make_party(1, _ROLE.RECOVERY, 1)
TRANSITIONAL_COS_NEXT: Final = make_party(4, _ROLE.TRANSITIONAL_COS, 1)
LOAD_CONTROLLER: Final = make_party(0x400, _ROLE.LOAD_CONTROLLER)
OTHER_LOAD_CONTROLLER: Final = make_party(0x401, _ROLE.LOAD_CONTROLLER)
STRANGER: Final = make_party(0x300, _ROLE.OTHER)

DCC: Final = DccCertificates(
    SMKI.root.certificate,
    RECOVERY.signing.certificate,
    ACB.signing.certificate,
    ACB.agreement.certificate,
    TRANSITIONAL_COS.signing.certificate,
    WAN_PROVIDER.signing.certificate,
)
SUPPLIER_CELLS: Final = (cells.SUPPLIER_SIGNING, cells.SUPPLIER_AGREEMENT, cells.SUPPLIER_TOP_UP)
OPERATOR_CELLS: Final = (cells.NETWORK_OPERATOR_SIGNING, cells.NETWORK_OPERATOR_AGREEMENT)
LOAD_CONTROLLER_CELLS: Final = (cells.LOAD_CONTROLLER_SIGNING, cells.LOAD_CONTROLLER_AGREEMENT)

CONTINGENCY_KEY: Final = KeyPair.from_seed(SEED, "contingency")
SYMMETRIC_KEY: Final = bytes(range(16))
WRAPPED_KEY: Final = contingency.wrap(CONTINGENCY_KEY.public_point, SYMMETRIC_KEY)
CONTINGENCY: Final = make_party(9, _ROLE.OTHER)._replace(
    signing=STRANGER.signing._replace(key=CONTINGENCY_KEY)
)
"""Whoever has the contingency key; a device knows no certificate of theirs."""


class ModeCase(NamedTuple):
    """A replacement mode at work on a device of SUPPLIER and OPERATOR: who replaces what by whom."""

    mode: ReplacementMode
    by: Party
    cells: tuple[TrustAnchorCellId, ...]
    new: Party
    authorising_cell: TrustAnchorCellId
    holder: Party
    """Who held the replaced cells."""

    @property
    def shape(self) -> MessageShape:
        """How its command is protected."""
        if self.mode in (_MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, _MODE.ANY_BY_CONTINGENCY):
            return MessageShape.SIGNED
        by_mac_alone = self.authorising_cell == cells.ACB_AGREEMENT
        return MessageShape.MAC_ONLY if by_mac_alone else MessageShape.FULL

    @property
    def is_signed(self) -> bool:
        return self.shape is not MessageShape.MAC_ONLY


_MODE: Final = ReplacementMode
BY_SUPPLIER: Final = ModeCase(
    _MODE.SUPPLIER_BY_SUPPLIER, SUPPLIER, SUPPLIER_CELLS, OTHER_SUPPLIER, cells.SUPPLIER_SIGNING, SUPPLIER
)
BY_OPERATOR: Final = ModeCase(
    _MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
    OPERATOR,
    OPERATOR_CELLS,
    OTHER_OPERATOR,
    cells.NETWORK_OPERATOR_SIGNING,
    OPERATOR,
)
BY_ACB: Final = ModeCase(_MODE.ACB_BY_ACB, ACB, (cells.ACB_AGREEMENT,), ACB_NEXT, cells.ACB_AGREEMENT, ACB)
BY_COS: Final = ModeCase(
    _MODE.SUPPLIER_BY_TRANS_COS,
    TRANSITIONAL_COS,
    SUPPLIER_CELLS,
    OTHER_SUPPLIER,
    cells.TRANSITIONAL_COS,
    SUPPLIER,
)
COS_BY_COS: Final = ModeCase(
    _MODE.TRANS_COS_BY_TRANS_COS,
    TRANSITIONAL_COS,
    (cells.TRANSITIONAL_COS,),
    TRANSITIONAL_COS_NEXT,
    cells.TRANSITIONAL_COS,
    TRANSITIONAL_COS,
)
MODE_CASES: Final = (BY_SUPPLIER, BY_OPERATOR, BY_ACB, BY_COS, COS_BY_COS)
"""The modes with the broker's MAC that every kind of KINDS knows."""

BY_RECOVERY: Final = ModeCase(
    _MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    RECOVERY,
    SUPPLIER_CELLS,
    OTHER_SUPPLIER,
    cells.RECOVERY,
    SUPPLIER,
)
BY_CONTINGENCY: Final = ModeCase(
    _MODE.ANY_BY_CONTINGENCY, CONTINGENCY, SUPPLIER_CELLS, OTHER_SUPPLIER, cells.ROOT, SUPPLIER
)
BY_LOAD_CONTROLLER: Final = ModeCase(
    _MODE.LOAD_CONTROLLER_BY_LOAD_CONTROLLER,
    LOAD_CONTROLLER,
    LOAD_CONTROLLER_CELLS,
    OTHER_LOAD_CONTROLLER,
    cells.LOAD_CONTROLLER_SIGNING,
    LOAD_CONTROLLER,
)
LOAD_CONTROLLER_BY_SUPPLIER: Final = BY_LOAD_CONTROLLER._replace(
    mode=_MODE.LOAD_CONTROLLER_BY_SUPPLIER, by=SUPPLIER, authorising_cell=cells.SUPPLIER_SIGNING
)
METER_CASES: Final = (
    *MODE_CASES,
    BY_RECOVERY,
    BY_CONTINGENCY,
    BY_LOAD_CONTROLLER,
    LOAD_CONTROLLER_BY_SUPPLIER,
)
"""The modes of an electricity meter, but for those that replace the root."""

BY_WAN_PROVIDER: Final = ModeCase(
    _MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
    WAN_PROVIDER,
    (cells.WAN_PROVIDER_SIGNING,),
    WAN_PROVIDER_NEXT,
    cells.WAN_PROVIDER_SIGNING,
    WAN_PROVIDER,
)
ACB_BY_ACB_ON_HUB: Final = ModeCase(
    _MODE.ACB_BY_ACB, ACB, (cells.ACB_SIGNING, cells.ACB_AGREEMENT), ACB_NEXT, cells.ACB_SIGNING, ACB
)
HUB_CASES: Final = (BY_WAN_PROVIDER, ACB_BY_ACB_ON_HUB)
"""The modes that only a communications hub knows in this form, but for those that replace the root."""


def mode_name(case: ModeCase) -> str:
    """For the names of parametrised tests."""
    return case.mode.name.lower()


def installed_cells(
    kind: type[Device], supplier: Party = SUPPLIER, operator: Party = OPERATOR
) -> TrustAnchorStore:
    """The cells after the handovers, as far as this kind of device has them."""
    store = factory_cells(kind.device_type, DCC)
    changes = {cell: supplier.certificate(cell) for cell in SUPPLIER_CELLS}
    changes |= {cell: operator.certificate(cell) for cell in OPERATOR_CELLS}
    changes |= {cell: LOAD_CONTROLLER.certificate(cell) for cell in LOAD_CONTROLLER_CELLS}
    return store.with_cells({cell: held for cell, held in changes.items() if cell in store})


class State(NamedTuple):
    """What a refusal must leave as it was."""

    cells: dict[TrustAnchorCellId, Certificate]
    counters: ReplayCounters
    whole: DeviceState
    """All but the log and the number of the last alert."""


class World:
    """One device, by default with the cells of SUPPLIER and OPERATOR, and messages for it."""

    def __init__(
        self,
        kind: type[Device] = Esme,
        assumptions: DeviceAssumptions = DEFAULT_ASSUMPTIONS,
        store: TrustAnchorStore | None = None,
    ) -> None:
        self.provider = CryptoProvider()
        self.context = DeviceContext(self.provider, PathValidator(self.provider), assumptions)
        self.device = make_device(kind, self.context, installed_cells(kind) if store is None else store)

    @property
    def state(self) -> State:
        whole = self.device.state._replace(log=(), alert_counter=OriginatorCounter(0))
        return State(dict(self.device.store), self.device.counters, whole)

    def send(self, octets: bytes, now: datetime = NOW) -> Effects:
        return self.device.receive(octets, now)

    def update(
        self, case: ModeCase, counter: int = 1000, new: Party | None = None, **fields: Any
    ) -> UpdateCredentials:
        """What a mode's command says; ``fields`` are those of UpdateCredentials."""
        replacing = new or case.new
        values = {
            "authorising_cell": case.authorising_cell if case.is_signed else None,
            "replacements": tuple(Replacement(replacing.certificate(cell).der, cell) for cell in case.cells),
            "path_certificates": (SMKI.issuer.certificate.der,),
            "contingency_key": SYMMETRIC_KEY if case.mode is _MODE.ANY_BY_CONTINGENCY else None,
        }
        return UpdateCredentials(mode=case.mode, counter=OriginatorCounter(counter), **values | fields)

    def command(self, by: Party, code: int, payload: bytes, counter: int, **header: Any) -> Message:
        """An unprotected command; ``header`` are fields of GroupingHeader that are to be otherwise."""
        grouping = GroupingHeader(
            Cra.COMMAND,
            OriginatorCounter(counter),
            by.eui,
            self.device.eui,
            OtherInformation(MessageCode(code)),
        )
        return Message(grouping._replace(**header), payload)

    def update_message(
        self, case: ModeCase, update: UpdateCredentials | None = None, **header: Any
    ) -> Message:
        """The unprotected command of a mode."""
        said = update or self.update(case)
        payload = credentials_codec.encode(said)
        return self.command(case.by, case.mode.message_code, payload, said.counter, **header)

    def protected(self, message: Message, signer: Party | None, broker: KeyPair | None = None) -> bytes:
        """A command signed by ``signer``, unless None, and with the broker's MAC."""
        if signer is not None:
            message = sign(message, signer.signing.key, SENDERS)
        return encode(self.maced(message, broker))

    def maced(self, message: Message, broker: KeyPair | None = None) -> Message:
        """A command with the MAC of the broker, by default with that of the DCC's."""
        key = broker or ACB.agreement.key
        return add_mac(message, key, self.device.agreement.public_point, SENDERS)

    def update_octets(self, case: ModeCase, counter: int = 1000, **fields: Any) -> bytes:
        """The good command of a mode."""
        message = self.update_message(case, self.update(case, counter, **fields))
        return self.finished(case, message)

    def finished(self, case: ModeCase, message: Message) -> bytes:
        """A mode's command with the security fields that it needs, by whom they must be."""
        if case.shape is MessageShape.SIGNED:
            return encode(sign(message, case.by.signing.key, SENDERS))
        return self.protected(message, case.by if case.is_signed else None)

    def retrieve_octets(
        self, *roles: RemotePartyRole, counter: int = 1, by: Party = ACB, broker: KeyPair | None = None
    ) -> bytes:
        """A CS02a command."""
        payload = credentials_codec.encode(RetrieveCredentials(cells.ACB_AGREEMENT, roles))
        return self.protected(self.command(by, credentials_codec.CS02A, payload, counter), None, broker)

    def read_message(self, by: Party, counter: int = 1, **header: Any) -> Message:
        """The unprotected read that a network operator may send to this kind of device."""
        if self.device.device_type is DeviceType.ESME:
            payload = build_ecs23_command(OriginatorCounter(counter), MADE, NOW)
            return self.command(by, ECS23, payload, counter, **header)
        return self.command(by, GCS13A, build_gcs13a_command(), counter, **header)

    def read_octets(self, by: Party, counter: int = 1) -> bytes:
        """The good read."""
        return self.protected(self.read_message(by, counter), None)

    def has_signed(self, message: Message) -> bool:
        """Whether a message carries the device's signature."""
        return signature_verifies(message, self.device.signing.public_point, SENDERS)


def make_device(kind: type[Device], context: DeviceContext, store: TrustAnchorStore) -> Device:
    """A device with keys and certificates of its own."""
    device = kind(DEVICE_IDS[kind], *own_keys(kind), store, context, MADE)
    device.state = device.state._replace(wrapped_contingency_key=WRAPPED_KEY)
    return device


@cache
def own_keys(kind: type[Device]) -> tuple[DeviceKeys, DeviceCertificates]:
    """The key pairs of a kind's one device, and their certificates."""
    eui = DEVICE_IDS[kind]
    signing, agreement = (KeyPair.from_seed(SEED, str(eui), use) for use in DeviceKeys._fields)
    certificates = DeviceCertificates(
        SMKI.issue_device(eui, KeyUsage.DIGITAL_SIGNATURE, signing.public_point, MADE),
        SMKI.issue_device(eui, KeyUsage.KEY_AGREEMENT, agreement.public_point, MADE),
    )
    return DeviceKeys(signing, agreement), certificates


def turned_round(field: str) -> DeviceAssumptions:
    """The default assumptions but for one, which is a bool or one of an enumeration."""
    values: dict[str, Any] = DEFAULT_ASSUMPTIONS._asdict()
    value = values[field]
    others = [not value] if isinstance(value, bool) else [each for each in type(value) if each is not value]
    return DeviceAssumptions(**values | {field: others[0]})


def only_sent(effects: Effects) -> Message:
    """The one message that was sent."""
    (octets,) = effects.sent
    return parse(octets)


def outcome_of(effects: Effects) -> ExecutionOutcome:
    """What an executed CS02b reports."""
    response = credentials_codec.decode(only_sent(effects))
    assert isinstance(response, UpdateCredentialsResponse)
    assert response.outcome is not None
    return response.outcome


def counter_values(world: World) -> Mapping[RemotePartyRole, int]:
    """The roles' counters that are not 0."""
    return {role: int(value) for role, value in world.device.counters.by_role.items() if value}


def flip(octets: bytes, at: int) -> bytes:
    """The octets with the lowest bit of one octet turned."""
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)
