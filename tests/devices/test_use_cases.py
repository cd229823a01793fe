from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from devices.gbcs import use_cases
from devices.gbcs.identifiers import DeviceType, MessageCode, RemotePartyRole
from devices.gbcs.use_cases import ALL_USE_CASES, UseCase, use_case

SUPPLIER = RemotePartyRole.SUPPLIER
NETWORK_OPERATOR = RemotePartyRole.NETWORK_OPERATOR
ACB = RemotePartyRole.ACCESS_CONTROL_BROKER
TRANSITIONAL_COS = RemotePartyRole.TRANSITIONAL_COS

# The set files an unjoin by method A or C beside those by method B.
FOLDER_OF_ANOTHER = {("CS04B", "CS04AC")}


def row(code: int) -> UseCase:
    found = use_case(MessageCode(code))
    assert found is not None
    return found


class Sample(NamedTuple):
    """What this test reads out of a sample, by the offsets of the grouping header, without our parser."""

    folder: str
    file: str
    kind: int
    originator: str
    code: MessageCode
    signed: bool


def length_at(octets: bytes, at: int) -> tuple[int, int]:
    """A BER length, and where its content starts."""
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    end = at + 1 + (first & 0x7F)
    return int.from_bytes(octets[at + 1 : end], "big"), end


def read_sample(path: Path) -> Sample:
    octets = bytes.fromhex("".join(path.read_text().split()))
    if octets[0] == 0xDD:
        _, content = length_at(octets, 7)
        octets = octets[content + 5 :]
    assert octets[0] == 0xDF
    other_length, other = length_at(octets, 30 + octets[29])
    content_length, payload = length_at(octets, other + other_length)
    after = octets[payload + content_length :]
    return Sample(
        folder=path.parent.name.split("_", 1)[1],
        file=path.name,
        kind=octets[2],
        originator=octets[12:20].hex(),
        code=MessageCode(int.from_bytes(octets[other : other + 2], "big")),
        signed=bool(after) and after[0] == 0x40,
    )


def samples(conformance: Path) -> Iterator[Sample]:
    paths = sorted((conformance / "rtds" / "messages").glob("*/*_GBCS.HEX"))
    assert paths
    return (read_sample(path) for path in paths if "PRECOMMAND" not in path.name)


def commands(conformance: Path) -> Iterator[Sample]:
    return (sample for sample in samples(conformance) if sample.kind == 1)


def role_in_certificate(conformance: Path, eui: str) -> RemotePartyRole | None:
    """The OU of a party's certificate in the key store; None for devices."""
    path = conformance / "rtds" / "keystore" / f"{eui}-ka.pem"
    if not path.exists():
        path = path.with_name(f"{eui}-ds.pem")
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return RemotePartyRole(int(str(units[0].value), 16)) if units else None


def test_each_code_has_one_row_in_rising_order() -> None:
    codes = [found.code for found in ALL_USE_CASES]
    assert codes == sorted(set(codes))


def test_confirmed_rows_are_those_with_a_message_type() -> None:
    assert sum(found.confirmed for found in ALL_USE_CASES) == 177
    assert all(found.confirmed == (found.message_type is not None) for found in ALL_USE_CASES)


def test_unknown_code_has_no_use_case() -> None:
    assert use_case(MessageCode(0x0005)) is None


def test_voltage_read_of_the_network_operator() -> None:
    assert row(0x0039) == UseCase(
        code=MessageCode(0x0039),
        name="ECS23",
        title="Read Voltage Operational Data",
        message_type="SME.C.NC",
        critical=False,
        future_datable=False,
        replay_protected=False,
        replay_confirmed=True,
        roles=frozenset({SUPPLIER, NETWORK_OPERATOR, ACB}),
        roles_confirmed=True,
        targets=frozenset({DeviceType.ESME}),
        targets_confirmed=True,
        encrypted_attributes=False,
        confirmed=True,
    )


def test_gas_consumption_read_goes_to_the_gas_proxy_function_too() -> None:
    found = row(0x0074)
    assert found.name == "GCS13a"
    assert found.roles == {SUPPLIER, NETWORK_OPERATOR}
    assert found.targets == {DeviceType.GSME, DeviceType.GPF}
    assert found.encrypted_attributes is True


@pytest.mark.parametrize(
    ("code", "name", "protected", "confirmed"),
    [
        (0x0001, "CCS01", True, True),
        (0x0021, "ECS10", False, True),
        (0x0053, "ECS46a", False, True),
        (0x0013, "CS07", False, True),
        (0x0008, "CS02a", False, False),
        (0x0103, "CS02b networkOperatorByNetworkOperator", True, False),
        (0x008C, "GCS59", True, False),
        (0x000C, "CS02e", False, False),
    ],
)
def test_replay_protection(code: int, name: str, protected: bool, confirmed: bool) -> None:
    found = row(code)
    assert (found.name, found.replay_protected, found.replay_confirmed) == (name, protected, confirmed)


