"""The namespaces of DUIS documents, and names in them as lxml writes them (``{namespace}name``)."""

from __future__ import annotations

from typing import Final

from lxml import etree

SERVICE_USER_GATEWAY: Final = "http://www.dccinterface.co.uk/ServiceUserGateway"
"""Requests and responses: the DUIS XML schema, prefix ``sr``."""

RESPONSE_AND_ALERT: Final = "http://www.dccinterface.co.uk/ResponseAndAlert"
"""Messages of devices in XML: the MMC XML schema, prefix ``ra``."""

XML_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
"""XML signatures, prefix ``ds``."""

PREFIXES: Final = {"sr": SERVICE_USER_GATEWAY}
"""What a document of ours declares at its root; the signature declares its own."""
SR_DECLARATION: Final = f' xmlns:sr="{SERVICE_USER_GATEWAY}"'
"""The same, as it stands in the start tag."""


def sr(name: str) -> str:
    """A name of the DUIS schema: ``{http://www.dccinterface.co.uk/ServiceUserGateway}Request``."""
    return f"{{{SERVICE_USER_GATEWAY}}}{name}"


def ra(name: str) -> str:
    """A name of the MMC schema."""
    return f"{{{RESPONSE_AND_ALERT}}}{name}"


def ds(name: str) -> str:
    """A name of XML signatures."""
    return f"{{{XML_SIGNATURE}}}{name}"


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def element_path(element: etree._Element, longest: int = 200) -> str:
    """Where an element stands, by local names (``Request/Header/RequestID``); cut at ``longest``."""
    names = [local_name(element), *(local_name(above) for above in element.iterancestors())]
    path = "/".join(reversed(names))
    return path if len(path) <= longest else f"{path[: longest - 3]}..."
