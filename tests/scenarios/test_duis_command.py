"""``dccbench duis``: what it says of documents, and with which status it leaves."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dcc_worlds import OPERATOR, SUPPLIER, World
from lxml import etree

from dcc.bodies.inventory import PreNotifyDevice
from dcc.duis.document_signer import DocumentSigner
from dcc.duis.requests import write_request
from dcc.duis.responses import write_response
from dcc.response_codes import ResponseCode
from dcc.service_requests import CommandVariant
from dcc.service_responses import ServiceResponse
from dcc.srv import Srv
from devices.gbcs.identifiers import DeviceType
from scenarios.cli import main

Run = Callable[..., tuple[int, str, str]]


def pem(label: str, der: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


class Desk:
    """A handover request, signed and not, with its signer's certificate and key store in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World()
        self.request = self.world.handover()
        self.signer = self.world.bed.xml_signer(SUPPLIER)
        self.provider = self.world.bed.provider
        self.unsigned = self.write("unsigned.xml", etree.tostring(write_request(self.request)))
        self.octets = self.signer.sign(write_request(self.request), self.provider)
        self.signed = self.write("signed.xml", self.octets)
        certificate, key = self.signer
        self.certificate = self.write("certificate.der", certificate.der)
        self.keystore = folder / "keys"
        self.keystore.mkdir()
        stem = f"{str(SUPPLIER).replace('-', '').lower()}-ds"
        private = key.private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.keystore / f"{stem}.pem").write_text(pem("CERTIFICATE", certificate.der))
        (self.keystore / f"{stem}.key").write_bytes(private)

    def write(self, name: str, octets: bytes) -> str:
        path = self.folder / name
        path.write_bytes(octets)
        return str(path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = main(["duis", *map(str, arguments)])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_a_document_that_holds_is_summed_up(desk: Desk, run: Run) -> None:
    status, out, _ = run("validate", desk.signed)
    assert status == 0
    assert out.startswith(f"{desk.signed}: Request, ok\n")
    assert f"RequestID       {desk.request.request_id}" in out
    assert "service         6.21 Request Handover Of DCC Controlled Device" in out
    assert "schema          -       not checked, no schema was given" in out
    assert "not verified" in out


def test_one_bad_document_of_two_decides_the_status(desk: Desk, run: Run) -> None:
    bad = desk.write("bad.xml", desk.octets.replace(b">true<", b">maybe<"))
    status, out, _ = run("validate", desk.signed, bad)
    assert status == 1
    assert "signed.xml: Request, ok" in out
    assert "bad.xml: Request, FAILED" in out
    assert "structure       FAILED  Request/" in out


def test_content_that_only_the_schema_allows_fails(desk: Desk, run: Run) -> None:
    bad = desk.write("bad.xml", desk.octets.replace(b"Reference>6.21<", b"Reference>6.15<"))
    status, out, _ = run("validate", bad)
    assert status == 1
    assert "FAILED  Request/Header/ServiceReference: 6.15 with variant 6.21, expected 6.21" in out


def test_a_placeholder_is_no_bad_signature(desk: Desk, run: Run) -> None:
    word = base64.b64encode(b"default").decode()
    ends = [("</ds:DigestValue>", word), ("</ds:SignatureValue>", word)]
    template = desk.octets.decode()
    for end, text in ends:
        start, _, rest = template.partition(end)
        template = f"{start[: start.rindex('>') + 1]}{text}{end}{rest}"
    status, out, _ = run("validate", desk.write("template.xml", template.encode()))
    assert status == 0
    assert "signature       -       a placeholder, not signed yet" in out
    other = template.replace(f"{word}</ds:SignatureValue>", "AAAA</ds:SignatureValue>")
    status, out, _ = run("validate", desk.write("other.xml", other.encode()))
    assert status == 1
    assert "signature       FAILED  Request/Signature/SignedInfo/Reference/DigestValue: 7 octets" in out
    path = desk.write("template.xml", template.encode())
    assert run("verify", path, "--certificate", desk.certificate)[0] == 1


def test_published_templates_are_valid(conformance: Path, run: Run) -> None:
    templates = sorted((conformance / "duis" / "templates").glob("8.*"))
    status, out, _ = run("validate", *templates, "--schema", conformance / "duis" / "schema")
    assert status == 0, out


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"", "document        FAILED"),
        (b"<a/>", "structure       FAILED  a: expected Request or Response"),
        (b"<!DOCTYPE a><a/>", "a document type declaration"),
        (b" " * 2_000_001, "document        FAILED"),
    ],
)
def test_what_is_no_document_fails_in_words(desk: Desk, run: Run, octets: bytes, what: str) -> None:
    status, out, err = run("validate", desk.write("other.xml", octets))
    assert status == 1
    assert what in out
    assert err == ""


