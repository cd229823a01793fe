"""The published signing tool, written in Java: it accepts what we sign, and we what it signs.

It comes inside the npm package ``@smartdcc/duis-sign-wrap``, installed beside the project or in the folder
that ``DCCBENCH_ACCEPTANCE`` names. Its schema is that of DUIS 5.1. Each call starts a Java process, which
takes about a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from duis_documents import ACKNOWLEDGEMENT, PROVIDER, REQUEST, canonical

from dcc.duis.parsing import parse
from dcc.duis.signature import sign, verify_document
from dcc.duis.signing_roles import XmlSigner, XmlSigningRoles
from dcc.smki.keystore import Keystore, KeystoreEntry
from devices.gbcs.certificates import Certificate
from devices.gbcs.identifiers import RemotePartyRole

JAR = Path("node_modules", "@smartdcc", "duis-sign-wrap", "dist", "tool.jar")
DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "acceptance"
VALID, NOT_VALID = 0, 10


@pytest.fixture(scope="module")
def tool() -> list[str]:
    """The start of a command line; skips, with the reason, where Java or the package is absent."""
    folder = Path(os.environ.get("DCCBENCH_ACCEPTANCE", DEFAULT_FOLDER))
    java = shutil.which("java")
    if java is None:
        pytest.skip("no Java in the path")
    if not (folder / JAR).is_file():
        pytest.skip(f"no {folder / JAR}: run npm ci there, or set DCCBENCH_ACCEPTANCE to where it was run")
    return [java, "-cp", str(folder / JAR)]


@pytest.fixture(scope="module")
def keystore(conformance: Path) -> Keystore:
    """The keys and certificates that the tool carries."""
    return Keystore.load(conformance / "zaz1" / "keystore.json")


def run(tool: list[str], what: str, document: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [*tool, f"uk.co.smartdcc.boxed.xmldsig.{what}", "-"]
    return subprocess.run(command, input=document, capture_output=True, timeout=60, check=False)


def signer(keystore: Keystore, role: RemotePartyRole) -> tuple[KeystoreEntry, Certificate]:
    for entry in keystore.entries:
        if entry.certificate is not None and entry.certificate.role is role and entry.key.scalar:
            return entry, entry.certificate
    pytest.fail(f"no {role.field_name} certificate with its key")


def test_request_signed_by_the_tool_is_accepted(tool: list[str], keystore: Keystore) -> None:
    document = REQUEST.replace('schemaVersion="5.4"', 'schemaVersion="5.1"').encode()
    signed = run(tool, "Sign", document)
    assert signed.returncode == VALID, signed.stderr
    known = {
        (one.issuer, one.serial): one for one in (entry.certificate for entry in keystore.entries) if one
    }
    root = parse(signed.stdout)
    verified = verify_document(root, lambda issuer, serial: known.get((issuer, serial)), PROVIDER)
    assert str(verified.certificate.subject) == "90-B3-D5-1F-30-01-00-00"
    assert XmlSigningRoles.STRICT.allow(verified.certificate, XmlSigner.USER)


def test_response_that_we_sign_is_accepted(tool: list[str], keystore: Keystore) -> None:
    """It prints the octets that it digested: they are those that we signed."""
    entry, certificate = signer(keystore, RemotePartyRole.DSP_XML_SIGN)
    document = sign(
        parse(ACKNOWLEDGEMENT.encode()), entry.key, certificate.issuer, certificate.serial, PROVIDER
    )
    checked = run(tool, "Validate", document)
    assert checked.returncode == VALID, checked.stderr
    ours = verify_document(parse(document), lambda _, __: certificate, PROVIDER)
    assert checked.stdout.rstrip(b"\n") == canonical(ours.root)


def test_response_that_was_changed_is_not(tool: list[str], keystore: Keystore) -> None:
    entry, certificate = signer(keystore, RemotePartyRole.DSP_XML_SIGN)
    document = sign(
        parse(ACKNOWLEDGEMENT.encode()), entry.key, certificate.issuer, certificate.serial, PROVIDER
    )
    assert run(tool, "Validate", document.replace(b"I99", b"I0")).returncode == NOT_VALID
