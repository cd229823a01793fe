"""Who commands devices in the DCC's name: the access control broker and the change of supplier party.

How the DCC numbers its own commands was not published: ``AcbCounters`` is a switch, per device from 1, or
milliseconds since 1970 (assumed).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from dcc.errors import DccValueError
from dcc.originator_counters import saved_counter, saved_values
from devices.gbcs.credentials import ReplacementMode
from devices.gbcs.crypto import CryptoProvider, KeyPair
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import UINT64_MAX, Eui64, OriginatorCounter, RemotePartyRole
from devices.gbcs.message import Message
from devices.gbcs.protection import add_mac, mac_verifies, sign

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_HIGHEST_CARRIED: Final = 2**63 - 1
_STATE: Final = "last counters"
_OWN: Final = "own"
_LIFTED: Final = "lifted"


# Whose signing cell authorises what the broker signs.
_SIGNING_ROLES: Final = {
    ReplacementMode.SUPPLIER_BY_SUPPLIER.message_code: RemotePartyRole.SUPPLIER,
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR.message_code: RemotePartyRole.NETWORK_OPERATOR,
    ReplacementMode.ACB_BY_ACB.message_code: RemotePartyRole.ACCESS_CONTROL_BROKER,
}


class AcbCounters(enum.Enum):
    """Where the broker's originator counters come from."""

    PER_DEVICE = "per device, from 1"
    EPOCH_MILLISECONDS = "milliseconds since 1970"


class NumbersExhausted(DccValueError):
    """No number is left for a command to a device: ``needed``, the next, is beyond the last, 2^64-1."""

    def __init__(self, device: Eui64, needed: int) -> None:
        super().__init__(f"originator counter to {device}", needed, "0 to 2^64-1")
        # What it is made from, for the way between processes.
        self.args = (device, needed)


