"""Trust anchor cells: the certificates of the parties that a device obeys (GBCS 13.1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from devices.gbcs.certificates import Certificate
from devices.gbcs.credentials import CellContent, TrustAnchorCellId
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import CellUsage, Eui64, KeyUsage, RemotePartyRole

NO_SUBJECT = Eui64(bytes(8))


class CellHolder(NamedTuple):
    """Who is in a cell, as CS02a and CS02b report it; the root's subject is eight zero octets."""

    subject: Eui64
    key_identifier: bytes


def holder(certificate: Certificate) -> CellHolder:
    """Who is in a cell that holds this certificate."""
    return CellHolder(certificate.subject or NO_SUBJECT, certificate.subject_key_identifier)


class TrustAnchorStore(Mapping[TrustAnchorCellId, Certificate]):
    """The cells of one device, exactly one certificate each; immutable.

    Certificates are shared between devices, and so are stores: devices whose replacements lead to the same
    cells hold the same one.
    """

    __slots__ = ("_cells", "_hash")

    def __init__(self, cells: Mapping[TrustAnchorCellId, Certificate]) -> None:
        self._cells = dict(cells)
        self._hash = hash(frozenset(self._cells.items()))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self._cells == (other._cells if isinstance(other, TrustAnchorStore) else other)

    def __contains__(self, cell: object) -> bool:
        return cell in self._cells

    def __getitem__(self, cell: TrustAnchorCellId) -> Certificate:
        return self._cells[cell]

    def find(self, cell: TrustAnchorCellId) -> Certificate | None:
        """The certificate in a cell; None where the device has no such cell."""
        return self._cells.get(cell)

    def __iter__(self) -> Iterator[TrustAnchorCellId]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def with_cells(self, changes: Mapping[TrustAnchorCellId, Certificate]) -> TrustAnchorStore:
        """The store after replacements.

        Raises:
            GbcsError: a cell does not exist on this device; cells are replaced, never added.
        """
        store = self
        for cell, certificate in changes.items():
            store = _with_cell(store, cell, certificate)
        return store

    def holder(self, cell: TrustAnchorCellId) -> CellHolder:
        """Entity id and key identifier of a cell that exists."""
        return holder(self._cells[cell])

    def contents(self, role: RemotePartyRole) -> tuple[CellContent, ...]:
        """The cells of a role: digital signature, key agreement, prepayment; empty if there are none."""
        found = []
        for key_usage, cell_usage in _REPORT_ORDER:
            cell = TrustAnchorCellId(role, key_usage, cell_usage)
            if cell in self._cells:
                found.append(CellContent(key_usage, cell_usage, *self.holder(cell)))
        return tuple(found)


_REPORT_ORDER = (
    (KeyUsage.KEY_CERT_SIGN, CellUsage.MANAGEMENT),
    (KeyUsage.DIGITAL_SIGNATURE, CellUsage.MANAGEMENT),
    (KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT),
    (KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP),
)


@lru_cache(maxsize=4096)
def _with_cell(
    store: TrustAnchorStore, cell: TrustAnchorCellId, certificate: Certificate
) -> TrustAnchorStore:
    if cell not in store:
        raise GbcsError("trust anchor cell", f"{cell} does not exist on this device")
    return _shared(TrustAnchorStore({**store._cells, cell: certificate}))


@lru_cache(maxsize=4096)
def _shared(store: TrustAnchorStore) -> TrustAnchorStore:
    """The first of equal stores, so that those that lead to and fro are told apart at a glance."""
    return store
