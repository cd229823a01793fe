"""Which cells a device type has, and what they hold at manufacture."""

from __future__ import annotations

import pytest
from device_worlds import (
    ACB,
    DCC,
    OPERATOR_CELLS,
    RECOVERY,
    SUPPLIER_CELLS,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)

from devices import cells
from devices.cells import CELLS_BY_DEVICE_TYPE, UNCONFIRMED_CELLS, factory_cells
from devices.gbcs.identifiers import DeviceType, KeyUsage, RemotePartyRole

COMMON = {cells.ROOT, cells.RECOVERY, cells.ACB_AGREEMENT}
LOAD_CONTROLLER_CELLS = {cells.LOAD_CONTROLLER_SIGNING, cells.LOAD_CONTROLLER_AGREEMENT}
EXPECTED = {
    DeviceType.ESME: {*SUPPLIER_CELLS, *OPERATOR_CELLS, cells.TRANSITIONAL_COS, *LOAD_CONTROLLER_CELLS},
    DeviceType.GSME: {*SUPPLIER_CELLS, cells.TRANSITIONAL_COS},
    DeviceType.GPF: {*SUPPLIER_CELLS, *OPERATOR_CELLS, cells.TRANSITIONAL_COS},
    DeviceType.CHF: {cells.ACB_SIGNING, cells.WAN_PROVIDER_SIGNING},
    DeviceType.PPMID: {cells.ACB_SIGNING},
    DeviceType.HCALCS: {cells.SUPPLIER_SIGNING, cells.SUPPLIER_AGREEMENT, cells.TRANSITIONAL_COS},
}
types = pytest.mark.parametrize("device_type", CELLS_BY_DEVICE_TYPE)


def test_the_cells_of_each_type() -> None:
    assert {kind: set(found) for kind, found in CELLS_BY_DEVICE_TYPE.items()} == {
        kind: COMMON | own for kind, own in EXPECTED.items()
    }


@types
def test_no_cell_is_listed_twice(device_type: DeviceType) -> None:
    found = CELLS_BY_DEVICE_TYPE[device_type]
    assert len(found) == len(set(found))


def test_what_is_believed_only_is_marked() -> None:
    believed = {cells.ROOT, cells.RECOVERY, cells.TRANSITIONAL_COS}
    assert UNCONFIRMED_CELLS[DeviceType.ESME] == frozenset()
    assert UNCONFIRMED_CELLS[DeviceType.GPF] == UNCONFIRMED_CELLS[DeviceType.GSME] == believed
    assert UNCONFIRMED_CELLS.keys() == CELLS_BY_DEVICE_TYPE.keys()
    for device_type, unconfirmed in UNCONFIRMED_CELLS.items():
        assert set(unconfirmed) <= set(CELLS_BY_DEVICE_TYPE[device_type])


@types
def test_every_cell_is_filled_at_manufacture_with_a_key_of_its_use(device_type: DeviceType) -> None:
    store = factory_cells(device_type, DCC)
    assert tuple(store) == CELLS_BY_DEVICE_TYPE[device_type]
    for cell, certificate in store.items():
        if cell != cells.ROOT:
            assert certificate.key_usage is cell.key_usage, cell


@types
def test_the_dccs_own_cells_hold_its_certificates_and_all_others_the_brokers(device_type: DeviceType) -> None:
    own = {
        cells.ROOT: DCC.root,
        cells.RECOVERY: RECOVERY.signing.certificate,
        cells.TRANSITIONAL_COS: TRANSITIONAL_COS.signing.certificate,
        cells.WAN_PROVIDER_SIGNING: WAN_PROVIDER.signing.certificate,
    }
    for cell, held in factory_cells(device_type, DCC).items():
        is_signing = cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
        brokers = (ACB.signing if is_signing else ACB.agreement).certificate
        assert held == own.get(cell, brokers), cell


@types
def test_no_party_but_the_dcc_is_in_a_factory_device(device_type: DeviceType) -> None:
    roles = {held.role for held in factory_cells(device_type, DCC).values()}
    assert not roles & {RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR}


def test_the_top_up_cell_holds_the_very_key_of_the_brokers_own_cell() -> None:
    store = factory_cells(DeviceType.GPF, DCC)
    assert store.holder(cells.SUPPLIER_TOP_UP) == store.holder(cells.ACB_AGREEMENT)
