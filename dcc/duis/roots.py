"""The root element of a DUIS document: its name, its schema version, and the signature that ends it."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import SR_DECLARATION, ds, element_path, local_name, sr
from dcc.duis.shapes import Element, next_child, shown, unexpected

LATEST_SCHEMA_VERSION: Final = "5.4"
SCHEMA_VERSIONS: Final = ("5.0", "5.1", "5.2", "5.3", LATEST_SCHEMA_VERSION)
"""The versions of the DUIS XML schema that are read, and may be written."""

_VERSION_ATTRIBUTE: Final = "schemaVersion"
# A decimal (XML Schema) of one of the versions: 5.40 is 5.4.
_VERSION: Final = re.compile(r"[ \t\r\n]*\+?0*5(?:\.([0-4]?)0*)?[ \t\r\n]*")
_SCHEMA_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_SIGNATURE: Final = ds("Signature")
_OURS: Final = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=True)


def schema_version(root: Element, name: str) -> str:
    """The schema version of a document whose root is to be ``sr:name``: one of :data:`SCHEMA_VERSIONS`.

    Raises:
        DuisError: another root, another version or none, an attribute that a root doesn't have.
    """
    if root.tag != sr(name):
        namespace = shown(etree.QName(root).namespace or "no namespace")
        raise DuisError(element_path(root), f"a root of {namespace}, expected {name} of the DUIS schema")
    version = root.get(_VERSION_ATTRIBUTE)
    if version in SCHEMA_VERSIONS and len(root.keys()) == 1:
        return version
    for attribute in map(str, root.attrib):
        if attribute not in (_VERSION_ATTRIBUTE, _SCHEMA_LOCATION):
            raise DuisError(name, f"the attribute {shown(attribute)}, expected {_VERSION_ATTRIBUTE}")
    match = None if version is None else _VERSION.fullmatch(version)
    if match is None:
        found = "missing" if version is None else shown(version)
        raise DuisError(
            f"{name}/@{_VERSION_ATTRIBUTE}", f"{found}, expected one of {', '.join(SCHEMA_VERSIONS)}"
        )
    return f"5.{match[1] or 0}"


def root_attributes(name: str, version: str) -> str:
    """What stands in the start tag of a root ``sr:name`` of a schema version, in canonical form.

    Raises:
        DuisError: a version that is not one of :data:`SCHEMA_VERSIONS`.
    """
    if version not in SCHEMA_VERSIONS:
        where = f"{name}/@{_VERSION_ATTRIBUTE}"
        raise DuisError(where, f"{shown(version)}, expected one of {', '.join(SCHEMA_VERSIONS)}")
    return f'{SR_DECLARATION} {_VERSION_ATTRIBUTE}="{version}"'


def as_tree(document: bytes) -> Element:
    """A document of ours as a tree, however large."""
    return etree.fromstring(document, _OURS)


def check_end(child: Element | None, root: Element) -> None:
    """Nothing is left at the end of a root but a signature, which is not looked into here."""
    if child is not None and child.tag == _SIGNATURE:
        child = next_child(child)
    if child is not None:
        raise unexpected(child, f"the end of {local_name(root)}")
