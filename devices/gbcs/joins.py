"""CS03 and CS04: devices told to join, or to part from, another device of the home (GBCS 13.7).

Whether method and message code go together, and whether the certificate is there that must be, is for the
device to find: both have answers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from devices.gbcs import der
from devices.gbcs.credentials import NO_FORMS
from devices.gbcs.der import Forms, Node, integer_node
from devices.gbcs.der_payload import NamedNumber, named_number, open_payload, write_payload
from devices.gbcs.identifiers import DeviceType, Eui64, MessageCode
from devices.gbcs.message import Cra

CS03A1: Final = MessageCode(0x000D)
CS03A2: Final = MessageCode(0x00AB)
CS03B: Final = MessageCode(0x000E)
CS03C: Final = MessageCode(0x00AF)
CS04AC: Final = MessageCode(0x000F)
CS04B: Final = MessageCode(0x0010)


class JoinMethod(NamedNumber):
    """JoinMethodAndRole: how two devices come to share keys, and which part this device plays."""

    METHOD_A_INITIATOR = 0, "methodAInitiator"
    METHOD_A_RESPONDER = 1, "methodAResponder"
    METHOD_B = 2, "methodB"
    METHOD_C = 3, "methodC"

    @property
    def message_code(self) -> MessageCode:
        """The message code of the command for this method."""
        return _METHOD_CODES[self]


_METHOD_CODES: Final = {
    JoinMethod.METHOD_A_INITIATOR: CS03A1,
    JoinMethod.METHOD_A_RESPONDER: CS03A2,
    JoinMethod.METHOD_B: CS03B,
    JoinMethod.METHOD_C: CS03C,
}


class JoinDeviceType(NamedNumber):
    """Device types as joins and device logs number them."""

    GSME = 0, "gSME"
    ESME = 1, "eSME"
    CHF = 2, "communicationsHubCommunicationsHubFunction"
    GPF = 3, "communicationsHubGasProxyFunction"
    TYPE_1_HCALCS = 4, "type1HANConnectedAuxiliaryLoadControlSwitch"
    TYPE_1_PPMID = 5, "type1PrepaymentInterfaceDevice"
    TYPE_2 = 6, "type2"


JOIN_DEVICE_TYPES: Final[Mapping[DeviceType, JoinDeviceType]] = {
    DeviceType.GSME: JoinDeviceType.GSME,
    DeviceType.ESME: JoinDeviceType.ESME,
    DeviceType.CHF: JoinDeviceType.CHF,
    DeviceType.GPF: JoinDeviceType.GPF,
    DeviceType.HCALCS: JoinDeviceType.TYPE_1_HCALCS,
    DeviceType.PPMID: JoinDeviceType.TYPE_1_PPMID,
    DeviceType.IHD: JoinDeviceType.TYPE_2,
    DeviceType.CAD: JoinDeviceType.TYPE_2,
}


class JoinResult(NamedNumber):
    """JoinResponseCode: how a join, or the restoring of a device log entry, went."""

    SUCCESS = 0, "success"
    INVALID_MESSAGE_CODE_FOR_JOIN_METHOD_AND_ROLE = 1, "invalidMessageCodeForJoinMethodAndRole"
    INVALID_JOIN_METHOD_AND_ROLE = 2, "invalidJoinMethodAndRole"
    INCOMPATIBLE_WITH_EXISTING_ENTRY = 3, "incompatibleWithExistingEntry"
    DEVICE_LOG_FULL = 4, "deviceLogFull"
    WRITE_FAILURE = 5, "writeFailure"
    KEY_AGREEMENT_NO_RESOURCES = 6, "keyAgreementNoResources"
    KEY_AGREEMENT_UNKNOWN_ISSUER = 7, "keyAgreementUnknownIssuer"
    KEY_AGREEMENT_UNSUPPORTED_SUITE = 8, "keyAgreementUnsupportedSuite"
    KEY_AGREEMENT_BAD_MESSAGE = 9, "keyAgreementBadMessage"
    KEY_AGREEMENT_BAD_KEY_CONFIRM = 10, "keyAgreementBadKeyConfirm"
    INVALID_OR_MISSING_CERTIFICATE = 11, "invalidOrMissingCertificate"
    NO_PARTNER_LINK_KEY_RECEIVED = 12, "noPartnerLinkKeyReceived"
    NO_CBKE_RESPONSE = 13, "noCBKEResponse"


class UnjoinResult(NamedNumber):
    """How an unjoin went."""

    SUCCESS = 0, "success"
    OTHER_DEVICE_NOT_IN_DEVICE_LOG = 1, "otherDeviceNotInDeviceLog"
    OTHER_FAILURE = 2, "otherFailure"


class JoinDevice(NamedTuple):
    """Payload of a CS03 command: the other device, and how to join it.

    ``certificate`` (DER) is the other device's for key agreement; it comes if, and only if, a GSME and a
    PPMID are to join.
    """

    method: JoinMethod
    other_device: Eui64
    other_type: JoinDeviceType
    certificate: bytes | None = None
    forms: Forms = NO_FORMS


class JoinDeviceResponse(NamedTuple):
    """Payload of a CS03 response."""

    result: JoinResult
    forms: Forms = NO_FORMS


class UnjoinDevice(NamedTuple):
    """Payload of a CS04 command."""

    other_device: Eui64
    forms: Forms = NO_FORMS


class UnjoinDeviceResponse(NamedTuple):
    """Payload of a CS04 response."""

    result: UnjoinResult
    forms: Forms = NO_FORMS


JoinPayload = JoinDevice | JoinDeviceResponse | UnjoinDevice | UnjoinDeviceResponse


def decode_join(payload: bytes) -> JoinDevice:
    """A CS03 command payload."""
    outer = open_payload(payload)
    command = outer.constructed("command")
    value = JoinDevice(
        named_number(command, "joinMethodAndRole", JoinMethod),
        Eui64(command.octet_string("otherDeviceEntityIdentifier", 8)),
        named_number(command, "otherDeviceType", JoinDeviceType),
        None if command.at_end else command.raw("otherDeviceCertificate"),
        outer.forms,
    )
    command.finish()
    outer.finish()
    return value


def decode_join_response(payload: bytes) -> JoinDeviceResponse:
    """A CS03 response payload."""
    outer = open_payload(payload)
    result = named_number(outer, "joinResponseCode", JoinResult)
    outer.finish()
    return JoinDeviceResponse(result, outer.forms)


def decode_unjoin(payload: bytes) -> UnjoinDevice:
    """A CS04 command payload."""
    outer = open_payload(payload)
    device = Eui64(outer.octet_string("otherDeviceEntityIdentifier", 8))
    outer.finish()
    return UnjoinDevice(device, outer.forms)


def decode_unjoin_response(payload: bytes) -> UnjoinDeviceResponse:
    """A CS04 response payload."""
    outer = open_payload(payload)
    result = named_number(outer, "unjoinResponseCode", UnjoinResult)
    outer.finish()
    return UnjoinDeviceResponse(result, outer.forms)


DECODERS: Final[Mapping[tuple[int, Cra], Callable[[bytes], JoinPayload]]] = {
    **{(code, Cra.COMMAND): decode_join for code in _METHOD_CODES.values()},
    **{(code, Cra.RESPONSE): decode_join_response for code in _METHOD_CODES.values()},
    **{(code, Cra.COMMAND): decode_unjoin for code in (CS04AC, CS04B)},
    **{(code, Cra.RESPONSE): decode_unjoin_response for code in (CS04AC, CS04B)},
}


def encode(value: JoinPayload) -> bytes:
    """The payload of a value, minimal DER but for the elements that its forms name."""
    return write_payload(_node(value), value.forms)


def _node(value: JoinPayload) -> Node:
    match value:
        case JoinDevice():
            return _join_node(value)
        case JoinDeviceResponse(join_result):
            return integer_node("joinResponseCode", join_result)
        case UnjoinDevice(device):
            return Node("otherDeviceEntityIdentifier", der.OCTET_STRING, bytes(device))
        case UnjoinDeviceResponse(unjoin_result):
            return integer_node("unjoinResponseCode", unjoin_result)


def _join_node(value: JoinDevice) -> Node:
    fields = [
        integer_node("joinMethodAndRole", value.method),
        Node("otherDeviceEntityIdentifier", der.OCTET_STRING, bytes(value.other_device)),
        integer_node("otherDeviceType", value.other_type),
    ]
    if value.certificate is not None:
        fields.append(Node("otherDeviceCertificate", None, value.certificate))
    return Node("command", der.SEQUENCE, fields)
