"""CS02a and CS02b payloads as a declared ASN.1 schema, read and written by pyasn1: an independent oracle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyasn1.codec.ber import decoder as ber_decoder
from pyasn1.codec.ber import encoder as ber_encoder
from pyasn1.type import char, namedtype, tag, univ, useful

from devices.gbcs import credentials as values
from devices.gbcs.identifiers import KeyUsage


def _fields(*fields: namedtype.NamedType) -> namedtype.NamedTypes:
    return namedtype.NamedTypes(*fields)


def _implicit(kind: Any, number: int, *, constructed: bool = False) -> Any:
    form = tag.tagFormatConstructed if constructed else tag.tagFormatSimple
    return kind.subtype(implicitTag=tag.Tag(tag.tagClassContext, form, number))


_Required, _Optional, _Default = (
    namedtype.NamedType,
    namedtype.OptionalNamedType,
    namedtype.DefaultedNamedType,
)


class Certificates(univ.SequenceOf):
    componentType = univ.Any()


class CellId(univ.Sequence):
    componentType = _fields(
        _Required("role", univ.Integer()),
        _Required("key_usage", univ.BitString()),
        _Default("cell_usage", univ.Integer(0)),
    )


class SpecialistFloor(univ.Sequence):
    componentType = _fields(_Required("usage", univ.Integer()), _Required("floor", univ.Integer()))


class SpecialistFloors(univ.SequenceOf):
    componentType = SpecialistFloor()


class CounterChange(univ.Sequence):
    componentType = _fields(
        _Required("role", univ.Integer()),
        _Required("floor", univ.Integer()),
        _Optional("specialist_floors", SpecialistFloors()),
    )


class CounterChanges(univ.SequenceOf):
    componentType = CounterChange()


class Control(univ.Sequence):
    componentType = _fields(
        _Required("mode", univ.Integer()),
        _Optional("contingency_key", _implicit(univ.OctetString(), 0)),
        _Default("disapply", _implicit(univ.Integer(0), 1)),
        _Optional("authorising_cell", _implicit(CellId(), 2, constructed=True)),
        _Required("counter", _implicit(univ.Integer(), 3)),
        _Optional("floor", _implicit(univ.Integer(), 4)),
        _Optional("specialist_floors", _implicit(SpecialistFloors(), 5, constructed=True)),
        _Optional("other_changes", _implicit(CounterChanges(), 6, constructed=True)),
    )


class Replacement(univ.Sequence):
    componentType = _fields(_Required("certificate", univ.Any()), _Required("cell", CellId()))


class Replacements(univ.SequenceOf):
    componentType = Replacement()


class Command(univ.Sequence):
    componentType = _fields(
        _Required("control", Control()),
        _Required("replacements", Replacements()),
        _Required("path_certificates", Certificates()),
        _Optional("execution_date_time", useful.GeneralizedTime()),
    )


class ReplacementOutcome(univ.Sequence):
    componentType = _fields(
        _Required("cell", CellId()),
        _Required("status", univ.Enumerated()),
        *(_Required(f"id{index}", univ.OctetString()) for index in range(4)),
    )


class ReplacementOutcomes(univ.SequenceOf):
    componentType = ReplacementOutcome()


class Outcome(univ.Sequence):
    componentType = _fields(
        _Required("counter", univ.Integer()),
        _Required("mode", univ.Integer()),
        _Required("counter_changes", CounterChanges()),
        _Required("replacements", ReplacementOutcomes()),
    )


class Response(univ.Sequence):
    componentType = _fields(_Required("accepted", univ.Null()), _Optional("outcome", Outcome()))


class Alert(univ.Sequence):
    componentType = _fields(
        _Required("alert_code", univ.Integer()),
        _Required("execution_date_time", useful.GeneralizedTime()),
        _Required("outcome", Outcome()),
    )


class Roles(univ.SequenceOf):
    componentType = univ.Integer()


class Retrieve(univ.Sequence):
    componentType = _fields(_Required("cell", CellId()), _Required("roles", Roles()))


class CellContent(univ.Sequence):
    componentType = _fields(
        _Required("key_usage", univ.BitString()),
        _Default("cell_usage", univ.Integer(0)),
        _Required("subject", univ.OctetString()),
        _Required("key_identifier", univ.OctetString()),
    )


class CellContents(univ.SequenceOf):
    componentType = CellContent()


class RoleCredentials(univ.Sequence):
    componentType = _fields(
        _Required("role", univ.Integer()),
        _Required("status", univ.Enumerated()),
        _Optional("counter", univ.Integer()),
        _Optional("cells", CellContents()),
    )


class RetrieveResponse(univ.SequenceOf):
    componentType = RoleCredentials()


SCHEMAS: dict[type, type[Any]] = {
    values.UpdateCredentials: Command,
    values.UpdateCredentialsResponse: Response,
    values.UpdateCredentialsAlert: Alert,
    values.RetrieveCredentials: Retrieve,
    values.RetrieveCredentialsResponse: RetrieveResponse,
}


def encode(value: values.CredentialPayload) -> bytes:
    """What pyasn1 makes of our value.

    Its BER is DER for these types; its DER writer is no oracle, since it leaves out lists that are OPTIONAL
    and empty, which is another value than absent.
    """
    octets = ber_encoder.encode(_built(SCHEMAS[type(value)](), plain(value)))
    assert isinstance(octets, bytes)
    return octets


def decode(kind: type, payload: bytes) -> Any:
    """What pyasn1 reads (BER: it takes lengths that are not minimal), as plain dicts and lists."""
    found, rest = ber_decoder.decode(payload, asn1Spec=SCHEMAS[kind]())
    assert not rest
    return _plain_of(found)


def plain(value: Any) -> Any:  # noqa: PLR0911
    """Our value as plain dicts, lists, numbers, octets and text, in the shape of the schema."""
    match value:
        case values.UpdateCredentials():
            return {
                "control": {
                    "mode": int(value.mode),
                    "contingency_key": value.contingency_key,
                    "disapply": int(not value.apply_time_based_checks),
                    "authorising_cell": plain(value.authorising_cell),
                    "counter": int(value.counter),
                    "floor": value.floor if value.floor is None else int(value.floor),
                    "specialist_floors": plain(value.specialist_floors),
                    "other_changes": plain(value.other_changes),
                },
                "replacements": plain(value.replacements),
                "path_certificates": plain(value.path_certificates),
                "execution_date_time": plain(value.execution_date_time),
            }
        case values.UpdateCredentialsResponse():
            return {"accepted": b"", "outcome": plain(value.outcome)}
        case values.RetrieveCredentials():
            return {"cell": plain(value.authorising_cell), "roles": plain(value.roles)}
        case values.RetrieveCredentialsResponse():
            return plain(value.roles)
        case values.SpecialistFloor():
            return {"usage": value.usage, "floor": int(value.floor)}
        case values.ReplacementOutcome():
            ids = {f"id{index}": bytes(octets) for index, octets in enumerate(value[2:])}
            return {"cell": plain(value.cell), "status": int(value.status)} | ids
        case tuple() if hasattr(value, "_asdict"):
            return {name: plain(field) for name, field in value._asdict().items() if name != "forms"}
        case tuple():
            return [plain(item) for item in value]
        case KeyUsage():
            unused, bits = value.value
            return f"{bits:08b}"[: 8 - unused]
        case datetime():
            return value.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").rjust(15, "0")
        case int():
            return int(value)
        case bytes():
            return bytes(value)
        case None:
            return None
    raise TypeError(value)


def _built(target: Any, content: Any) -> Any:
    """Fill a schema object from plain content."""
    if isinstance(target, univ.SequenceOf):
        target.clear()
        for index, item in enumerate(content):
            target.setComponentByPosition(index, _built(target.componentType.clone(), item))
        return target
    if isinstance(target, univ.Sequence):
        for name, item in content.items():
            if item is not None:
                kind = target.componentType[name].asn1Object
                target.setComponentByName(name, _built(kind.clone(), item))
        return target
    if isinstance(target, univ.BitString):
        return target.clone(binValue=content)
    return target.clone(content)


def _plain_of(found: Any) -> Any:
    if isinstance(found, univ.SequenceOf):
        return [_plain_of(item) for item in found]
    if isinstance(found, univ.Sequence):
        return {name: _plain_of(found[name]) if found[name].isValue else None for name in found.componentType}
    if isinstance(found, univ.BitString):
        return found.asBinary().rjust(len(found), "0")
    if isinstance(found, char.AbstractCharacterString | useful.GeneralizedTime):
        return str(found)
    return int(found) if isinstance(found, univ.Integer) else bytes(found)
