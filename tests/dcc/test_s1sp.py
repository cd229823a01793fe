"""The S1SP and the way to it: countersigned requests, its own checks, its signed answers."""

from __future__ import annotations

from smets1_worlds import OPERATOR, OTHER_OPERATOR, SMETS1_ESME, SUPPLIER, Smets1World

from dcc.duis.signature import verify_document
from dcc.response_codes import ResponseCode


def test_a_network_operator_replaces_its_own_certificates() -> None:
    world = Smets1World()
    done = world.exchange(world.update(OPERATOR, OTHER_OPERATOR))
    assert done.submission.response.code is ResponseCode.I99, done.submission.decision.rejection
    assert done.code == "I0", done.text
