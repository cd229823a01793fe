"""Which cells a device type has, and what they hold at manufacture."""

from __future__ import annotations

import pytest
from device_worlds import ACB, DCC, KINDS, OPERATOR_CELLS, RECOVERY, SUPPLIER_CELLS, TRANSITIONAL_COS

from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE, UNCONFIRMED_CELLS, factory_cells
from devices.device import Device
from devices.gbcs.identifiers import DeviceType, RemotePartyRole

TYPES = [kind.device_type for kind in KINDS]


@pytest.mark.parametrize("device_type", TYPES)
def test_the_nine_cells_of_a_meter_and_of_a_proxy(device_type: DeviceType) -> None:
    expected = {
        cells.ROOT,
        cells.RECOVERY,
        *SUPPLIER_CELLS,
        *OPERATOR_CELLS,
        cells.ACB_AGREEMENT,
        cells.TRANSITIONAL_COS,
    }
    assert set(CELLS_BY_DEVICE_TYPE[device_type]) == expected
    assert len(CELLS_BY_DEVICE_TYPE[device_type]) == len(expected) == 9


def test_what_is_believed_only_is_marked() -> None:
    assert UNCONFIRMED_CELLS[DeviceType.ESME] == ()
    assert set(UNCONFIRMED_CELLS[DeviceType.GPF]) == {cells.ROOT, cells.RECOVERY, cells.TRANSITIONAL_COS}
    for device_type, unconfirmed in UNCONFIRMED_CELLS.items():
        assert set(unconfirmed) <= set(CELLS_BY_DEVICE_TYPE[device_type])


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_filled_at_manufacture_with_a_key_of_its_use(kind: type[Device]) -> None:
    store = factory_cells(kind.device_type, DCC)
    assert set(store) == set(CELLS_BY_DEVICE_TYPE[kind.device_type])
    for cell, certificate in store.items():
        if cell is not cells.ROOT:
            assert certificate.key_usage is cell.key_usage, cell


@pytest.mark.parametrize("device_type", TYPES)
def test_the_broker_stands_in_for_supplier_and_network_operator(device_type: DeviceType) -> None:
    store = factory_cells(device_type, DCC)
    signing, agreement = ACB.signing.certificate, ACB.agreement.certificate
    assert [store[cell] for cell in SUPPLIER_CELLS] == [signing, agreement, agreement]
    assert [store[cell] for cell in OPERATOR_CELLS] == [signing, agreement]
    assert store[cells.ACB_AGREEMENT] == agreement
    assert store.holder(cells.SUPPLIER_TOP_UP) == store.holder(cells.ACB_AGREEMENT)


@pytest.mark.parametrize("device_type", TYPES)
def test_the_dccs_own_cells(device_type: DeviceType) -> None:
    store = factory_cells(device_type, DCC)
    assert store[cells.ROOT] == DCC.root
    assert store[cells.RECOVERY] == RECOVERY.signing.certificate
    assert store[cells.TRANSITIONAL_COS] == TRANSITIONAL_COS.signing.certificate
    held = {certificate.role for certificate in store.values()}
    assert RemotePartyRole.SUPPLIER not in held
    assert RemotePartyRole.NETWORK_OPERATOR not in held
