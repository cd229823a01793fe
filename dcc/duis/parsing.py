"""From octets to an element tree, whatever the octets: bounded in time and memory, nothing fetched.

Sizes are checked on the octets, before any tree is built, shapes on the tree. What DUIS has no use for is
refused: document types (and so entities), processing instructions, encodings other than UTF-8 (or ASCII).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final, NamedTuple, cast

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import element_path

DOCUMENT: Final = "document"
"""The path in errors that concern a document as a whole."""

_ASCII: Final = (b"ascii", b"us-ascii")
"""Encodings that are UTF-8 too, as long as a document keeps to them; some XML libraries declare one."""
_ENCODING: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]{0,40})""")
_DOCTYPE: Final = b"<!DOCTYPE"
# The shortest forms: fewer octets than these cannot hold more tags or attributes than the limits allow.
_TAG_OCTETS: Final = 3
_ATTRIBUTE_OCTETS: Final = 5
_LONGEST_MESSAGE: Final = 200
# Told the encoding, the parser heeds neither a byte order mark nor a declaration that says otherwise.
_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    no_network=True,
    huge_tree=False,
)
_COMMENTED_VALUE: Final = etree.XPath("(//*[comment()][text()[normalize-space()]])[1]")


class Limits(NamedTuple):
    """The largest document that is read; one more of anything is refused.

    ``tags`` counts every ``<``: start, end and empty tags, comments, CDATA sections. ``attributes`` counts
    pairs of quotation marks, so namespace declarations and the XML declaration too, and
    ``namespace_declarations`` each ``xmlns`` on the way from the root to any one element: time for canonical
    XML grows with both, times the depth.
    ``text_characters`` is the length of one text.

    The defaults hold every Service Request that the schema allows (the most, in a 6.14.3 with all its
    schedules, are 14,526 tags and 2,540 attributes in the body), but for large images: in 11.1 and 11.4 a
    list of 50,000 devices (1,199,999 characters, the schema's longest) beside a firmware image of half a
    megabyte. The schema's largest image, 10,240,000 octets, needs a limit of one's own, and
    ``text_characters`` cannot go above the 10,000,000 of the XML library.
    """

    document_octets: int = 2_000_000
    tags: int = 16_000
    attributes: int = 3_000
    namespace_declarations: int = 16
    text_characters: int = 1_400_000


DEFAULT_LIMITS: Final = Limits()

DEPTH: Final = 256
"""How many elements may stand in one another; a limit of the XML library."""


def parse(document: bytes, limits: Limits = DEFAULT_LIMITS) -> etree._Element:
    """The root of a document, in UTF-8, without its comments.

    Comments between elements are dropped: a signature does not cover them. Within a value they are
    refused, since readers differ on what is left. White space stays, for a signature covers it.

    Raises:
        DuisError: the document is larger than a limit (which the error names), not well-formed, in another
            encoding, or holds a document type, a processing instruction or a comment within a value.
    """
    _check_octets(document, limits)
    try:
        root = etree.fromstring(document, _PARSER)
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error, document) from None
    if _has_asides(root):
        _drop_comments(root)
    if document.count(b"xmlns") > limits.namespace_declarations:
        _check_declarations(root, limits.namespace_declarations)
    if len(document) > limits.text_characters:
        _check_texts(root, limits.text_characters)
    return root


def _check_octets(document: bytes, limits: Limits) -> None:
    size = len(document)
    if size > limits.document_octets:
        raise DuisError(DOCUMENT, f"{size} octets, expected at most {limits.document_octets}")
    _check_encoding(document)
    at = document.find(_DOCTYPE)
    if at >= 0:
        raise DuisError(DOCUMENT, f"a document type declaration at octet {at}, expected none")
    if size > _TAG_OCTETS * limits.tags:
        _check_count("tags", document.count(b"<"), limits.tags)
    if size > _ATTRIBUTE_OCTETS * limits.attributes:
        quotes = document.count(b'"') + document.count(b"'")
        _check_count("attributes", quotes // 2, limits.attributes)


def _check_count(of_what: str, count: int, most: int) -> None:
    if count > most:
        raise DuisError(DOCUMENT, f"{count} {of_what}, expected at most {most}")


def _check_encoding(document: bytes) -> None:
    declared = _ENCODING.match(document)
    if declared is None or declared[1].lower() == b"utf-8":
        return
    if declared[1].lower() not in _ASCII or not document.isascii():
        name = declared[1].decode("ascii", "backslashreplace")
        raise DuisError(DOCUMENT, f"declares the encoding {name!r}, expected UTF-8")


def _not_well_formed(error: etree.XMLSyntaxError, document: bytes) -> DuisError:
    message = str(error.msg or "empty")
    if "depth" in message.lower():
        return DuisError(DOCUMENT, f"elements more than {DEPTH} deep, expected at most {DEPTH}")
    if b"\0" in document:
        at = document.index(b"\0")
        return DuisError(DOCUMENT, f"a zero octet at octet {at}, expected UTF-8, which has none")
    return DuisError(DOCUMENT, f"not well-formed XML in UTF-8: {message[:_LONGEST_MESSAGE]}")


def _has_asides(root: etree._Element) -> bool:
    """Whether there are comments or processing instructions, in the root or beside it."""
    inside = next(root.iter(etree.Comment, etree.PI), None)
    return inside is not None or root.getprevious() is not None or root.getnext() is not None


def _drop_comments(root: etree._Element) -> None:
    beside = root.itersiblings(etree.PI, preceding=True), root.itersiblings(etree.PI)
    if any(True for _ in chain(root.iter(etree.PI), *beside)):
        raise DuisError(DOCUMENT, "a processing instruction, expected none")
    for element in cast("list[etree._Element]", _COMMENTED_VALUE(root)):
        raise DuisError(element_path(element), "a comment within its value, expected none")
    etree.strip_tags(root, etree.Comment)


def _check_declarations(root: etree._Element, most: int) -> None:
    """Some libraries declare the namespace anew on every element, which does no harm side by side."""
    around = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        around += 1 if event == "start-ns" else -1
        _check_count("namespace declarations in one another", around, most)


def _check_texts(root: etree._Element, most: int) -> None:
    longer = f"[string-length() > {most}]"
    # An operand of "or" is not sorted first, which takes quadratic time over nodes other than elements.
    if root.xpath(f"//text(){longer} or //@*{longer}"):
        raise DuisError(DOCUMENT, f"a text of more than {most} characters")
