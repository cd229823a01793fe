"""How a use case may fail at a device: which numbers its answer has for it, and for how many items."""

from __future__ import annotations

import enum
from typing import Final

from devices.gbcs.chf_log import ITEMS
from devices.gbcs.cs01 import CS01A, CS01B, TopUpResult
from devices.gbcs.der_payload import ReadResult
from devices.gbcs.device_certificates import (
    CS02C,
    CS02D,
    CS02E,
    CertificateUpdateResult,
    IssueFailure,
    ProvideFailure,
)
from devices.gbcs.device_log import CS07, GCS59
from devices.gbcs.dlms import AccessCode
from devices.gbcs.ecs70 import ECS70
from devices.gbcs.errors import GbcsError
from devices.gbcs.firmware import CS06, CS08, ActivationResult
from devices.gbcs.gas_read_table import GBZ_READS
from devices.gbcs.identifiers import MessageCode
from devices.gbcs.joins import CS03A1, CS03A2, CS03B, CS03C, CS04AC, CS04B, JoinResult, UnjoinResult
from devices.gbcs.use_cases import use_case
from devices.gbcs.zcl import ZclStatus

_DER_RESULTS: Final[dict[MessageCode, type[enum.IntEnum]]] = {
    CS01B: TopUpResult,
    CS02C: IssueFailure,
    CS02D: CertificateUpdateResult,
    CS02E: ProvideFailure,
    **dict.fromkeys((CS03A1, CS03A2, CS03B, CS03C, GCS59), JoinResult),
    **dict.fromkeys((CS04AC, CS04B), UnjoinResult),
    CS06: ActivationResult,
    **dict.fromkeys((CS07, CS08), ReadResult),
}
"""The use cases that answer with one number of their own."""

_ITEMS: Final[dict[MessageCode, int]] = {
    **dict.fromkeys((*_DER_RESULTS, CS01A), 1),
    **{code: len(items) for code, items in ITEMS.items()},
    ECS70: 5,
}
"""How many items a use case has, where the device looks no further than at their number."""


def check_defect(code: MessageCode, result: int, item: int) -> None:
    """A failure is one that the use case has a number for.

    Raises:
        GbcsError: it is none.
    """
    kind = _results(code)
    if result == 0 or result not in {int(member) for member in kind}:
        raise GbcsError("defect/result", f"{result} of {code}, expected a failure of {kind.__name__}")
    if not 0 <= item < _ITEMS.get(code, item + 1):
        raise GbcsError("defect/item", f"{item} of {code}, expected one from 0 to {_ITEMS.get(code, 1) - 1}")


def _results(code: MessageCode) -> type[enum.IntEnum]:
    """The numbers that a use case answers with: its own, or those of the language of its payload."""
    facts = use_case(code)
    speaks_gbz = code in GBZ_READS or (facts is not None and facts.name.startswith("GCS"))
    return _DER_RESULTS.get(code, ZclStatus if speaks_gbz else AccessCode)
