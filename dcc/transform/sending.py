"""In whose name a command goes out (GBCS 5.4, use case annex: Remote Party Roles)."""

from __future__ import annotations

from collections.abc import Callable

from dcc.command_plan import CommandPlan, SentBy
from dcc.transform.transformable import Transformable
from devices.gbcs.identifiers import MessageCode, RemotePartyRole
from devices.gbcs.message import GroupingHeader
from devices.gbcs.use_cases import use_case

Payload = Callable[[GroupingHeader], bytes]


def in_a_name(
    asked: Transformable, code: MessageCode, payload: Payload, party_certificate: bytes | None = None
) -> CommandPlan | None:
    """The command in the User's name if the device knows it in a role that may send it, else in the broker's.

    In the broker's name the User goes along as supplementary party, with ``party_certificate`` if the answer
    is to be encrypted for it, and the broker signs what is critical. What the broker may not send goes in the
    User's name, for the device to refuse. None for what nobody is known to send.
    """
    facts = use_case(code)
    if facts is None:
        return None
    by_broker = RemotePartyRole.ACCESS_CONTROL_BROKER in facts.roles
    if by_broker and not (asked.role in facts.roles and asked.knows(asked.role)):
        return of_broker(code, payload, signed=facts.critical is True, party_certificate=party_certificate)
    return CommandPlan(code, SentBy.USER, payload)


def of_broker(
    code: MessageCode, payload: Payload, *, signed: bool = False, party_certificate: bytes | None = None
) -> CommandPlan:
    """The command in the broker's name, for the User."""
    return CommandPlan(
        code, SentBy.BROKER, payload, signed, for_party=True, party_certificate=party_certificate
    )


def of_supplier(asked: Transformable, code: MessageCode, payload: Payload) -> CommandPlan | None:
    """The critical command for a supplier to sign; None where the device knows no suppliers."""
    return CommandPlan(code, SentBy.USER, payload) if asked.knows(RemotePartyRole.SUPPLIER) else None
