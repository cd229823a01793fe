"""Bodies that the bench does not read, as canonical XML: they travel with their request as they came."""

from __future__ import annotations

from typing import Final

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import PREFIXES, SERVICE_USER_GATEWAY, element_path, local_name, sr
from dcc.duis.parsing import DEFAULT_LIMITS, parse
from dcc.duis.shapes import Element, first_child, next_child, shown
from dcc.duis.simple_types import DATE_TIME
from dcc.duis.verbatim import canonical_inside
from dcc.service_requests import OtherBody

_EXECUTION_DATE_TIME: Final = sr("ExecutionDateTime")
_NAMESPACE: Final = f"{{{SERVICE_USER_GATEWAY}}}"
# What is written is ours, however long: a firmware image of 11.4, up to the most that the XML library takes.
_LONGEST: Final = 10_000_000


def read_other_body(element: Element) -> OtherBody:
    """The body of a service's element: exclusive canonical XML, prefix ``sr``, nothing between elements.

    Raises:
        DuisError: an element of another namespace, text beside elements, an execution time that is none.
    """
    copy = etree.Element(element.tag, nsmap=PREFIXES)
    _copy(element, copy)
    xml = etree.tostring(copy, method="c14n", exclusive=True)
    child = first_child(element)
    at = DATE_TIME.read(child) if child is not None and child.tag == _EXECUTION_DATE_TIME else None
    return OtherBody(local_name(element), xml, at)


def write_other_body(out: list[str], body: OtherBody) -> None:
    """Append the element of a body.

    Raises:
        DuisError: not the XML of the element that the body names, or another execution time than it says.
    """
    source = parse(body.xml, DEFAULT_LIMITS._replace(document_octets=len(body.xml), text_characters=_LONGEST))
    if source.tag != sr(body.element):
        raise DuisError(
            element_path(source), f"the XML of a body, expected {body.element} of the DUIS schema"
        )
    found = read_other_body(source).execution_date_time
    if found != body.execution_date_time:
        where = f"{body.element}/ExecutionDateTime"
        raise DuisError(
            where, f"{found} in the XML of a body, expected {body.execution_date_time} as it says"
        )
    copy = etree.Element(source.tag, nsmap=PREFIXES)
    _copy(source, copy)
    out.append(canonical_inside(copy))


def _copy(source: Element, target: Element) -> None:
    """Copy attributes and content, without the white space between elements."""
    if not source.tag.startswith(_NAMESPACE):
        namespace = etree.QName(source).namespace or "no namespace"
        raise DuisError(element_path(source), f"of {shown(namespace)}, expected {SERVICE_USER_GATEWAY}")
    for name, value in source.items():
        target.set(name, value)
    if not len(source):
        target.text = source.text
        return
    child = first_child(source)
    while child is not None:
        _copy(child, etree.SubElement(target, child.tag))
        child = next_child(child)
