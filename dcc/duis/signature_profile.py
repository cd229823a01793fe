"""The one form that a signature of DUIS may have, as data: from it come the reader, the writer, the errors.

The form is that of the published signing tool. The reader is one expression over canonical XML, where a
document has one spelling left; only if that does not fit, the tree is searched for the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from lxml import etree

from dcc.duis.errors import SignatureError
from dcc.duis.namespaces import XML_SIGNATURE, ds, element_path

EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ENVELOPED_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"

_SHOWN_CHARACTERS: Final = 160
_WHITE_SPACE: Final = " \t\r\n"
# A carriage return, which XML reads from a reference alone, is written as one.
_GAP: Final = r"(?:[ \t\n]|&#xD;)*"
_PREFIX: Final = "(?(prefix)(?P=prefix):)"


class Part(NamedTuple):
    """An element: local name, the one attribute, children. With neither of them it holds a value."""

    name: str
    attribute: tuple[str, str] | None = None
    children: tuple[Part, ...] = ()

    @property
    def holds_value(self) -> bool:
        """Whether it has text, which in this profile excludes all else."""
        return self.attribute is None and not self.children


def _algorithm(name: str, uri: str) -> Part:
    return Part(name, ("Algorithm", uri))


_REFERENCE: Final = Part(
    "Reference",
    ("URI", ""),
    (
        Part("Transforms", None, (_algorithm("Transform", ENVELOPED_SIGNATURE),)),
        _algorithm("DigestMethod", SHA256),
        Part("DigestValue"),
    ),
)
_SIGNED_INFO: Final = Part(
    "SignedInfo",
    None,
    (
        _algorithm("CanonicalizationMethod", EXCLUSIVE_C14N),
        _algorithm("SignatureMethod", ECDSA_SHA256),
        _REFERENCE,
    ),
)
_ISSUER_SERIAL: Final = Part("X509IssuerSerial", None, (Part("X509IssuerName"), Part("X509SerialNumber")))
_KEY_INFO: Final = Part("KeyInfo", None, (Part("X509Data", None, (_ISSUER_SERIAL,)),))
_PROFILE: Final = Part("Signature", None, (_SIGNED_INFO, Part("SignatureValue"), _KEY_INFO))


def _attribute(part: Part) -> str:
    return "" if part.attribute is None else f' {part.attribute[0]}="{part.attribute[1]}"'


def _pattern(part: Part) -> str:
    """The element in canonical XML, white space between elements allowed; values are groups."""
    inside = f"(?P<{part.name}>[^<]+)" if part.holds_value else _GAP
    inside += "".join(_pattern(child) + _GAP for child in part.children)
    start = f"<{_PREFIX}{part.name}{re.escape(_attribute(part))}"
    if part is _PROFILE:
        start = (
            rf'<(?:(?P<prefix>[^<>\s:]+):)?{part.name} (?P<xmlns>xmlns[^<> ]*="{re.escape(XML_SIGNATURE)}")'
        )
    whole = f"{start}>{inside}</{_PREFIX}{part.name}>"
    return f"(?P<SignedInfo>{whole})" if part is _SIGNED_INFO else whole


def _template(part: Part) -> str:
    """The element in canonical XML without white space between elements; values are to be filled in."""
    inside = f"{{{part.name}}}" if part.holds_value else "".join(map(_template, part.children))
    declared = f' xmlns:ds="{XML_SIGNATURE}"' if part is _PROFILE else ""
    return f"<ds:{part.name}{declared}{_attribute(part)}>{inside}</ds:{part.name}>"


CANONICAL_SIGNATURE: Final = re.compile(_pattern(_PROFILE).encode())
"""Fits a signature of the profile in exclusive canonical form, whole; its groups are named by element.

Besides the values there are ``SignedInfo``, all of it, and ``xmlns``, the declaration that its own canonical
form repeats.
"""

SIGNATURE_TEMPLATE: Final = _template(_PROFILE)
"""A signature to be filled in: DigestValue, SignatureValue, X509IssuerName, X509SerialNumber."""

SIGNED_INFO_TEMPLATE: Final = _template(_SIGNED_INFO)
"""Its SignedInfo, in which DigestValue is to be filled in."""


def canonical_signed_info(signed_info: bytes, declaration: bytes) -> bytes:
    """SignedInfo in canonical form by itself: as within the signature, with the namespace declared."""
    start, _, rest = signed_info.partition(b">")
    return b"".join((start, b" ", declaration, b">", rest))


def difference(signature: etree._Element) -> SignatureError:
    """Where a signature that does not fit first differs from the profile."""
    otherwise = SignatureError(element_path(signature), "expected one namespace prefix throughout")
    return next(_differences(signature, _PROFILE), otherwise)


def _differences(element: etree._Element, part: Part) -> Iterator[SignatureError]:
    path = element_path(element)
    expected = [] if part.attribute is None else [part.attribute]
    if element.items() != expected:
        found = shown(" ".join(f'{name!s}="{value!s}"' for name, value in element.items()))
        yield SignatureError(path, f"attributes {found or 'none'}, expected{_attribute(part) or ' none'}")
    for child, wanted in zip_longest(element, part.children):
        if wanted is None:
            yield SignatureError(element_path(child), "expected nothing more here")
        elif child is None:
            yield SignatureError(path, f"no ds:{wanted.name}")
        elif child.tag != ds(wanted.name):
            yield SignatureError(element_path(child), f"expected ds:{wanted.name} here")
        else:
            yield from _differences(child, wanted)
            yield from _stray_text(element, child.tail)
    if not part.holds_value:
        yield from _stray_text(element, element.text)
    elif not element.text:
        yield SignatureError(path, "is empty")


def _stray_text(element: etree._Element, text: str | None) -> Iterator[SignatureError]:
    if text is not None and text.strip(_WHITE_SPACE):
        what = f"text beside elements ({shown(text.strip(_WHITE_SPACE))!r}), expected none"
        yield SignatureError(element_path(element), what)


def shown(text: str) -> str:
    """A text from outside, cut to a length that an error may have."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
