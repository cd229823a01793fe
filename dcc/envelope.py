"""How a request came: by which web service, and what its XML signature is worth (DUIS 2)."""

from __future__ import annotations

import enum
from typing import NamedTuple

from devices.gbcs.certificates import Certificate


class WebService(enum.Enum):
    """The web services to which Users send requests."""

    TRANSFORM = "Transform"
    SEND_COMMAND = "Send Command"
    NON_DEVICE = "Non-Device"


class Envelope(NamedTuple):
    """What the front door saw of a document.

    ``certificate`` is the one that the signature names, where the repository has it; ``signature_problem``
    says why the signature is worth nothing, None where it verifies. ``document`` is its octets as they came:
    those of a request for a SMETS1 device go on to its S1SP.
    """

    web_service: WebService
    certificate: Certificate | None
    signature_problem: str | None = None
    document: bytes | None = None