def test_the_schema_is_asked_where_it_is_named(desk: Desk, run: Run, conformance: Path) -> None:
    schema = conformance / "duis" / "schema"
    status, out, _ = run("validate", desk.signed, "--schema", schema)
    assert status == 0
    assert "schema          ok      valid" in out
    longer = desk.octets.replace(b"<sr:CommandVariant>", b"<sr:CommandVariant>1")
    status, out, _ = run("validate", desk.write("longer.xml", longer), "--schema", schema)
    assert status == 1
    assert "schema          FAILED  Request/Header/CommandVariant" in out


def test_a_folder_without_schema_is_bad_input(desk: Desk, run: Run) -> None:
    status, _, err = run("validate", desk.signed, "--schema", desk.folder)
    assert status == 2
    assert "--schema" in err


def test_validate_as_json(desk: Desk, run: Run) -> None:
    status, out, _ = run("validate", "--json", desk.unsigned)
    assert status == 0
    read = json.loads(out)
    assert read["schema"] == "dccbench/duis/1"
    (found,) = read["files"]
    assert found["holds"] is True
    assert found["fields"]["RequestID"] == str(desk.request.request_id)
    assert found["checks"][-1] == {"name": "signature", "holds": None, "text": "none"}


def test_a_response_says_code_and_meaning(desk: Desk, run: Run) -> None:
    request_id = desk.request.request_id
    response = ServiceResponse(SUPPLIER, request_id, ResponseCode.E5, desk.world.now, srv=desk.request.srv)
    path = desk.write("response.xml", etree.tostring(write_response(response)))
    status, out, _ = run("validate", path)
    assert status == 0
    assert "code            E5 (the device's inventory status does not allow this service)" in out


@pytest.mark.parametrize("source", ["keystore", "certificate"])
def test_a_signature_verifies_with_the_certificate_at_hand(desk: Desk, run: Run, source: str) -> None:
    status, out, _ = run("verify", desk.signed, f"--{source}", getattr(desk, source))
    assert status == 0, out
    assert "signature       ok" in out
    assert "role            ok      may sign for a user: strict" in out
    assert f"originator      ok      {SUPPLIER}" in out


def test_a_pem_certificate_will_do(desk: Desk, run: Run) -> None:
    path = desk.write("certificate.pem", pem("CERTIFICATE", desk.signer.certificate.der).encode())
    assert run("verify", desk.signed, "--certificate", path)[0] == 0


def test_a_changed_document_does_not_verify(desk: Desk, run: Run) -> None:
    changed = desk.write("changed.xml", desk.octets.replace(b">true<", b">false<"))
    status, out, _ = run("verify", changed, "--certificate", desk.certificate)
    assert status == 1
    assert "is not the document's digest" in out


def test_an_unsigned_document_does_not_verify(desk: Desk, run: Run) -> None:
    status, out, _ = run("verify", desk.unsigned, "--certificate", desk.certificate)
    assert status == 1
    assert "no signature" in out


def test_anothers_certificate_may_not_sign(desk: Desk, run: Run) -> None:
    other = desk.world.bed.xml_signer(OPERATOR)
    path = desk.write("other.xml", other.sign(write_request(desk.request), desk.provider))
    status, out, _ = run("verify", path, "--certificate", desk.write("other.der", other.certificate.der))
    assert status == 1
    assert f"originator      FAILED  {SUPPLIER}, not that of the certificate" in out


def test_a_certificate_for_commands_may_sign_as_the_public_tools_have_it(desk: Desk, run: Run) -> None:
    credentials = desk.world.client(SUPPLIER).credentials
    signer = DocumentSigner(credentials.signing, credentials.signing_key)
    path = desk.write("commands.xml", signer.sign(write_request(desk.request), desk.provider))
    named = ("--certificate", desk.write("commands.der", signer.certificate.der))
    assert run("verify", path, *named)[0] == 1
    assert run("verify", path, *named, "--roles", "public-tools")[0] == 0


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN X-----\nAA==\n-----END X-----\n"]
)
def test_a_bad_certificate_is_bad_input(desk: Desk, run: Run, content: bytes | None) -> None:
    path = desk.folder / "absent" if content is None else desk.write("bad.der", content)
    status, out, err = run("verify", desk.signed, "--certificate", path)
    assert status == 2
    assert out == ""
    assert err.startswith(f"dccbench: --certificate: {path}: ")
    assert "https:" not in err


