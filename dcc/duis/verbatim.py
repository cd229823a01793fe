"""Elements that travel as they are: read into canonical XML, and written from it."""

from __future__ import annotations

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import PREFIXES, element_path, sr
from dcc.duis.parsing import parse
from dcc.duis.shapes import Element, Shape


def canonical(element: Element) -> bytes:
    """An element in canonical form, without comments.

    Inclusive: namespaces that are declared around it come along, since the digest of a signature within it
    may rest on them.

    Raises:
        DuisError: it has no canonical form.
    """
    try:
        return etree.tostring(element, method="c14n", with_comments=False, with_tail=False)
    except etree.C14NError:
        what = "has no canonical form (is a namespace not absolute?)"
        raise DuisError(element_path(element), what) from None


class Verbatim(Shape[bytes]):
    """Any content, attributes included, as canonical XML of the element itself."""

    def read(self, element: Element) -> bytes:  # noqa: D102
        return canonical(element)

    def write(self, out: list[str], name: str, value: bytes) -> None:
        """Append the element that the XML holds.

        Raises:
            DuisError: the XML is not well-formed, or holds an element of another name.
        """
        content = parse(value)
        if content.tag != sr(name):
            raise DuisError(name, f"its XML holds {element_path(content)}")
        out.append(canonical_inside(content))


def canonical_inside(element: Element) -> str:
    """An element in canonical form as it stands within a document that declares the prefix ``sr``.

    Raises:
        DuisError: it has no canonical form.
    """
    document = etree.Element(sr("Document"), nsmap=PREFIXES)
    document.append(element)
    octets = canonical(document)
    return octets[octets.index(b">") + 1 : octets.rindex(b"</")].decode()
