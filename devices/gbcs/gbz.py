"""GBZ payloads: ZigBee commands in a GBCS message, each a component.

::

    payload   : 01 09 count component*
    component : control(1) cluster(2) length(2) [from-time(4)] [00 frame-counter(1)] ZCL-header(3) body
    body      : ZCL payload, or where encrypted length(2) 31 00000000 ciphertext tag(12)
    alert     : 01 09 count alert-code(2) time(4) rest

Control: 01 on the last component, 02 where the body is encrypted, 10 where a from-time stands in front.
Numbers of GBZ are big-endian, those of ZCL little-endian.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from devices.gbcs.crypto import CryptoProvider
from devices.gbcs.cursor import Cursor
from devices.gbcs.errors import GbcsError
from devices.gbcs.identifiers import Eui64, OriginatorCounter
from devices.gbcs.protection import attribute_key
from devices.gbcs.zcl import ClusterId, ZclBody, ZclHeader, read_body, read_header, write_body

_PROFILE: Final = b"\x01\x09"
_LAST: Final = 0x01
_ENCRYPTED: Final = 0x02
_FROM_TIME: Final = 0x10
_CONTROLS: Final = frozenset({0x00, 0x01, 0x02, 0x03, 0x10, 0x11})


class ProtectedBody(NamedTuple):
    """An encrypted body: ``31 00000000``, ciphertext, tag; and its number among the encrypted ones."""

    octets: bytes
    frame_counter: int = 0


class Component(NamedTuple):
    """One ZigBee command. ``from_seconds``: seconds since 2000 UTC, FFFFFFFF for never."""

    cluster: ClusterId
    header: ZclHeader
    body: ZclBody | ProtectedBody
    from_seconds: int | None = None


class GbzAlert(NamedTuple):
    """Payload of an alert; ``rest`` is what the alert code says, as its octets."""

    components: int
    alert_code: int
    seconds: int
    rest: bytes


class AttributeProtection(NamedTuple):
    """Encrypts and decrypts what one message of a device carries for one party.

    ``key`` is the AES key of 16 octets, ``device`` the originator that the IV names.
    """

    provider: CryptoProvider
    key: bytes
    device: Eui64

    @classmethod
    def between(
        cls,
        provider: CryptoProvider,
        secret: bytes,
        device: Eui64,
        counter: OriginatorCounter,
        recipient: Eui64,
    ) -> AttributeProtection:
        """From the shared secret Z (32 octets) of the device and the recipient (GBCS 4.3.3.3)."""
        return cls(provider, attribute_key(secret, device, counter, recipient), device)

    def seal(self, component: Component, frame_counter: int = 0) -> Component:
        """The component with its body encrypted; an encrypted one stays as it is."""
        if isinstance(component.body, ProtectedBody):
            return component
        plaintext = write_body(component.body)
        octets = self.provider.encrypt_attribute(self.key, self.device, plaintext)
        return component._replace(body=ProtectedBody(octets, frame_counter))

    def open(self, component: Component) -> Component:
        """The component with its body decrypted; a plain one stays as it is.

        Raises:
            GbcsError: the tag does not verify, or the plaintext is not what the ZCL header says.
        """
        if not isinstance(component.body, ProtectedBody):
            return component
        plaintext = self.provider.decrypt_attribute(self.key, self.device, component.body.octets)
        cursor = Cursor(plaintext, "GBZ decrypted body")
        return component._replace(body=read_body(component.header, cursor))


def decode(payload: bytes) -> tuple[Component, ...]:
    """Read the payload of a command or response; encrypted bodies stay as they are.

    Raises:
        GbcsError: anything else.
    """
    cursor, count = _open(payload)
    if not count:
        raise cursor.error("no component", 1)
    components = []
    for number in range(1, count + 1):
        cursor.where = f"GBZ component {number}"
        components.append(_read_component(cursor, last=number == count))
    cursor.finish()
    return tuple(components)


def encode(components: tuple[Component, ...]) -> bytes:
    """The octets of a command or response payload.

    Raises:
        GbcsError: no component or more than 255, a value out of range, or encryption with a from-time.
    """
    if not 1 <= len(components) <= 0xFF:
        raise GbcsError("GBZ payload", f"{len(components)} components, expected 1 to 255")
    written = [_write_component(component, last=False) for component in components[:-1]]
    written.append(_write_component(components[-1], last=True))
    return _PROFILE + bytes((len(components),)) + b"".join(written)


def decode_alert(payload: bytes) -> GbzAlert:
    """Read the payload of an alert.

    Raises:
        GbcsError: anything else.
    """
    cursor, count = _open(payload)
    return GbzAlert(count, cursor.number(2), cursor.number(4), cursor.take(cursor.left))


def encode_alert(alert: GbzAlert) -> bytes:
    """The octets of an alert payload."""
    count = _number(alert.components, 1, "component count")
    code = _number(alert.alert_code, 2, "alert code")
    return b"".join((_PROFILE, count, code, _number(alert.seconds, 4, "time"), alert.rest))


def _open(payload: bytes) -> tuple[Cursor, int]:
    cursor = Cursor(payload, "GBZ payload")
    profile = cursor.take(2)
    if profile != _PROFILE:
        raise cursor.error(f"{profile.hex().upper()}, expected 0109", 2)
    return cursor, cursor.number(1)


def _read_component(cursor: Cursor, *, last: bool) -> Component:
    control = cursor.number(1)
    if control not in _CONTROLS or bool(control & _LAST) != last:
        place = "the last" if last else "not the last"
        raise cursor.error(f"control {control:02X} on a component that is {place}", 1)
    cluster = ClusterId(cursor.number(2))
    content = cursor.window(cursor.number(2))
    if control & _ENCRYPTED:
        frame_counter = _read_additional_header(content)
        header = read_header(content)
        return Component(cluster, header, _read_protected(content, frame_counter))
    from_seconds = content.number(4) if control & _FROM_TIME else None
    header = read_header(content)
    return Component(cluster, header, read_body(header, content), from_seconds)


def _read_additional_header(cursor: Cursor) -> int:
    """The frame counter, behind a control octet that is always 00."""
    control = cursor.number(1)
    if control:
        raise cursor.error(f"additional header control {control:02X}, expected 00", 1)
    return cursor.number(1)


def _read_protected(cursor: Cursor, frame_counter: int) -> ProtectedBody:
    length = cursor.number(2)
    if length != cursor.left:
        raise cursor.error(f"ciphered length {length}, but {cursor.left} octets are left in the component", 2)
    return ProtectedBody(cursor.take(length), frame_counter)


def _write_component(component: Component, *, last: bool) -> bytes:
    cluster, header, body, from_seconds = component
    control, content = (_LAST if last else 0), b""
    if from_seconds is not None:
        control, content = control | _FROM_TIME, _number(from_seconds, 4, "from-time")
    zcl_header = b"".join([_number(octet, 1, "ZCL header") for octet in header])
    if isinstance(body, ProtectedBody):
        if from_seconds is not None:
            raise GbcsError("GBZ component", "an encrypted component has no from-time")
        control |= _ENCRYPTED
        counter = _number(body.frame_counter, 1, "frame counter")
        length = _number(len(body.octets), 2, "ciphered length")
        content = b"".join((b"\0", counter, zcl_header, length, body.octets))
    else:
        content += zcl_header + write_body(body)
    start = bytes((control,)) + _number(cluster, 2, "cluster")
    return start + _number(len(content), 2, "length") + content


def _number(value: int, octets: int, field: str) -> bytes:
    try:
        return value.to_bytes(octets, "big")
    except OverflowError:
        raise GbcsError(f"GBZ {field}", f"{value} does not fit {octets} octets") from None
