"""Elements that travel as they are: read into canonical XML, and written from it."""

from __future__ import annotations

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import element_path
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

    def write(self, element: Element, value: bytes) -> None:
        """Put the element that the XML holds in the place of the empty one.

        Raises:
            DuisError: the XML is not well-formed, or holds an element of another name.
        """
        content = parse(value)
        if content.tag != element.tag:
            raise DuisError(element_path(element), f"its XML holds {element_path(content)}")
        parent = element.getparent()
        if parent is None:
            raise DuisError(element_path(element), "cannot be a root")
        parent.replace(element, content)
