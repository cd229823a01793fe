"""The part of a snapshot that :mod:`devices.configuration` describes."""

from __future__ import annotations

from devices.configuration import Behaviours, Configuration, Identity
from devices.gbcs.dlms_updates import EVENTS
from devices.snapshot_values import Json, read_integer, read_moment, read_octets, read_once, saved_moment

_DEFAULT = Configuration()


def saved_configuration(configuration: Configuration) -> Json:
    """What a device is called and what was set on it, as plain data."""
    return {
        "identity": [text.hex() for text in configuration.identity],
        "importMpans": configuration.import_mpans.hex(),
        "exportMpan": configuration.export_mpan.hex(),
        "mprn": configuration.mprn.hex(),
        "behaviours": [f"{bits:x}" for bits in configuration.behaviours],
        "gasBehaviours": [list(behaviour) for behaviour in configuration.gas_behaviours],
        "networkLogStarted": saved_moment(configuration.network_log_started),
    }


def read_configuration(saved: Json) -> Configuration:
    """The configuration; as at manufacture it is the value that all devices share.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is not what :func:`saved_configuration` gives.
    """
    started = saved["networkLogStarted"]
    gas = read_once((read_integer(event), read_integer(bits)) for event, bits in saved["gasBehaviours"])
    manufacturer, model, variant = map(read_octets, saved["identity"])
    read = Configuration(
        Identity(manufacturer, model, variant),
        read_octets(saved["importMpans"]),
        read_octets(saved["exportMpan"]),
        read_octets(saved["mprn"]),
        Behaviours(*map(_read_bits, saved["behaviours"])),
        tuple(sorted(gas.items())),
        None if started is None else read_moment(started),
    )
    return _DEFAULT if read == _DEFAULT else read


def _read_bits(text: str) -> int:
    bits = int(text, 16)
    if not 0 <= bits < 1 << EVENTS:
        raise ValueError(f"{text}, expected {EVENTS} bits")
    return bits
