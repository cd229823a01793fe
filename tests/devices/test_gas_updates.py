"""MPRN, event configuration and network data log of gas meters on the wire: the real messages, damage."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_samples import messages
from wire_strategies import mutations

from devices.gbcs import gbz
from devices.gbcs.errors import GbcsError
from devices.gbcs.gas_updates import (
    DEVICE_MANAGEMENT,
    EventBehaviour,
    EventConfiguration,
    build_gcs20_command,
    build_gcs31_command,
    build_gcs41_command,
    encode_gcs20_response,
    encode_gcs31_response,
    encode_gcs41_response,
    grouped,
    open_gcs20_response,
    open_gcs31_response,
    open_gcs41_response,
    read_gcs20_command,
    read_gcs31_command,
    read_gcs41_command,
)
from devices.gbcs.gbz import Component
from devices.gbcs.zcl import OtherBody, ZclHeader, ZclStatus
from devices.gbcs.zcl_commands import METERING, DefaultResponse

SUITE = settings(max_examples=60, deadline=None)
ISSUED = datetime(2015, 1, 1, tzinfo=UTC)
ALL = EventBehaviour(log=True, wan=True, home=True, alarm=True)
QUIET = EventBehaviour(log=True, alarm=True)
SUCCESS, FAILURE, FAULT = ZclStatus.SUCCESS, ZclStatus.FAILURE, ZclStatus.HARDWARE_FAILURE


# --- the reference set ------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "status"), [("SUCCESS", SUCCESS), ("ERROR", FAULT)])
def test_the_real_messages_that_write_an_mprn(conformance: Path, outcome: str, status: ZclStatus) -> None:
    found = messages(conformance)
    command, response = (found[f"GCS41_6.20.1_{outcome}_{kind}"].payload for kind in ("COMMAND", "RESPONSE"))
    assert build_gcs41_command(ISSUED, "1234567890").hex() == command.hex()
    assert read_gcs41_command(command) == b"1234567890"
    assert encode_gcs41_response(status).hex() == response.hex()
    assert open_gcs41_response(response) is status


@pytest.mark.parametrize("outcome", ["SUCCESS", "ERROR"])
def test_the_real_messages_that_configure_events(conformance: Path, outcome: str) -> None:
    found = messages(conformance)
    command, response = (found[f"GCS20_6.22_{outcome}_{kind}"].payload for kind in ("COMMAND", "RESPONSE"))
    # What the service request names, in the order of the command.
    last = (0x8161, 0x8162, 0x81C6) if outcome == "SUCCESS" else (0x8161, 0x8162)
    configurations = (
        EventConfiguration(ALL.bits, (0x81AA, 0x81AB, 0x81C4)),
        EventConfiguration(EventBehaviour(wan=True).bits, (0x810E,)),
        EventConfiguration(ALL._replace(home=False).bits, (0x81BD, 0x81BE, 0x81BF, 0x81C0)),
        EventConfiguration(QUIET.bits, last),
    )
    assert build_gcs20_command(ISSUED, configurations).hex() == command.hex()
    assert read_gcs20_command(command) == configurations
    statuses = (SUCCESS,) * 4 if outcome == "SUCCESS" else (SUCCESS, FAULT, FAILURE, FAILURE)
    assert open_gcs20_response(response) == statuses
    assert encode_gcs20_response(statuses).hex() == response.hex()


# --- the network data log ---------------------------------------------------------------------------


def test_the_network_data_log_is_started_as_the_annex_says() -> None:
    """GBCS use case GCS31: at once, consumption delivered, every 360 seconds, 41 samples."""
    payload = build_gcs31_command(ISSUED)
    assert (
        payload.hex() == "01090101" + "07020010" + "010007" + "804a371c" + "00000000" + "00" + "6801" + "2900"
    )
    read_gcs31_command(payload)
    assert encode_gcs31_response(SUCCESS).hex() == "01090101" + "07020005" + "09000d" + "0200"
    assert encode_gcs31_response(FAULT).hex() == "01090101" + "07020005" + "09000d" + "ffff"


def test_a_log_that_was_not_started_is_told_from_one_that_was() -> None:
    assert open_gcs31_response(encode_gcs31_response(SUCCESS)) is SUCCESS
    assert open_gcs31_response(encode_gcs31_response(FAULT)) is FAILURE
    for control in (0x00, 0x08):
        answer = OtherBody(DefaultResponse(0x07, FAULT).octets())
        refused = gbz.encode((Component(METERING, ZclHeader(control, 0, 0x0B), answer),))
        assert open_gcs31_response(refused) is FAULT


def test_other_samples_than_those_of_the_use_case_are_refused() -> None:
    payload = build_gcs31_command(ISSUED)
    for changed in (payload[:-2] + b"\x28\x00", payload[:-4] + b"\x67\x01" + payload[-2:]):
        with pytest.raises(GbcsError, match="type, interval and samples"):
            read_gcs31_command(changed)
    with pytest.raises(GbcsError, match="expected at once"):
        read_gcs31_command(payload[:-9] + bytes((1, 0, 0, 0)) + payload[-5:])


# --- MPRN -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mprn", ["", "12345678901", "12345x", "١٢٣"])
def test_an_mprn_has_up_to_ten_digits(mprn: str) -> None:
    with pytest.raises(GbcsError, match="expected 1 to 10 digits"):
        build_gcs41_command(ISSUED, mprn)


@pytest.mark.parametrize("mprn", ["1", "123456", "1234567890"])
def test_an_mprn_of_any_length_is_read_as_written(mprn: str) -> None:
    assert read_gcs41_command(build_gcs41_command(ISSUED, mprn)) == mprn.encode()


# --- events -----------------------------------------------------------------------------------------


def test_events_of_one_behaviour_share_a_component() -> None:
    behaviours = {0x8161: QUIET, 0x810E: ALL, 0x8162: QUIET}
    assert grouped(behaviours) == (
        EventConfiguration(QUIET.bits, (0x8161, 0x8162)),
        EventConfiguration(ALL.bits, (0x810E,)),
    )
    assert EventBehaviour().bits == 0
    with pytest.raises(GbcsError, match="0 components"):
        build_gcs20_command(ISSUED, grouped({}))


@SUITE
@given(
    st.lists(
        st.builds(
            EventConfiguration,
            st.integers(0, 255),
            st.lists(st.integers(0, 0xFFFF), max_size=5).map(tuple),
        ),
        min_size=1,
        max_size=8,
    ).map(tuple)
)
def test_configurations_are_read_as_they_were_built(configurations: tuple[EventConfiguration, ...]) -> None:
    assert read_gcs20_command(build_gcs20_command(ISSUED, configurations)) == configurations


def test_what_is_for_later_or_not_by_list_is_refused() -> None:
    good = build_gcs20_command(ISSUED, (EventConfiguration(3, (0x8161,)),))
    with pytest.raises(GbcsError, match="expected at once"):
        read_gcs20_command(good[:-9] + b"\x01" + good[-8:])
    with pytest.raises(GbcsError, match="configuration control 01"):
        read_gcs20_command(good[:-4] + b"\x01" + good[-3:])


def test_one_use_case_is_not_taken_for_another() -> None:
    site, events = build_gcs41_command(ISSUED, "1"), build_gcs20_command(ISSUED, (EventConfiguration(0, ()),))
    with pytest.raises(GbcsError, match="none of the use case"):
        read_gcs41_command(events)
    with pytest.raises(GbcsError, match="none of the use case"):
        read_gcs20_command(site)
    twice = gbz.decode(site)[0]
    two = gbz.encode((twice, twice._replace(header=twice.header._replace(sequence=1))))
    with pytest.raises(GbcsError, match="2 components"):
        read_gcs41_command(two)
    with pytest.raises(GbcsError, match="to command 04"):
        open_gcs41_response(encode_gcs20_response((SUCCESS,)))
    wrong = gbz.encode((Component(DEVICE_MANAGEMENT, ZclHeader(9, 0, 0x0B), OtherBody(b"\x03\x00")),))
    with pytest.raises(GbcsError, match="no default response"):
        open_gcs41_response(wrong)


# --- damage -----------------------------------------------------------------------------------------


@SUITE
@given(data=st.data())
def test_damage_is_refused_or_means_something(data: st.DataObject) -> None:
    configurations = (EventConfiguration(3, (0x8161,)), EventConfiguration(8, (0x810E, 0x810F)))
    for read, octets in (
        (read_gcs41_command, build_gcs41_command(ISSUED, "1234567890")),
        (read_gcs20_command, build_gcs20_command(ISSUED, configurations)),
        (read_gcs31_command, build_gcs31_command(ISSUED)),
        (open_gcs41_response, encode_gcs41_response(SUCCESS)),
        (open_gcs20_response, encode_gcs20_response((SUCCESS, FAULT, SUCCESS))),
        (open_gcs31_response, encode_gcs31_response(SUCCESS)),
    ):
        with suppress(GbcsError):
            read(data.draw(mutations(octets)))