def test_only_one_confirmed_critical_command_is_open_to_replay() -> None:
    open_to_replay = {
        found.name
        for found in ALL_USE_CASES
        if found.confirmed and found.message_type == "SME.C.C" and not found.replay_protected
    }
    assert open_to_replay == {"ECS46a"}


@pytest.mark.parametrize(
    ("code", "mode", "role"),
    [
        (0x0102, "supplierBySupplier", SUPPLIER),
        (0x0103, "networkOperatorByNetworkOperator", NETWORK_OPERATOR),
        (0x0104, "accessControlBrokerByACB", ACB),
        (0x0106, "transCoSByTransCoS", TRANSITIONAL_COS),
        (0x0107, "supplierByTransCoS", TRANSITIONAL_COS),
        (0x0108, "anyExceptAbnormalRootByRecovery", RemotePartyRole.RECOVERY),
    ],
)
def test_each_replacement_mode_has_its_code_and_authorising_role(
    code: int, mode: str, role: RemotePartyRole
) -> None:
    found = row(code)
    assert found.name == f"CS02b {mode}"
    assert found.roles == {role}
    assert not found.roles_confirmed
    assert not found.confirmed


def test_security_details_have_a_signed_and_an_unsigned_form() -> None:
    found = row(0x0008)
    assert found.critical is None
    assert found.roles == {SUPPLIER, ACB, TRANSITIONAL_COS}
    assert DeviceType.GPF in found.targets
    assert not found.targets_confirmed


@pytest.mark.parametrize("code", [0x000A, 0x000B, 0x000C])
def test_own_keys_are_renewed_by_the_broker_too_since_some_devices_know_no_supplier(code: int) -> None:
    found = row(code)
    assert found.roles == {SUPPLIER, ACB}
    assert not found.roles_confirmed


@pytest.mark.parametrize("code", [0x000E, 0x0010, 0x0013])
def test_joins_by_method_b_are_for_both_meters_and_the_gas_proxy(code: int) -> None:
    found = row(code)
    assert found.targets == {DeviceType.ESME, DeviceType.GSME, DeviceType.GPF}
    assert not found.targets_confirmed


def test_whatever_joins_by_method_a_or_c_may_be_told_to_part() -> None:
    """Real commands show a gas meter too."""
    joined = row(0x000D).targets | row(0x00AB).targets | row(0x00AF).targets
    assert row(0x000F).targets == joined
    assert DeviceType.GSME in joined


def test_network_operator_cells_are_replaced_on_electricity_meters_and_gas_proxies_only() -> None:
    assert row(0x0103).targets == {DeviceType.ESME, DeviceType.GPF}


def test_alert_without_a_number_is_named_by_its_title() -> None:
    found = row(0x00CB)
    assert found.name == found.title == "Future Dated Update Security Credentials Alert"
    assert found.critical is True
    assert not found.roles


def test_use_case_without_annex_table_confirms_no_column() -> None:
    for found in ALL_USE_CASES:
        if not found.confirmed:
            assert not found.replay_confirmed, found.name
            assert not (found.roles and found.roles_confirmed), found.name
            assert not (found.targets and found.targets_confirmed), found.name


def test_table_holds_no_column_that_the_code_does_not_read() -> None:
    with Path(use_cases.__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
        header = next(csv.reader(lines))
    assert set(header) <= set(UseCase._fields)


def test_every_sample_has_a_row(conformance: Path) -> None:
    missing = {
        (sample.file, str(sample.code)) for sample in samples(conformance) if not use_case(sample.code)
    }
    assert not missing


def test_folder_of_every_command_names_its_use_case(conformance: Path) -> None:
    for sample in commands(conformance):
        number = row(sample.code).name.split()[0].split("/")[0]
        fits = re.fullmatch(re.escape(number) + r"([A-Z]\w*)?", sample.folder)
        assert fits or (sample.folder, number) in FOLDER_OF_ANOTHER, f"{sample.file} holds {number}"


def test_critical_commands_are_signed_and_no_others(conformance: Path) -> None:
    tested = set()
    for sample in commands(conformance):
        critical = row(sample.code).critical
        if critical is not None:
            assert sample.signed == critical, sample.file
            tested.add(sample.code)
    assert len(tested) > 100


def test_critical_alerts_are_signed_and_no_others(conformance: Path) -> None:
    for sample in samples(conformance):
        if sample.kind == 3:
            assert sample.signed == row(sample.code).critical, sample.file


def test_sender_of_every_confirmed_command_is_among_its_roles(conformance: Path) -> None:
    tested = set()
    for sample in commands(conformance):
        found = row(sample.code)
        sender = role_in_certificate(conformance, sample.originator)
        if found.roles_confirmed and found.roles:
            assert sender in found.roles, f"{sample.file}: {found.name} from {sender!r}"
            tested.add(sample.code)
    assert len(tested) > 80
