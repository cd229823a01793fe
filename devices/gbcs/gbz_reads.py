"""Reads of a gas meter, described as a list of parts: commands, answers, and how they are opened.

A part is one ZigBee command: attributes of a cluster, or a command that asks for a log. It is answered in
its place, plain or encrypted for the asking party, or with a default response that says why not.
:mod:`devices.gbcs.gas_read_table` describes the use cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from devices.gbcs import gbz
from devices.gbcs.dlms_times import Period
from devices.gbcs.errors import GbcsError
from devices.gbcs.gbz import AttributeProtection, Component, ProtectedBody
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.zcl import (
    AttributeId,
    AttributeRecord,
    ClusterId,
    OtherBody,
    ReadAttributes,
    ReadAttributesResponse,
    ZclBody,
    ZclHeader,
    ZclType,
)
from devices.gbcs.zcl_commands import DefaultResponse, ZclContent

_DEFAULT_RESPONSE: Final = 0x0B
_READ: Final = 0x00
_READ_RESPONSE: Final = 0x01
_FROM_SERVER: Final = 0x08
_WITHOUT_DEFAULT_RESPONSE: Final = 0x10
_OF_CLUSTER: Final = 0x01


class AttributesPart(NamedTuple):
    """Attributes of one cluster, in the order of the use case, and of which type each is.

    ``quiet``: the answer asks for no default response.
    """

    cluster: ClusterId
    attributes: Mapping[AttributeId, ZclType]
    encrypted: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CommandPart:
    """A command that asks for a log, and the command that answers it.

    ``ask`` makes the request for a period, or is the request where there is only one; ``quiet`` as for
    attributes.
    """

    cluster: ClusterId
    command: int
    answer_command: int
    request: type[ZclContent]
    answer: type[ZclContent]
    ask: Callable[[Period], ZclContent] | ZclContent = field(repr=False)
    encrypted: bool = False
    quiet: bool = True

    @property
    def by_period(self) -> bool:
        """Whether the request says a period."""
        return callable(self.ask)


ReadPart: TypeAlias = AttributesPart | CommandPart
PartAnswer: TypeAlias = ReadAttributesResponse | DefaultResponse | ZclContent


class GbzRead(NamedTuple):
    """A use case that reads. ``dated`` and ``confirmed`` as in :class:`devices.gbcs.dlms_reads.DlmsRead`."""

    code: MessageCode
    parts: tuple[ReadPart, ...]
    dated: bool = False
    confirmed: bool = True

    @property
    def by_period(self) -> bool:
        """Whether the command says a period."""
        return any(isinstance(part, CommandPart) and part.by_period for part in self.parts)

    @property
    def encrypted(self) -> bool:
        """Whether a part of the answer is encrypted."""
        return any(part.encrypted for part in self.parts)


def build_gbz_command(read: GbzRead, period: Period | None = None) -> bytes:
    """The payload of a command.

    Raises:
        GbcsError: the use case takes a period and none is given, or takes none and one is; the period is
            none that it can ask for.
    """
    if read.by_period != (period is not None):
        raise GbcsError(f"command {read.code}", f"a period {'lacks' if period is None else 'is given'}")
    parts = enumerate(read.parts)
    return gbz.encode(tuple([_asked(part, sequence, period) for sequence, part in parts]))


def open_gbz_command(read: GbzRead, payload: bytes) -> tuple[Component, ...]:
    """The components of a command, each of which belongs to the part in its place.

    Which attributes a component asks for is not looked at.

    Raises:
        GbcsError: they are not commands of the use case.
    """
    components = gbz.decode(payload)
    if len(components) != len(read.parts):
        raise GbcsError(f"command {read.code}", f"{len(components)} components, expected {len(read.parts)}")
    for part, component in zip(read.parts, components, strict=True):
        body, header = component.body, component.header
        if isinstance(part, AttributesPart):
            fits = isinstance(body, ReadAttributes)
        else:
            fits = isinstance(body, OtherBody) and header.command == part.command and not header.profile_wide
        if component.cluster != part.cluster or not fits:
            raise GbcsError(f"command {read.code}", f"component {header.sequence} is none of the use case")
    return components


def encode_gbz_reading(
    read: GbzRead,
    answers: tuple[PartAnswer, ...],
    protection: AttributeProtection | None = None,
    sequences: tuple[int, ...] | None = None,
) -> bytes:
    """The response payload that carries one answer a part; ``protection`` encrypts what is to be.

    ``sequences`` are the ZCL sequence numbers of the command, by default 0 and up.

    Raises:
        GbcsError: there is not one answer a part, a value is out of range, or protection lacks.
    """
    if len(answers) != len(read.parts):
        raise GbcsError(f"response {read.code}", f"{len(answers)} answers, expected {len(read.parts)}")
    sealed = 0
    components = []
    numbers = range(len(answers)) if sequences is None else sequences
    for part, answer, sequence in zip(read.parts, answers, numbers, strict=True):
        component = Component(part.cluster, _header(part, answer, sequence), _body(answer))
        if part.encrypted and not isinstance(answer, DefaultResponse):
            if protection is None:
                raise GbcsError(f"response {read.code}", "encrypted, but no key is given")
            component, sealed = protection.seal(component, sealed), sealed + 1
        components.append(component)
    return gbz.encode(tuple(components))


def open_gbz_reading(
    read: GbzRead, payload: bytes, protection: AttributeProtection | None = None
) -> tuple[PartAnswer, ...]:
    """One answer a part; ``protection`` decrypts what is encrypted.

    Raises:
        GbcsError: the payload is no response of this use case, protection lacks, or a tag does not verify.
    """
    components = gbz.decode(payload)
    where = f"response {read.code}"
    if len(components) != len(read.parts):
        raise GbcsError(where, f"{len(components)} components, expected {len(read.parts)}")
    pairs = zip(read.parts, components, strict=True)
    return tuple([_open_part(part, component, protection, where) for part, component in pairs])


def _open_part(
    part: ReadPart, component: Component, protection: AttributeProtection | None, where: str
) -> PartAnswer:
    header = component.header
    if component.cluster != part.cluster:
        raise GbcsError(where, f"cluster {component.cluster:04X}, expected {part.cluster:04X}")
    if header.profile_wide and header.command == _DEFAULT_RESPONSE and isinstance(component.body, OtherBody):
        return DefaultResponse.read(component.body.octets)
    if part.encrypted != isinstance(component.body, ProtectedBody):
        raise GbcsError(where, "not encrypted" if part.encrypted else "encrypted, expected plain")
    if part.encrypted:
        if protection is None:
            raise GbcsError(where, "encrypted, but no key is given")
        component = protection.open(component)
    body = component.body
    if isinstance(part, AttributesPart):
        if not isinstance(body, ReadAttributesResponse):
            raise GbcsError(where, "not a read attributes response")
        return _checked_records(part, body, where)
    if header.profile_wide or header.command != part.answer_command or not isinstance(body, OtherBody):
        raise GbcsError(where, f"command {header.command:02X}, expected {part.answer_command:02X}")
    return part.answer.read(body.octets)


def _checked_records(
    part: AttributesPart, response: ReadAttributesResponse, where: str
) -> ReadAttributesResponse:
    """The response, which has just the attributes of the part, each of its type."""
    if [record.attribute for record in response.records] != list(part.attributes):
        raise GbcsError(where, "other attributes than the use case reads")
    for record in response.records:
        expected = part.attributes[record.attribute]
        if record.value is not None and record.value.kind is not expected:
            raise GbcsError(where, f"attribute {record.attribute:04X} is no {expected.name}")
    return response


def _asked(part: ReadPart, sequence: int, period: Period | None) -> Component:
    if isinstance(part, AttributesPart):
        header = ZclHeader(0, sequence, _READ)
        return Component(part.cluster, header, ReadAttributes(tuple(part.attributes)))
    header = ZclHeader(_OF_CLUSTER, sequence, part.command)
    return Component(part.cluster, header, OtherBody(_request(part, period).octets()))


def _request(part: CommandPart, period: Period | None) -> ZclContent:
    if not callable(part.ask):
        return part.ask
    assert period is not None  # build_gbz_command has seen to it
    return part.ask(period.checked())


def _header(part: ReadPart, answer: PartAnswer, sequence: int) -> ZclHeader:
    if isinstance(answer, DefaultResponse):
        return ZclHeader(_FROM_SERVER, sequence, _DEFAULT_RESPONSE)
    quiet = _WITHOUT_DEFAULT_RESPONSE if part.quiet else 0
    if isinstance(part, AttributesPart):
        return ZclHeader(_FROM_SERVER | quiet, sequence, _READ_RESPONSE)
    return ZclHeader(_FROM_SERVER | quiet | _OF_CLUSTER, sequence, part.answer_command)


def _body(answer: PartAnswer) -> ZclBody:
    return answer if isinstance(answer, ReadAttributesResponse) else OtherBody(answer.octets())


def attribute_value(answer: PartAnswer, attribute: AttributeId) -> int | bytes | None:
    """The value of an attribute in an answer; None where it is not there or was not read."""
    if not isinstance(answer, ReadAttributesResponse):
        return None
    found: dict[AttributeId, AttributeRecord] = {record.attribute: record for record in answer.records}
    value = found[attribute].value if attribute in found else None
    return None if value is None else value.value