def test_nothing_to_verify_with_is_bad_input(desk: Desk, run: Run) -> None:
    status, _, err = run("verify", desk.signed)
    assert status == 2
    assert "expected one to verify with" in err


def test_signing_gives_the_document_that_verifies(desk: Desk, run: Run) -> None:
    status, out, _ = run("sign", desk.unsigned, "--keystore", desk.keystore)
    assert status == 0
    assert out.rstrip("\n").encode() == desk.octets
    # One that is signed already is signed anew.
    assert run("sign", desk.signed, "--keystore", desk.keystore)[1] == out


def test_signing_under_another_counter(desk: Desk, run: Run) -> None:
    target = desk.folder / "out.xml"
    arguments = ("--keystore", desk.keystore, "--counter", 2**64 - 1, "--out", target)
    assert run("sign", desk.unsigned, *arguments) == (0, "", "")
    assert f":{2**64 - 1}</sr:RequestID>".encode() in target.read_bytes()
    assert run("verify", target, "--certificate", desk.certificate)[0] == 0


def test_a_schema_version_in_another_spelling_is_that_version(desk: Desk, run: Run) -> None:
    spelt = etree.tostring(write_request(desk.request)).replace(b'"5.4"', b'"5.40"')
    arguments = ("--keystore", desk.keystore, "--counter", 5)
    status, out, _ = run("sign", desk.write("spelt.xml", spelt), *arguments)
    assert status == 0
    assert 'schemaVersion="5.4"' in out


def test_only_documents_of_duis_are_signed(desk: Desk, run: Run) -> None:
    named = ("--keystore", desk.keystore, "--as", SUPPLIER)
    status, out, err = run("sign", desk.write("other.xml", b"<Response/>"), *named)
    assert (status, out) == (2, "")
    assert "Response: expected a root of the DUIS schema: Request, Response," in err
    alert = b'<S1SPAlert xmlns="http://www.dccinterface.co.uk/ServiceUserGateway"><a/></S1SPAlert>'
    assert run("sign", desk.write("alert.xml", alert), *named)[0] == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_document_goes_out_in_the_encoding_that_it_declares(
    desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """Whatever the encoding of standard output may be, and however it ends its lines."""
    body = PreNotifyDevice(desk.request.request_id.target, DeviceType.PPMID, "Caf\u00e9 \u00a35", "one")
    request = desk.request._replace(
        srv=Srv.PRE_NOTIFY_DEVICE, command_variant=CommandVariant.DCC_ONLY, body=body
    )
    path = desk.write("signs.xml", etree.tostring(write_request(request)))
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding=encoding, newline="\r\n")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert main(["duis", "sign", path, "--keystore", str(desk.keystore)]) == 0
    signed = desk.write("signed.xml", octets.getvalue())
    assert run("verify", signed, "--certificate", desk.certificate)[0] == 0
    assert octets.getvalue().endswith(b"Request>\n")


def test_signing_for_somebody_without_key_is_bad_input(desk: Desk, run: Run) -> None:
    status, out, err = run("sign", desk.unsigned, "--keystore", desk.keystore, "--as", OPERATOR)
    assert status == 2
    assert out == ""
    assert f"no certificate for digital signatures of {OPERATOR}" in err


def test_a_response_is_signed_by_who_is_named(desk: Desk, run: Run) -> None:
    response = ServiceResponse(
        SUPPLIER, desk.request.request_id, ResponseCode.I99, desk.world.now, srv=desk.request.srv
    )
    path = desk.write("response.xml", etree.tostring(write_response(response)))
    assert "--as: not given" in run("sign", path, "--keystore", desk.keystore)[2]
    assert "--counter" in run("sign", path, "--keystore", desk.keystore, "--counter", 1)[2]
    assert run("sign", path, "--keystore", desk.keystore, "--as", SUPPLIER)[0] == 0


def test_a_file_that_is_not_there_is_bad_input(desk: Desk, run: Run) -> None:
    absent = desk.folder / "absent.xml"
    status, _, err = run("validate", absent)
    assert status == 2
    assert err == f"dccbench: {absent}: No such file or directory\n"
