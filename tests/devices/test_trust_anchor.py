"""The store of trust anchor cells."""

from __future__ import annotations

import pytest
from device_worlds import (
    ACB,
    DCC,
    OPERATOR,
    OPERATOR_CELLS,
    OTHER_OPERATOR,
    SUPPLIER,
    SUPPLIER_CELLS,
    World,
)

from devices import cells
from devices.cells import factory_cells
from devices.esme import Esme
from devices.gbcs.credentials import CellContent
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import CellUsage, DeviceType, KeyUsage, RemotePartyRole
from devices.trust_anchor import NO_SUBJECT, CellHolder

STORE = World(Esme).device.store


def test_a_replaced_cell_changes_in_the_new_store_only() -> None:
    changed = STORE.with_cells({cells.NETWORK_OPERATOR_SIGNING: OTHER_OPERATOR.signing.certificate})
    assert changed[cells.NETWORK_OPERATOR_SIGNING] == OTHER_OPERATOR.signing.certificate
    assert STORE[cells.NETWORK_OPERATOR_SIGNING] == OPERATOR.signing.certificate
    assert {cell for cell in STORE if changed[cell] != STORE[cell]} == {cells.NETWORK_OPERATOR_SIGNING}
    assert list(changed) == list(STORE)


def test_cells_are_replaced_but_never_added() -> None:
    with pytest.raises(GbcsError, match="wanProvider, digitalSignature} does not exist on this device"):
        STORE.with_cells({cells.WAN_PROVIDER_SIGNING: ACB.signing.certificate})
    assert cells.WAN_PROVIDER_SIGNING not in STORE


def test_the_store_keeps_no_hold_on_the_mapping_it_was_made_of() -> None:
    given = dict(STORE)
    store = type(STORE)(given)
    given.clear()
    assert dict(store) == dict(STORE)


def test_the_holder_is_entity_and_key_identifier() -> None:
    certificate = SUPPLIER.top_up.certificate
    assert STORE.holder(cells.SUPPLIER_TOP_UP) == CellHolder(SUPPLIER.eui, certificate.subject_key_identifier)


def test_the_root_cell_reports_eight_zero_octets_as_its_entity() -> None:
    assert STORE.holder(cells.ROOT) == (NO_SUBJECT, DCC.root.subject_key_identifier)
    assert bytes(NO_SUBJECT) == bytes(8)


def test_contents_go_by_signature_agreement_top_up_whatever_the_order_in_the_store() -> None:
    reverse = type(STORE)(dict(reversed(list(STORE.items()))))
    usages = [
        (KeyUsage.DIGITAL_SIGNATURE, CellUsage.MANAGEMENT),
        (KeyUsage.KEY_AGREEMENT, CellUsage.MANAGEMENT),
        (KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP),
    ]
    expected = tuple(
        CellContent(*usage, *STORE.holder(cell)) for usage, cell in zip(usages, SUPPLIER_CELLS, strict=True)
    )
    assert reverse.contents(RemotePartyRole.SUPPLIER) == expected
    assert STORE.contents(RemotePartyRole.SUPPLIER) == expected


def test_contents_of_the_root_and_of_a_role_without_cells() -> None:
    (root,) = STORE.contents(RemotePartyRole.ROOT)
    assert (root.key_usage, root.subject) == (KeyUsage.KEY_CERT_SIGN, NO_SUBJECT)
    assert STORE.contents(RemotePartyRole.WAN_PROVIDER) == ()


def test_devices_whose_cells_went_through_the_same_replacements_share_their_store() -> None:
    changes = {cell: OPERATOR.certificate(cell) for cell in OPERATOR_CELLS}
    store = factory_cells(DeviceType.GPF, DCC)
    changed = store.with_cells(changes)
    assert changed is factory_cells(DeviceType.GPF, DCC).with_cells(changes)
    assert changed is not store
    assert store == factory_cells(DeviceType.GPF, DCC)
    assert changed.with_cells({cell: store[cell] for cell in changes}) == store


def test_equal_stores_have_equal_hashes() -> None:
    store, reverse = STORE, type(STORE)(dict(reversed(list(STORE.items()))))
    assert (store == reverse, hash(store) == hash(reverse)) == (True, True)
