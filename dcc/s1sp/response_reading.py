"""What a SMETS1 Response says, read from what its S1SP signed (MMC XML schema)."""

from __future__ import annotations

import binascii
from typing import Final, NamedTuple

from dcc.alert_payloads import CertificateType
from dcc.duis.errors import DuisError
from dcc.duis.namespaces import element_path, ra, sr
from dcc.duis.shapes import Element
from dcc.s1sp.response_xml import ROLE_TOKENS
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter, RemotePartyRole

_ROLES: Final = {token: role for role, token in ROLE_TOKENS.items()}
_SUCCESS: Final = "success"
_DIGITS: Final = 20


class ResponseHeader(NamedTuple):
    """Which command a response answers: the device, who commanded it, and the command's number."""

    device: Eui64
    addressee: Eui64
    counter: OriginatorCounter


class Refusal(NamedTuple):
    """Why an S1SP did nothing: the number of its code, and its text (``S1SP: ownership``)."""

    code: int
    text: str


class SlotReport(NamedTuple):
    """A slot as 6.24.1 reports it; owner and SHA-1 are None where nothing known is notified."""

    role: RemotePartyRole
    certificate_type: CertificateType | None
    owner: Eui64 | None
    sha1: bytes | None
    counter: OriginatorCounter | None


class ReplacementReport(NamedTuple):
    """One notified certificate that was replaced; ``old_owner`` is None where none was known."""

    certificate_type: CertificateType
    old_owner: Eui64 | None
    new_owner: Eui64
    sha1: bytes


class OutcomeReport(NamedTuple):
    """What became of a replacement of credentials: those that succeeded, and the floor that came along."""

    role: RemotePartyRole
    replaced: tuple[ReplacementReport, ...]
    floor: OriginatorCounter | None


def read_header(root: Element) -> ResponseHeader:
    """Which command a SMETS1SignedResponse answers.

    Raises:
        DuisError: it has no header that can be read.
    """
    header = _only(_only(root, sr("SMETS1Response")), sr("Header"))
    return ResponseHeader(
        _entity(header, "BusinessOriginatorID"),
        _entity(header, "BusinessTargetID"),
        _counter(header, "OriginatorCounter"),
    )


def read_refusal(root: Element) -> Refusal | None:
    """Why nothing was done; None if it was.

    Raises:
        DuisError: the code is no number.
    """
    error = root.find(f".//{ra('SMETS1Debug')}/{ra('SMETS1Response')}")
    if error is None:
        return None
    code = error.get("ResponseCode", "")
    if not code.isascii() or not code.isdigit() or len(code) > _DIGITS:
        raise DuisError(f"{element_path(error)}/@ResponseCode", f"{code[:60]!r}, expected a number")
    return Refusal(int(code), error.findtext(ra("Error")) or "")


def read_outcome(root: Element) -> OutcomeReport | None:
    """What became of a replacement of credentials; None for other responses, and where nothing was replaced.

    Raises:
        DuisError: the outcome cannot be read.
    """
    outcome = root.find(f".//{ra('ExecutionOutcome')}")
    items = [] if outcome is None else outcome.findall(ra("ReplacementOutcome"))
    done = [item for item in items if item.findtext(f"{ra('StatusCode')}/{ra('ASN1Status')}") == _SUCCESS]
    if outcome is None or not done:
        return None
    change = outcome.find(ra("RemotePartySeqNumberChange"))
    floor = None if change is None else _counter(change, "RemotePartyFloorSeqNumber")
    return OutcomeReport(_role(done[0]), tuple(map(_replacement, done)), floor)


def read_slots(root: Element) -> tuple[SlotReport, ...]:
    """What a 6.24.1 reports.

    Raises:
        DuisError: a slot cannot be read.
    """
    return tuple(map(_slot, root.iter(ra("RemotePartyDetails"))))


def read_value(root: Element, name: str) -> int | None:
    """The value of a register or counter by its element (``ActiveImportRegister``); None where it is not.

    Raises:
        DuisError: it is no whole number.
    """
    element = root.find(f".//{ra(name)}/{ra('Value')}")
    if element is None:
        return None
    text = element.text or ""
    try:
        return int(text[: _DIGITS + 1])
    except ValueError:
        raise DuisError(element_path(element), f"{text[:60]!r}, expected a whole number") from None


def _slot(details: Element) -> SlotReport:
    has_owner = details.find(ra("ExistingRemotePartyID")) is not None
    return SlotReport(
        _role(details),
        _certificate_type(details, "CertificateUsage") if has_owner else None,
        _entity(details, "ExistingRemotePartyID") if has_owner else None,
        _sha1(details, "ExistingCertificateHash") if has_owner else None,
        _counter(details, "RemotePartyFloorSeqNumber") if has_owner else None,
    )


def _replacement(item: Element) -> ReplacementReport:
    has_old = item.find(ra("ExistingRemotePartyID")) is not None
    return ReplacementReport(
        _certificate_type(item, "CertificateType"),
        _entity(item, "ExistingRemotePartyID") if has_old else None,
        _entity(item, "NewRemotePartyID"),
        _sha1(item, "NewCertificateHash"),
    )


def _role(parent: Element) -> RemotePartyRole:
    element = _only(parent, ra("RemotePartyRole"))
    role = _ROLES.get(element.text or "")
    if role is None:
        raise _other(element, f"one of {', '.join(_ROLES)}")
    return role


def _certificate_type(parent: Element, name: str) -> CertificateType:
    element = _only(parent, ra(name))
    try:
        return CertificateType(element.text)
    except ValueError:
        raise _other(element, "a type of certificate") from None


def _entity(parent: Element, name: str) -> Eui64:
    element = _only(parent, ra(name))
    try:
        return Eui64.parse(element.text or "")
    except GbcsError:
        raise _other(element, "8 hex octets joined by hyphens") from None


def _counter(parent: Element, name: str) -> OriginatorCounter:
    element = _only(parent, ra(name))
    text = element.text or ""
    try:
        return OriginatorCounter(int(text[: _DIGITS + 1]))
    except ValueError:
        raise _other(element, "0 to 18446744073709551615") from None


def _sha1(parent: Element, name: str) -> bytes:
    element = _only(parent, ra(name))
    try:
        return binascii.a2b_base64(element.text or "", strict_mode=True)
    except ValueError:
        raise _other(element, "base64") from None


def _only(parent: Element, tag: str) -> Element:
    element = parent.find(tag)
    if element is None:
        raise DuisError(element_path(parent), f"no {tag.rpartition('}')[2]}")
    return element


def _other(element: Element, expected: str) -> DuisError:
    return DuisError(element_path(element), f"{(element.text or '')[:60]!r}, expected {expected}")
