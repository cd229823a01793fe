"""A command that is to be made, before it has a number: what it says, and in whose name it goes out."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple

from devices.gbcs.identifiers import Eui64, MessageCode, OriginatorCounter
from devices.gbcs.message import Cra, GroupingHeader, Message, OtherInformation


class SentBy(enum.Enum):
    """In whose name a command goes out: the device answers to it."""

    USER = "User"
    BROKER = "access control broker"
    COS_PARTY = "change of supplier party"


class CommandPlan(NamedTuple):
    """A command without its number.

    ``payload`` gives its octets under a header. What the DCC sends in its own name is ``signed`` by it where
    the use case asks for a signature. ``for_party`` says that the User goes along as supplementary remote
    party, with the counter of its request; ``party_certificate`` (DER) that the answer is encrypted for it.
    """

    code: MessageCode
    sent_by: SentBy
    payload: Callable[[GroupingHeader], bytes]
    signed: bool = False
    for_party: bool = False
    party_certificate: bytes | None = None

    def message(
        self,
        originator: Eui64,
        target: Eui64,
        counter: OriginatorCounter,
        party: Eui64 | None = None,
        party_counter: OriginatorCounter | None = None,
    ) -> Message:
        """The unprotected command under a number; the User goes along where the plan says so.

        Nobody goes along who sends the command itself.
        """
        other = OtherInformation(self.code)
        if self.for_party and party != originator:
            other = OtherInformation(self.code, party, party_counter, certificate=self.party_certificate)
        header = GroupingHeader(Cra.COMMAND, counter, originator, target, other)
        return Message(header, self.payload(header))
