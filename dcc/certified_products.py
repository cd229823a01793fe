"""The Certified Products List: which firmware of which model may be in use (SEC Appendix Z)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple


class CplStatus(enum.Enum):
    """The status of an entry, by its DUIS token; only an active one may be in use."""

    ACTIVE = "Active"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"
    WITHDRAWN = "Withdrawn"


class Product(NamedTuple):
    """One firmware version of one model."""

    manufacturer: str
    model: str
    firmware_version: str


class CertifiedProducts:
    """The entries of the list, by product. It grows and changes by :meth:`set_status`."""

    def __init__(self, entries: Mapping[Product, CplStatus] | None = None) -> None:
        self._entries: dict[Product, CplStatus] = dict(entries or {})

    def set_status(self, product: Product, status: CplStatus) -> None:
        """Add an entry, or say what has become of one."""
        self._entries[product] = status

    def status(self, product: Product) -> CplStatus | None:
        """The status of a product's entry; None if there is none."""
        return self._entries.get(product)

    def is_active(self, product: Product) -> bool:
        """Whether a product may be in use."""
        return self.status(product) is CplStatus.ACTIVE

    def has_active_model(self, manufacturer: str, model: str) -> bool:
        """Whether some firmware of a model may be in use."""
        return any(
            status is CplStatus.ACTIVE and product[:2] == (manufacturer, model)
            for product, status in self._entries.items()
        )

    def has_active_version(self, firmware_version: str) -> bool:
        """Whether a firmware version may be in use on some model."""
        return any(
            status is CplStatus.ACTIVE and product.firmware_version == firmware_version
            for product, status in self._entries.items()
        )
