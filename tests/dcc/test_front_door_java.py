"""The published signing tool before the front door: what it signs is served, what is answered it accepts.

Where the tool comes from, and when these tests are skipped, is said beside those of the signature alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import test_duis_java
from lxml import etree
from test_duis_java import VALID, run
from zaz1_worlds import Zaz1World, lodge_keystore, templates, z1_certificate

from dcc.duis.document_signer import DocumentSigner
from dcc.duis.front_door import FrontDoor, Reply
from dcc.duis.parsing import parse
from dcc.duis.requests import read_request, write_request
from dcc.duis.responses import read_response
from dcc.envelope import WebService
from dcc.response_codes import ResponseCode
from dcc.service_requests import ServiceRequest
from devices.gbcs.identifiers import KeyUsage, RemotePartyRole
from scenarios.test_bed import ACB_ID

TOOLS_SCHEMA = "5.1"
tool = test_duis_java.tool


class ToolsWorld(Zaz1World):
    """The DCC of the templates, which signs with the DSP's key of ZAZ1: the tool knows no other."""

    def __init__(self, conformance: Path) -> None:
        self.documents = templates(conformance)
        super().__init__([z1_certificate(self.documents)])
        signers = [
            DocumentSigner(entry.certificate, entry.key)
            for entry in lodge_keystore(self, conformance).candidates(ACB_ID, KeyUsage.DIGITAL_SIGNATURE)
            if entry.certificate is not None and entry.certificate.role is RemotePartyRole.DSP_XML_SIGN
        ]
        self.front_door = FrontDoor(self.door().dsp, signers[0])

    def submit(self, document: bytes, service: WebService) -> Reply:
        return self.front_door.submit(document, service, self.now)


@pytest.fixture(scope="module")
def world(conformance: Path) -> ToolsWorld:
    return ToolsWorld(conformance)


def signed_by_tool(tool: list[str], request: ServiceRequest) -> bytes:
    document = write_request(request, TOOLS_SCHEMA)
    command = [*tool, "uk.co.smartdcc.boxed.xmldsig.Sign", "--preserveCounter", "-"]
    done = subprocess.run(
        command, input=etree.tostring(document), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == VALID, done.stderr
    return done.stdout


def check_accepted_by_tool(tool: list[str], reply: Reply) -> None:
    checked = run(tool, "Validate", reply.document)
    assert checked.returncode == VALID, checked.stderr
    read = read_response(parse(checked.stdout))
    assert read.request_id == reply.submission.request.request_id


def test_update_of_credentials_in_both_calls(tool: list[str], world: ToolsWorld) -> None:
    request = read_request(parse(world.documents["CS02bNOByNO_6.15.1_SUCCESS"]))
    first = world.submit(signed_by_tool(tool, request), WebService.TRANSFORM)
    assert first.submission.response.code is ResponseCode.I0, first.submission.decision.rejection
    assert first.submission.request == request
    signed = world.second_call(request, first.submission.response)
    second = world.submit(signed_by_tool(tool, signed), WebService.SEND_COMMAND)
    assert second.submission.response.code is ResponseCode.I99, second.submission.decision.rejection
    check_accepted_by_tool(tool, second)


def test_inventory(tool: list[str], world: ToolsWorld) -> None:
    """Its answer holds all kinds of devices."""
    request = read_request(parse(world.documents["8.2_READ_INVENTORY"]))
    reply = world.submit(signed_by_tool(tool, request), WebService.NON_DEVICE)
    assert reply.submission.response.code is ResponseCode.I0
    check_accepted_by_tool(tool, reply)


def test_refusal(tool: list[str], world: ToolsWorld) -> None:
    """A document that was changed after the tool had signed it."""
    request = read_request(parse(world.documents["ECS52_11.2_SUCCESS"]))
    changed = signed_by_tool(tool, request).replace(b":1000<", b":1001<")
    reply = world.submit(changed, WebService.SEND_COMMAND)
    assert reply.submission.response.code is ResponseCode.SIM_AUTH
    check_accepted_by_tool(tool, reply)
