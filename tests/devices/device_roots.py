"""Roots that may follow the one in a device's root cell, and certificates that lead to them: for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from device_worlds import SMKI, Party, make_party

from dcc.smki.hierarchy import Authority, TestSmki
from dcc.smki.profiles import Contents, SmkiProfile, issuing_extensions, serial_of, sign_certificate
from devices.gbcs.certificates import Certificate, load_certificate
from devices.gbcs.identifiers import RemotePartyRole

NEXT_SMKI: Final = TestSmki(b"the next root", established=date(2020, 1, 1))
OTHER_SMKI: Final = TestSmki(b"a root of somebody else", established=date(2020, 1, 1))
FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
UNTIL: Final = datetime(2044, 12, 31, tzinfo=UTC)


def link(
    successor: Authority,
    by: Authority = SMKI.root,
    change: Callable[[Contents], Contents] = lambda contents: contents,
) -> Certificate:
    """The certificate by which a root vouches for its successor; ``change`` makes it another one."""
    signer = successor.signer
    extensions = issuing_extensions(
        signer.key.public_point, by.signer.key.public_point, SmkiProfile().organisation_policy
    )
    contents = change(Contents(signer.name, signer.key.public_point, FROM, UNTIL, extensions))
    return load_certificate(sign_certificate(by.signer, contents, serial_of(b"link", by.signer, contents)))


LINK: Final = link(NEXT_SMKI.root)
NEXT_ROOT: Final = NEXT_SMKI.root.certificate


@cache
def party_under(smki: TestSmki, number: int, role: RemotePartyRole) -> Party:
    """A party with the certificates of another hierarchy."""
    return make_party(number, role, smki=smki)
