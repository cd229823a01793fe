"""Small changes to a document, as a careless or a hostile sender might make them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from lxml import etree

Element = etree._Element
Change = Callable[[Element, Random], None]
"""Changes an element where it stands; it is never the root."""

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_TEXTS: Final = (
    "", " ", "x", "0", "-1", "+1", "1.0", "1e3", "1_0", "0x1", "99999999999999999999", "true", "TRUE", "1",
    "2030-01-15", "2030-1-15", "2030-01-15+01:00", "2030-02-30T00:00:00Z", "2030-01-15T09:00Z",
    "2030-01-15T09:00:00z", "2030-01-15 09:00:00Z", "2030-01-15T25:00:00Z", "2030-01-15T23:59:60Z",
    "2030-01-15T09:00:00+14:01", "2030-01-15T09:00:00.", "-2030-01-15T09:00:00Z", "0000-01-15T09:00:00Z",
    "24:00:01Z", "9:00:00Z", "AAAA", "AAA", "AA==", "AB==", "====", "A A A A", "é", "\uff10\uff10", "\u0661",
    "90-B3-D5-1F-30-01-00-00", "90B3D51F30010000", "90-b3-d5-1f-30-01-00-0g", "\u2160", "1\xa0",
)  # fmt: skip
_AROUND: Final = (" {}", "{} ", "\n{}\n", "\t{}", "\xa0{}", "{}\u2003", "\r{}", "\x85{}", "\u2028{}")


def _text(change: Callable[[str, Random], str]) -> Change:
    """A change of the text of the element, or of the first in it that has no children."""

    def apply(element: Element, random: Random) -> None:
        leaf = next(node for node in element.iter() if not len(node))
        leaf.text = change(leaf.text or "", random)

    return apply


def _tag(change: Callable[[str], str]) -> Change:
    def apply(element: Element, _: Random) -> None:
        element.tag = change(element.tag)

    return apply


def _attribute(name: str, value: str) -> Change:
    return lambda element, _: element.set(name, value)


def _drop(element: Element, _: Random) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _move(element: Element, random: Random) -> None:
    within = set(element.iter())
    places = [node for node in element.getroottree().getroot().iter() if node not in within]
    random.choice(places).append(element)


def _swap(element: Element, _: Random) -> None:
    following = element.getnext()
    if following is not None:
        following.addnext(element)


def _comment_in_value(element: Element, _: Random) -> None:
    leaf = next(node for node in element.iter() if not len(node))
    text, comment = leaf.text or "", etree.Comment("c")
    leaf.text, comment.tail = text[:1], text[1:]
    leaf.append(comment)


def _write_beside(element: Element, _: Random) -> None:
    element.tail = "x"


CHANGES: Final[Mapping[str, Change]] = {
    "dropped": _drop,
    "repeated": lambda element, _: element.addnext(copy.deepcopy(element)),
    "moved": _move,
    "swapped": _swap,
    "of another name": _tag(lambda tag: f"{tag}s"),
    "of another namespace": _tag(lambda tag: f"{{urn:x}}{tag.rpartition('}')[2]}"),
    "of no namespace": _tag(lambda tag: tag.rpartition("}")[2]),
    "emptied": lambda element, _: element.clear(),
    "another value": _text(lambda _, random: random.choice(_TEXTS)),
    "space around": _text(lambda text, random: random.choice(_AROUND).format(text)),
    "space within": _text(lambda text, _: f"{text[: len(text) // 2]} {text[len(text) // 2 :]}"),
    "lower case": _text(lambda text, _: text.lower()),
    "one less": _text(lambda text, _: text[:-1]),
    "one more": _text(lambda text, random: text + random.choice("0Aa =")),
    "text beside": _write_beside,
    "a child": lambda element, _: etree.SubElement(element, element.tag),
    "an attribute": _attribute("index", "1"),
    "a language": _attribute("{http://www.w3.org/XML/1998/namespace}lang", "en"),
    "nil": _attribute(f"{{{_XSI}}}nil", "true"),
    "a type": _attribute(f"{{{_XSI}}}type", "string"),
    "a comment": lambda element, _: element.addnext(etree.Comment("c")),
    "a comment in its value": _comment_in_value,
    "an instruction": lambda element, _: element.addnext(etree.ProcessingInstruction("a", "b")),
}
"""By what is then wrong, or at least unusual, with the element."""
