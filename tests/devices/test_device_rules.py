"""What a device accepts, rule by rule over decoded values: the last that passes, the first that doesn't."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from device_worlds import (
    ACB,
    BY_ACB,
    BY_COS,
    BY_OPERATOR,
    BY_SUPPLIER,
    DCC,
    MODE_CASES,
    OPERATOR,
    OTHER_OPERATOR,
    SUPPLIER,
    TRANSITIONAL_COS,
    ModeCase,
    World,
    mode_name,
)

from devices import cells, rules
from devices.cells import factory_cells
from devices.gbcs.credentials import (
    CounterChange,
    ReplacementMode,
    SpecialistFloor,
    TrustAnchorCellId,
    UpdateCredentials,
)
from devices.gbcs.identifiers import (
    DeviceType,
    Eui64,
    KeyUsage,
    MessageCode,
    OriginatorCounter,
    RemotePartyRole,
)
from devices.gbcs.message import Cra, GroupingHeader, Message, MessageShape, OtherInformation
from devices.modes import MODE_RULES, ModeRule, mode_rule
from devices.reads import ECS23
from devices.security_log import DeviceRefusalError, Refusal

FACTORY = factory_cells(DeviceType.ESME, DCC)
WORLD = World()
STORE = WORLD.device.store
ROLE = RemotePartyRole
ALL_ROLES = frozenset({ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR, ROLE.ACCESS_CONTROL_BROKER})
ZERO = OriginatorCounter(0)
TOP_UP_FLOOR = (SpecialistFloor(ZERO),)
modes = pytest.mark.parametrize("case", MODE_CASES, ids=mode_name)


def refusal_of(check: Callable[[], object]) -> DeviceRefusalError:
    with pytest.raises(DeviceRefusalError) as refused:
        check()
    return refused.value


def passes(check: Callable[[], object]) -> bool:
    """Whether a check passes; when it does not, it is authority that is missing."""
    try:
        check()
    except DeviceRefusalError as refused:
        return refused.refusal is not Refusal.NO_AUTHORITY
    return True


answered_role = partial(rules.heard_role, usage=KeyUsage.KEY_AGREEMENT)


def header(originator: Eui64, supplementary: Eui64 | None = None) -> GroupingHeader:
    other = OtherInformation(ECS23, supplementary, None if supplementary is None else ZERO)
    return GroupingHeader(Cra.COMMAND, ZERO, originator, WORLD.device.eui, other)


# --- who is heard -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("party", "role"),
    [
        (SUPPLIER.eui, ROLE.SUPPLIER),
        (OPERATOR.eui, ROLE.NETWORK_OPERATOR),
        (ACB.eui, ROLE.ACCESS_CONTROL_BROKER),
    ],
)
def test_a_party_speaks_in_the_role_whose_cells_it_holds(party: Eui64, role: RemotePartyRole) -> None:
    assert answered_role(STORE, header(party), ALL_ROLES) is role


@pytest.mark.parametrize("party", [OTHER_OPERATOR.eui, TRANSITIONAL_COS.eui, Eui64(bytes(8))])
def test_a_party_without_such_a_cell_is_not_heard(party: Eui64) -> None:
    refused = refusal_of(lambda: answered_role(STORE, header(party), ALL_ROLES))
    assert refused.refusal is Refusal.NO_AUTHORITY
    assert str(party) in refused.detail


def test_a_role_that_the_use_case_does_not_allow_is_not_heard() -> None:
    assert answered_role(STORE, header(OPERATOR.eui), {ROLE.NETWORK_OPERATOR})
    refused = refusal_of(lambda: answered_role(STORE, header(OPERATOR.eui), {ROLE.SUPPLIER}))
    assert "roles: supplier" in refused.detail


def test_on_a_factory_device_the_broker_is_the_broker_first_then_the_lowest_role() -> None:
    broker = header(ACB.eui)
    assert answered_role(FACTORY, broker, ALL_ROLES) is ROLE.ACCESS_CONTROL_BROKER
    without = ALL_ROLES - {ROLE.ACCESS_CONTROL_BROKER}
    assert answered_role(FACTORY, broker, without) is ROLE.SUPPLIER
    assert answered_role(FACTORY, broker, {ROLE.NETWORK_OPERATOR}) is ROLE.NETWORK_OPERATOR


def test_a_party_unknown_to_the_device_is_heard_through_the_broker_alone() -> None:
    through_broker = header(ACB.eui, OTHER_OPERATOR.eui)
    assert answered_role(FACTORY, through_broker, ALL_ROLES) is ROLE.ACCESS_CONTROL_BROKER
    for originator, allowed in (
        (SUPPLIER.eui, ALL_ROLES),
        (ACB.eui, ALL_ROLES - {ROLE.ACCESS_CONTROL_BROKER}),
    ):
        message = header(originator, OTHER_OPERATOR.eui)
        refusal_of(lambda message=message, allowed=allowed: answered_role(STORE, message, allowed))


def test_of_two_holders_of_a_roles_cells_the_one_who_can_be_answered_is_heard() -> None:
    split = STORE.with_cells({cells.NETWORK_OPERATOR_AGREEMENT: OTHER_OPERATOR.agreement.certificate})
    heard = answered_role(split, header(OTHER_OPERATOR.eui), ALL_ROLES)
    assert heard is ROLE.NETWORK_OPERATOR
    refused = refusal_of(lambda: answered_role(split, header(OPERATOR.eui), ALL_ROLES))
    assert refused.refusal is Refusal.NO_AUTHORITY


# --- shapes -----------------------------------------------------------------------------------------

SIGNATURE, MAC = bytes(64), bytes(12)
SHAPED = {
    MessageShape.FULL: Message(header(ACB.eui), b"", SIGNATURE, MAC),
    MessageShape.MAC_ONLY: Message(header(ACB.eui), b"", b"", MAC),
    MessageShape.SIGNED: Message(header(ACB.eui), b"", SIGNATURE),
    MessageShape.PRE_COMMAND: Message(header(ACB.eui), b""),
}


@pytest.mark.parametrize("shape", SHAPED)
@pytest.mark.parametrize("expected", [MessageShape.FULL, MessageShape.MAC_ONLY])
def test_a_message_has_the_shape_of_its_use_case(shape: MessageShape, expected: MessageShape) -> None:
    if shape is expected:
        rules.check_shape(SHAPED[shape], expected)
        return
    refused = refusal_of(lambda: rules.check_shape(SHAPED[shape], expected))
    lacks_signature = expected is MessageShape.FULL and not SHAPED[shape].signature
    assert refused.refusal is (Refusal.WRONG_SIGNATURE if lacks_signature else Refusal.WRONG_MAC)


# --- modes and cells ---------------------------------------------------------------------------------


def test_the_rules_of_the_modes() -> None:
    """Who authorises, in what form, and whose cells are replaced, as one table."""
    full, maced, signed = MessageShape.FULL, MessageShape.MAC_ONLY, MessageShape.SIGNED
    everybody = {role for role in ROLE if role <= ROLE.LOAD_CONTROLLER} - {ROLE.ISSUING_AUTHORITY}
    expected = {
        0: (cells.SUPPLIER_SIGNING, {ROLE.ROOT}, full),
        1: (cells.WAN_PROVIDER_SIGNING, {ROLE.ROOT}, full),
        2: (cells.SUPPLIER_SIGNING, {ROLE.SUPPLIER}, full),
        3: (cells.NETWORK_OPERATOR_SIGNING, {ROLE.NETWORK_OPERATOR}, full),
        4: (cells.ACB_AGREEMENT, {ROLE.ACCESS_CONTROL_BROKER}, maced),
        5: (cells.WAN_PROVIDER_SIGNING, {ROLE.WAN_PROVIDER}, full),
        6: (cells.TRANSITIONAL_COS, {ROLE.TRANSITIONAL_COS}, full),
        7: (cells.TRANSITIONAL_COS, {ROLE.SUPPLIER}, full),
        8: (cells.RECOVERY, everybody, signed),
        9: (cells.ROOT, everybody, signed),
        10: (cells.LOAD_CONTROLLER_SIGNING, {ROLE.LOAD_CONTROLLER}, full),
        11: (cells.SUPPLIER_SIGNING, {ROLE.LOAD_CONTROLLER}, full),
    }
    assert {
        mode.value: (*MODE_RULES[mode][:2], MODE_RULES[mode].shape) for mode in ReplacementMode
    } == expected
    assert [mode.value for mode in ReplacementMode if not MODE_RULES[mode].confirmed] == [0, 1]
    assert [mode.value for mode in ReplacementMode if not MODE_RULES[mode].cell_is_sent] == [4]
    assert [mode.value for mode in ReplacementMode if MODE_RULES[mode].key_is_contingency] == [9]


def test_on_a_hub_the_broker_signs_its_own_update() -> None:
    hub = mode_rule(ReplacementMode.ACB_BY_ACB, DeviceType.CHF)
    assert (hub.authorising_cell, hub.shape, hub.cell_is_sent) == (cells.ACB_SIGNING, MessageShape.FULL, True)
    for device_type in set(DeviceType) - {DeviceType.CHF}:
        assert mode_rule(ReplacementMode.ACB_BY_ACB, device_type) is MODE_RULES[ReplacementMode.ACB_BY_ACB]


def rule_of(update: UpdateCredentials) -> ModeRule:
    return mode_rule(update.mode, DeviceType.ESME)


def check_cell(case: ModeCase, cell: TrustAnchorCellId | None, originator: Eui64) -> None:
    update = WORLD.update(case, authorising_cell=cell)
    rules.check_authorising_cell(STORE, rule_of(update), update, originator)


@modes
def test_only_the_modes_own_cell_authorises(case: ModeCase) -> None:
    every = [*STORE, cells.WAN_PROVIDER_SIGNING, None]
    passing = [cell for cell in every if passes(partial(check_cell, case, cell, case.by.eui))]
    expected: list[TrustAnchorCellId | None] = [case.authorising_cell]
    assert passing == expected + ([] if case.is_signed else [None])


@modes
def test_only_its_holder_may_authorise(case: ModeCase) -> None:
    cell = case.authorising_cell if case.is_signed else None
    check_cell(case, cell, case.by.eui)
    for other in {SUPPLIER.eui, OPERATOR.eui, ACB.eui, TRANSITIONAL_COS.eui} - {case.by.eui}:
        refused = refusal_of(lambda other=other: check_cell(case, cell, other))
        assert refused.refusal is Refusal.NO_AUTHORITY
        assert str(case.by.eui) in refused.detail


def test_a_device_without_the_authorising_cell_says_so() -> None:
    without = {cell: held for cell, held in STORE.items() if cell != cells.TRANSITIONAL_COS}
    update = WORLD.update(BY_COS)
    rule = rule_of(update)
    store = type(STORE)(without)
    refused = refusal_of(lambda: rules.check_authorising_cell(store, rule, update, TRANSITIONAL_COS.eui))
    assert (refused.refusal, refused.detail) == (
        Refusal.NO_AUTHORITY,
        "no cell {transitionalCoS, digitalSignature} on this device",
    )


@modes
def test_a_mode_replaces_the_cells_of_its_role_that_the_device_has_and_no_others(case: ModeCase) -> None:
    good = WORLD.update(case).replacements[0]

    def check(cell: TrustAnchorCellId) -> None:
        update = WORLD.update(case, replacements=(good, good._replace(cell=cell)))
        rules.check_targets(STORE, rule_of(update), update)

    every = [*STORE, cells.WAN_PROVIDER_SIGNING]
    replaceable = [cell for cell in every if passes(partial(check, cell))]
    assert replaceable == list(case.cells)


@pytest.mark.parametrize(
    ("case", "usage"), [(BY_ACB, KeyUsage.DIGITAL_SIGNATURE), (BY_SUPPLIER, KeyUsage.KEY_CERT_SIGN)]
)
def test_a_cell_of_the_right_role_that_the_device_lacks_is_refused(case: ModeCase, usage: KeyUsage) -> None:
    good = WORLD.update(case).replacements[0]
    cell = TrustAnchorCellId(good.cell.role, usage)
    update = WORLD.update(case, replacements=(good._replace(cell=cell),))
    refused = refusal_of(lambda: rules.check_targets(STORE, rule_of(update), update))
    assert refused.detail == f"no cell {cell} on this device"


# --- floors -----------------------------------------------------------------------------------------


@modes
def test_the_counters_of_other_roles_are_out_of_reach(case: ModeCase) -> None:
    replaceable = MODE_RULES[case.mode].replaceable_roles
    for role in ROLE:
        update = WORLD.update(case, other_changes=(CounterChange(role, ZERO),))
        if role in replaceable:
            rules.check_targets(STORE, rule_of(update), update)
            continue
        refused = refusal_of(lambda update=update: rules.check_targets(STORE, rule_of(update), update))
        assert refused.refusal is Refusal.NO_AUTHORITY
        assert f"counter of {role.field_name}" in refused.detail


@pytest.mark.parametrize("case", [BY_OPERATOR, BY_ACB, BY_COS], ids=mode_name)
def test_only_the_suppliers_floor_brings_one_for_prepayment(case: ModeCase) -> None:
    update = WORLD.update(case, floor=ZERO)
    rules.check_targets(STORE, rule_of(update), update)
    update = WORLD.update(case, floor=ZERO, specialist_floors=TOP_UP_FLOOR)
    refused = refusal_of(lambda: rules.check_targets(STORE, rule_of(update), update))
    assert refused.refusal is Refusal.NO_AUTHORITY
    assert "prepayment" in refused.detail


def test_supplier_and_transitional_cos_may_set_the_prepayment_floor() -> None:
    own = WORLD.update(BY_SUPPLIER, specialist_floors=TOP_UP_FLOOR)
    others = WORLD.update(BY_COS, other_changes=(CounterChange(ROLE.SUPPLIER, ZERO, TOP_UP_FLOOR),))
    for update in (own, others):
        rules.check_targets(STORE, rule_of(update), update)


def test_message_codes_in_details_are_written_as_the_field_writes_them() -> None:
    refused = refusal_of(lambda: answered_role(STORE, header(OTHER_OPERATOR.eui), ALL_ROLES))
    assert f"{MessageCode(ECS23)}" == "0039"
    assert " 0039 " in refused.detail
