"""The Reference Test Data Set from a party's side: real Pre-Commands correlate, real responses are opened.

Requests are the public templates of the same name. The tests ask for the data set and skip without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from conftest import conformance_root

from dcc.bodies.credentials import ReplaceCredentials
from dcc.duis.parsing import parse as parse_xml
from dcc.duis.requests import read_request
from dcc.identifiers import RequestId
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant, RequestBody, ServiceRequest
from dcc.service_responses import DeviceResponse, ServiceResponse
from dcc.smki.keystore import Keystore
from dcc.smki.repository import SmkiRepository
from dcc.srv import Srv
from dcc.transform import TRANSFORMS
from devices.gbcs.credentials import UpdateCredentials
from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, KeyUsage, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message, parse
from devices.gbcs.payloads import decode_payload
from scenarios.correlation import check_correlates
from scenarios.correlation_services import CORRELATIONS
from scenarios.party_client import OpenedResponse, PartyClient, PartyCredentials

AT: Final = datetime(2020, 1, 1, tzinfo=UTC)
ROLES: Final = {
    Eui64.parse("90-B3-D5-1F-30-01-00-00"): RemotePartyRole.SUPPLIER,
    Eui64.parse("90-B3-D5-1F-30-02-00-00"): RemotePartyRole.NETWORK_OPERATOR,
    Eui64.parse("90-B3-D5-1F-30-03-00-00"): RemotePartyRole.SUPPLIER,
}
MODELLED: Final = {srv.value: srv for srv in TRANSFORMS}


class Sample(NamedTuple):
    """A message and the service that it is for."""

    name: str
    srv: Srv
    octets: bytes


@cache
def samples(kind: str) -> tuple[Sample, ...]:
    """All messages of a kind of the services that are modelled; none without the data set."""
    return tuple(_samples(kind))


def _samples(kind: str) -> Iterator[Sample]:
    ending = f"_{kind}_GBCS.HEX"
    for path in sorted(conformance_root().glob(f"rtds/messages/*/*{ending}")):
        name = path.name.removesuffix(ending)
        srv = MODELLED.get(name.split("_")[1])
        if srv is not None:
            yield Sample(name, srv, bytes.fromhex(path.read_text("ascii")))


def commands() -> dict[str, Message]:
    return {sample.name: parse(sample.octets) for sample in samples("COMMAND")}


@cache
def repository(conformance: Path) -> tuple[Keystore, SmkiRepository]:
    keystore, found = Keystore.load(conformance / "rtds" / "keystore"), SmkiRepository()
    for entry in keystore.entries:
        if entry.certificate is not None:
            found.lodge(entry.certificate, None)
    return keystore, found


def client(conformance: Path, user: Eui64) -> PartyClient:
    keystore, found = repository(conformance)
    (signing, *_), (agreement, *_) = [
        [entry for entry in keystore.candidates(user, usage) if entry.certificate is not None]
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
    ]
    assert signing.certificate is not None
    assert agreement.certificate is not None
    credentials = PartyCredentials(
        user, ROLES[user], signing.certificate, signing.key, agreement.certificate, agreement.key
    )
    return PartyClient(credentials, found, signing.certificate, CryptoProvider())


RESPONSES: Final = samples("RESPONSE")


def answer(sample: Sample) -> ServiceResponse:
    header = commands()[sample.name].header
    party, counter = header.originator, header.originator_counter
    other = header.other
    if other.supplementary_party is not None and other.supplementary_counter is not None:
        party, counter = other.supplementary_party, other.supplementary_counter
    elif party not in ROLES:
        # The DCC asked in its own name: whose request it was is not in the message.
        party = next(iter(ROLES))
    request_id = RequestId(party, header.target, counter)
    return ServiceResponse(party, request_id, ResponseCode.I0, AT, DeviceResponse(sample.octets), sample.srv)


def opened(conformance: Path, response: ServiceResponse) -> OpenedResponse:
    return client(conformance, response.recipient).open(response)


@pytest.mark.parametrize("sample", RESPONSES, ids=lambda sample: sample.name)
def test_real_responses_are_opened(conformance: Path, sample: Sample) -> None:
    assert opened(conformance, answer(sample)) is not None


@pytest.mark.parametrize("sample", RESPONSES, ids=lambda sample: sample.name)
def test_real_responses_are_refused_with_a_bit_changed(conformance: Path, sample: Sample) -> None:
    """A MAC for the broker is the DCC's to check: there only the ids are ours."""
    response, message = answer(sample), parse(sample.octets)
    assert response.request_id is not None
    if message.header.target in ROLES or message.signature:
        octets = sample.octets[:-1] + bytes((sample.octets[-1] ^ 1,))
        with pytest.raises(GbcsError):
            opened(conformance, response._replace(body=DeviceResponse(octets)))
    elsewhere = response.request_id._replace(target=Eui64(bytes(8)))
    with pytest.raises(GbcsError, match="does not answer"):
        opened(conformance, response._replace(request_id=elsewhere))


def with_certificates_of(message: Message, body: RequestBody) -> RequestBody:
    """Templates of 6.15.1 bring other certificates than the messages: those of the message, in order."""
    update = decode_payload(message)
    if not isinstance(body, ReplaceCredentials) or not isinstance(update, UpdateCredentials):
        return body
    signing, agreement, *top_up = [replacement.certificate for replacement in update.replacements]
    return body._replace(
        signing=signing,
        agreement=agreement,
        top_up=top_up[0] if top_up else None,
        path=update.path_certificates,
    )


def template_of(sample: Sample) -> Path:
    return conformance_root() / "duis" / "templates" / f"{sample.name}_REQUEST_DUIS.XML"


# Whether the cancellation of a CS02g leaves out the floor, as that of 6.23 does, is assumed.
ASSUMED: Final = "CS02gLoadControllerBySupplier_6.15.1_CANCELLATION_SUCCESS"
PRE_COMMANDS: Final = tuple(
    sample
    for sample in samples("PRECOMMAND")
    if sample.name != ASSUMED and sample.srv in CORRELATIONS and template_of(sample).is_file()
)


@pytest.mark.usefixtures("conformance")
@pytest.mark.parametrize("sample", PRE_COMMANDS, ids=lambda sample: sample.name)
def test_real_pre_commands_correlate_with_their_templates(sample: Sample) -> None:
    message = parse(sample.octets)
    header = message.header
    request_id = RequestId(header.originator, header.target, header.originator_counter)
    body = with_certificates_of(message, read_request(parse_xml(template_of(sample).read_bytes())).body)
    request = ServiceRequest(request_id, CommandVariant.TRANSFORM, sample.srv, body)
    check_correlates(message, request)
    later = request_id._replace(counter=OriginatorCounter(request_id.counter + 1))
    with pytest.raises(GbcsError, match="originator_counter"):
        check_correlates(message, request._replace(request_id=later))