class DccSignatory:
    """A party of the DCC that commands devices in its own name; ``eui`` is that of its certificates."""

    def __init__(
        self,
        eui: Eui64,
        signing: KeyPair,
        provider: CryptoProvider,
        counters: AcbCounters = AcbCounters.PER_DEVICE,
    ) -> None:
        self.eui = eui
        self._signing = signing
        self._provider = provider
        self._counters = counters
        self._own: dict[Eui64, OriginatorCounter] = {}
        self._lifted: dict[Eui64, OriginatorCounter] = {}

    def next_counter(
        self, device: Eui64, now: datetime, above: OriginatorCounter | None = None
    ) -> OriginatorCounter:
        """The number of the party's next own command to a device; its own count rises with every call.

        It exceeds ``above`` where that is given, and so do all that follow. Not so above 2^63-1, the highest
        floor of DUIS: such a number is for the one command that needs it, and the party's own count goes on
        from where it was, so that nobody else's number can bring it to its end.

        Raises:
            NumbersExhausted: there is no such number: they end at 2^64-1. No number is used up.
        """
        own = self._next_own(device, now)
        counter = self._next(device, own, above)
        if counter > UINT64_MAX:
            raise NumbersExhausted(device, counter)
        used = self._own if counter == own or counter <= _HIGHEST_CARRIED else self._lifted
        used[device] = OriginatorCounter(counter)
        return used[device]

    def coming_counter(
        self, device: Eui64, now: datetime, above: OriginatorCounter | None = None
    ) -> OriginatorCounter | None:
        """The number that :meth:`next_counter` would give, None if there is none; it is not used up."""
        counter = self._next(device, self._next_own(device, now), above)
        return OriginatorCounter(counter) if counter <= UINT64_MAX else None

    def _next(self, device: Eui64, own: int, above: OriginatorCounter | None) -> int:
        if above is None or own > above:
            return own
        return 1 + (above if above < _HIGHEST_CARRIED else max(above, self._lifted.get(device, 0)))

    def _next_own(self, device: Eui64, now: datetime) -> int:
        counter = self._own.get(device, 0) + 1
        if self._counters is AcbCounters.EPOCH_MILLISECONDS:
            counter = max(counter, (now - _EPOCH) // _MILLISECOND)
        return counter

    def state(self) -> dict[str, dict[str, int]]:
        """The last numbers for each device, fit for JSON; :meth:`restore` takes them.

        ``own`` are those of the own count, ``lifted`` those above 2^63-1 that single commands needed.
        """
        return {
            name: {str(device): int(counter) for device, counter in numbers.items()}
            for name, numbers in ((_OWN, self._own), (_LIFTED, self._lifted))
        }

    def restore(self, state: Mapping[str, Mapping[str, int]]) -> None:
        """Go on from saved numbers in place of those that are there.

        Raises:
            DccValueError: a value is not what :meth:`state` gives; nothing has changed then.
        """
        saved = saved_values(_STATE, state)
        if set(saved) != {_OWN, _LIFTED}:
            raise DccValueError(_STATE, ", ".join(saved), f"values for {_OWN} and {_LIFTED}")
        self._own, self._lifted = (_restored(name, saved[name]) for name in (_OWN, _LIFTED))

    def sign(self, message: Message) -> Message:
        """Sign a command in the party's own name, as 6.21 and 6.23 need it."""
        return sign(message, self._signing, self._provider)


def _restored(name: str, saved: object) -> dict[Eui64, OriginatorCounter]:
    restored = {}
    for text, counter in saved_values(f"{_STATE}/{name}", saved).items():
        try:
            device = Eui64.parse(text)
        except GbcsError:
            raise DccValueError(f"{_STATE}/{name}", text, "a Device ID") from None
        restored[device] = saved_counter(f"{_STATE}/{name}/{text}", counter)
    return restored


class BrokerKeys(NamedTuple):
    """The broker's two key pairs."""

    signing: KeyPair
    agreement: KeyPair


class AccessControlBroker(DccSignatory):
    """The broker: beside what it commands itself, it protects every command with its key agreement key.

    Its certificates may be renewed device by device: from then on it uses for each device the keys that the
    device's cells know. Which those are is no part of :meth:`state`.
    """

    def __init__(
        self,
        eui: Eui64,
        signing: KeyPair,
        agreement: KeyPair,
        provider: CryptoProvider,
        counters: AcbCounters = AcbCounters.PER_DEVICE,
    ) -> None:
        super().__init__(eui, signing, provider, counters)
        self._agreement = agreement
        self._agreement_with: dict[Eui64, KeyPair] = {}
        self._signing_to: dict[tuple[Eui64, RemotePartyRole], KeyPair] = {}

    @property
    def keys(self) -> BrokerKeys:
        """The keys for devices of which nothing else was noted."""
        return BrokerKeys(self._signing, self._agreement)

    def note_agreement(self, device: Eui64, key: KeyPair) -> None:
        """From now on protect what goes to a device with this key, which its cell of the broker has."""
        self._agreement_with[device] = key

    def note_signing(self, device: Eui64, role: RemotePartyRole, key: KeyPair) -> None:
        """From now on sign with this key what the cells of a role of a device authorise."""
        self._signing_to[device, role] = key

    def use_only(self, keys: BrokerKeys) -> None:
        """Have these keys for all devices, whatever their cells know: any others are destroyed."""
        self._signing, self._agreement = keys
        self._agreement_with.clear()
        self._signing_to.clear()

    def sign(self, message: Message) -> Message:
        """Sign a command in the broker's own name, with the key that the device's cells know."""
        role = _SIGNING_ROLES.get(message.code)
        key = None if role is None else self._signing_to.get((message.header.target, role))
        return sign(message, key or self._signing, self._provider)

    def protect(self, message: Message, device_agreement_point: bytes) -> Message:
        """Add the MAC with which a device accepts any command."""
        key = self._agreement_with.get(message.header.target, self._agreement)
        return add_mac(message, key, device_agreement_point, self._provider)

    def verifies(self, response: Message, device_agreement_point: bytes) -> bool:
        """Whether a response to the broker carries the right MAC."""
        key = self._agreement_with.get(response.header.originator, self._agreement)
        return mac_verifies(response, key, device_agreement_point, self._provider)
