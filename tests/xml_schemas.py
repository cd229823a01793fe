"""XML schemas as their own documents say them, and what a document means that such a schema allows.

Of XML Schema this knows what DUIS and MMC use: named and local types, extension, restriction, sequences,
choices, attributes, and the facets of simple types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
ELEMENT: Final = f"{XS}element"
SEQUENCE: Final = f"{XS}sequence"
CHOICE: Final = f"{XS}choice"
WHOLE_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "integer": (-(10**20), 10**20),
    "nonNegativeInteger": (0, 10**20),
    "positiveInteger": (1, 10**20),
    "nonPositiveInteger": (-(10**20), 0),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
}
"""The built-in types of whole numbers, least and most; where there is none, as far as is worth trying."""
TIMES: Final = ("dateTime", "date", "time")

_MEANINGS: Final[Mapping[str, Callable[[str], object]]] = {
    "decimal": Decimal,
    "boolean": lambda text: text in ("true", "1"),
    "base64Binary": lambda text: "".join(text.split()),
    "hexBinary": str.upper,
}

Element = etree._Element
Type = Element | str
"""A type: its node in the schema, or the name of a built-in one."""


class Simple(NamedTuple):
    """A simple type: the built-in type that it rests on, and what restricts it."""

    builtin: str
    facets: Mapping[str, list[str]]

    def facet(self, name: str) -> str | None:
        return self.facets[name][0] if name in self.facets else None


class Schemas:
    """The named elements and types of all schemas in a folder."""

    def __init__(self, folder: Path) -> None:
        self._named: dict[tuple[bool, str], Element] = {}
        parser = etree.XMLParser(load_dtd=False, no_network=True, remove_comments=True)
        for path in sorted(folder.glob("*.xsd")):
            root = etree.parse(path, parser).getroot()
            for node in root.iterchildren(ELEMENT, f"{XS}complexType", f"{XS}simpleType"):
                name = f"{{{root.get('targetNamespace')}}}{node.get('name')}"
                self._named[node.tag == ELEMENT, name] = node

    def element(self, tag: str) -> Element:
        """The declaration of a named element."""
        return self._named[True, tag]

    def branches(self, of_type: str) -> list[str]:
        """The names to choose from in a named type, ``{namespace}name``."""
        parts = self.particles(self._named[False, of_type])
        choices = (choice for part in parts for choice in part.iter(CHOICE))
        return [node.get("name", "") for choice in choices for node in choice.iterchildren(ELEMENT)]

    def tag(self, declaration: Element) -> str:
        """The tag that a declaration, or a reference to one, stands for."""
        reference = declaration.get("ref")
        if reference is not None:
            return _expanded(declaration, reference)
        namespace = declaration.getroottree().getroot().get("targetNamespace")
        return f"{{{namespace}}}{declaration.get('name')}"

    def type_of(self, declaration: Element) -> Type:
        """The type of an element or attribute."""
        if declaration.get("ref") is not None:
            declaration = self.element(self.tag(declaration))
        name = declaration.get("type")
        if name is None:
            return next(declaration.iterchildren(f"{XS}complexType", f"{XS}simpleType"))
        return self._base(declaration, name)

    def simple(self, kind: Type) -> Simple | None:
        """A simple type, or that of the text of a complex one; None where there is no text."""
        if isinstance(kind, str):
            return Simple(kind, {})
        restriction = next(kind.iterfind(f"{XS}restriction"), None)
        if restriction is None:
            restriction = next(kind.iterfind(f"{XS}simpleContent/*"), None)
        if restriction is None:
            return None
        inner = next(restriction.iterchildren(f"{XS}simpleType"), None)
        base = self.simple(self._base(restriction, restriction.get("base", "")) if inner is None else inner)
        own: dict[str, list[str]] = {}
        for facet in restriction:
            own.setdefault(facet.tag.removeprefix(XS), []).append(facet.get("value", ""))
        assert base is not None
        return Simple(base.builtin, {**base.facets, **own})

    def attributes(self, kind: Type) -> Iterator[Element]:
        """The attributes of a type, those of the types that it extends too."""
        if isinstance(kind, str):
            return
        yield from kind.iterchildren(f"{XS}attribute")
        for extension in (*kind.iterfind(f"{XS}simpleContent/*"), *kind.iterfind(f"{XS}complexContent/*")):
            yield from extension.iterchildren(f"{XS}attribute")
            yield from self.attributes(self._base(extension, extension.get("base", "")))

    def particles(self, kind: Type) -> Iterator[Element]:
        """The sequences and choices that make up the content of a type, those of its base first."""
        if isinstance(kind, str):
            return
        for extension in kind.iterfind(f"{XS}complexContent/*"):
            yield from self.particles(self._base(extension, extension.get("base", "")))
            yield from extension.iterchildren(SEQUENCE, CHOICE)
        yield from kind.iterchildren(SEQUENCE, CHOICE)

    def meaning(self, element: Element, declaration: Element | None = None) -> Any:
        """A valid document as nested values, equal for two that mean the same. Signatures are left out."""
        declaration = self.element(element.tag) if declaration is None else declaration
        kind = self.type_of(declaration)
        types = {node.get("name"): self.simple(self.type_of(node)) for node in self.attributes(kind)}
        known = {self.tag(node): node for part in self.particles(kind) for node in _elements(part)}
        simple = None if known else self.simple(kind)
        return (
            element.tag,
            {str(name): _meaning(types.get(str(name)), str(value)) for name, value in element.items()},
            None if simple is None else _meaning(simple, element.text or ""),
            [self.meaning(child, known[child.tag]) for child in element if not child.tag.startswith(DS)],
        )

    def _base(self, node: Element, name: str) -> Type:
        name = _expanded(node, name)
        return name.removeprefix(XS) if name.startswith(XS) else self._named[False, name]


def _expanded(node: Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap[prefix or None]}}}{local}"


def _elements(particle: Element) -> Iterator[Element]:
    """The declarations in a sequence or choice, not those of the local types within them."""
    for node in particle.iterchildren(ELEMENT, SEQUENCE, CHOICE):
        if node.tag == ELEMENT:
            yield node
        else:
            yield from _elements(node)


def _meaning(simple: Simple | None, text: str) -> object:
    builtin, stripped = "" if simple is None else simple.builtin, text.strip(" \t\r\n")
    if builtin in WHOLE_NUMBERS:
        return int(stripped)
    if builtin in TIMES:
        return _instant(builtin, stripped)
    if builtin in _MEANINGS:
        return _MEANINGS[builtin](stripped)
    either_case = simple is not None and "A-Fa-f" in (simple.facet("pattern") or "")
    return stripped.upper() if either_case else " ".join(stripped.split()) if builtin == "token" else text


def _instant(builtin: str, text: str) -> object:
    """Without a zone it is UTC; 24:00 is midnight of the next day."""
    if builtin == "date":
        return text[:10]
    days = timedelta(days="24:00:00" in text)
    text = text.replace("24:00:00", "00:00:00")
    at = datetime.fromisoformat(text if builtin == "dateTime" else f"2000-01-02T{text}")
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC) + days
    return at if builtin == "dateTime" else at.time()
