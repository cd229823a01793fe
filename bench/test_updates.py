"""A network operator's update: at the device, and over the whole path of 6.15.1; times are an update's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from comparison import Measure, batches_needed
from floors import Floor, LoadedKeys, Mac, Signing, Verification, mac, run
from home import (
    START,
    DuisExchange,
    DuisHome,
    Exchange,
    Home,
    answer,
    make_duis_home,
    make_home,
    update,
    update_over_duis,
)

from dcc.duis.document_signer import DocumentSigner
from dcc.duis.parsing import parse as parse_document
from dcc.duis.signature import read_signature
from devices.gbcs.crypto import KeyPair, load_public_point
from devices.gbcs.message import parse

_ROUNDS = 40
_UPDATES_A_ROUND = 20
_UPDATES = _UPDATES_A_ROUND * batches_needed(_ROUNDS)
_BATCHES = [range(first, first + _UPDATES_A_ROUND) for first in range(0, _UPDATES, _UPDATES_A_ROUND)]


class Floors:
    """The cryptography of one update, by who does it, from what was said on a twin of the home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._keys = LoadedKeys()
        broker = home.bed.dcc_certificates.acb_agreement.public_point
        self._secret = home.bed.provider.agree(home.meter.agreement, broker)

    def device(self, exchange: Exchange, number: int) -> list[Verification | Signing | Mac]:
        command, response = map(parse, exchange)
        return [
            mac(command, self._secret),
            self._keys.verification(command, self._holder_key(number).public_point),
            self._keys.signing(response, self._home.meter.signing),
        ]

    def whole_path(self, exchange: Exchange, number: int) -> list[Verification | Signing | Mac]:
        command, response = map(parse, exchange)
        holder = self._holder_key(number)
        opened = self._keys.verification(response, self._home.meter.signing.public_point)
        return [
            self._keys.signing(command, holder),
            self._keys.verification(command, holder.public_point),
            mac(command, self._secret),
            *self.device(exchange, number),
            opened,
            opened,
        ]

    def _holder_key(self, number: int) -> KeyPair:
        return self._home.operators[number % 2].credentials.signing_key


class DuisFloors:
    """The cryptography of one update over DUIS: the path, and the documents' signatures at both ends."""

    def __init__(self, duis_home: DuisHome) -> None:
        self._path = Floors(duis_home.home)
        self._of_parties = [party.signer for party in duis_home.parties]
        self._of_dsp = duis_home.front_door.signer

    def whole_path(self, said: DuisExchange, number: int) -> list[Verification | Signing | Mac]:
        of_user = self._of_parties[number % 2]
        return [
            *self._path.whole_path(said.exchange, number),
            *(operation for octets in said.from_user for operation in _both_ends(octets, of_user)),
            *(operation for octets in said.from_dsp for operation in _both_ends(octets, self._of_dsp)),
        ]


def _both_ends(octets: bytes, signer: DocumentSigner) -> list[Verification | Signing | Mac]:
    """What it costs to sign a document and to verify it; the digests of its canonical forms not counted."""
    signature = read_signature(parse_document(octets))
    r, s = int.from_bytes(signature.value[:32]), int.from_bytes(signature.value[32:])
    point = load_public_point(signer.certificate.public_point)
    return [
        Signing(signer.key.private_key(), signature.signed_info),
        Verification(point, r, s, signature.signed_info),
    ]


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """All updates to be measured, once gone through on a twin of the home: same seed, same octets."""
    twin = make_home()
    return [update(twin, number) for number in range(_UPDATES)]


def _floor(
    of_one: Callable[[Exchange, int], list[Verification | Signing | Mac]],
    exchanges: list[Exchange],
    numbers: range,
) -> Floor:
    return [operation for number in numbers for operation in of_one(exchanges[number], number)]


def test_device(measure: Measure, exchanges: list[Exchange]) -> None:
    home = make_home()
    floors = Floors(home)
    state = home.meter.state

    def work(numbers: range) -> None:
        # Each round from the state after the handover: real devices are not updated hundreds of times.
        home.meter.state = state
        for number in numbers:
            now = START + timedelta(days=1, seconds=number)
            answer(home.meter.receive(exchanges[number].command, now))

    measure.beside_floor(
        "device: network operator update",
        work,
        run,
        [(batch, _floor(floors.device, exchanges, batch)) for batch in _BATCHES],
        items=_UPDATES_A_ROUND,
        rounds=_ROUNDS,
        target=1.5,
    )
    assert home.meter.log[-1].refusal is None


def test_whole_path(measure: Measure, exchanges: list[Exchange]) -> None:
    home = make_home()
    floors = Floors(home)

    def work(numbers: range) -> None:
        for number in numbers:
            update(home, number)

    measure.beside_floor(
        "whole path of 6.15.1",
        work,
        run,
        [(batch, _floor(floors.whole_path, exchanges, batch)) for batch in _BATCHES],
        items=_UPDATES_A_ROUND,
        rounds=_ROUNDS,
        target=2.0,
    )


def test_whole_path_over_duis(measure: Measure) -> None:
    """Beside the cryptography alone: reading, checking and writing five documents counts as work."""
    twin, duis_home = make_duis_home(), make_duis_home()
    floors = DuisFloors(duis_home)
    said = [update_over_duis(twin, number) for number in range(_UPDATES)]

    def work(numbers: range) -> None:
        for number in numbers:
            update_over_duis(duis_home, number)

    measure.beside_floor(
        "whole path of 6.15.1 over DUIS",
        work,
        run,
        [
            (batch, [item for number in batch for item in floors.whole_path(said[number], number)])
            for batch in _BATCHES
        ],
        items=_UPDATES_A_ROUND,
        rounds=_ROUNDS,
        target=2.0,
    )
