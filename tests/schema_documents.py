"""Documents that an XML schema allows, made at random out of the schema itself."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, Final

from lxml import etree
from xml_schemas import DS, ELEMENT, SEQUENCE, TIMES, WHOLE_NUMBERS, Element, Schemas, Simple

_SIGNATURE: Final = f"{DS}Signature"
_SIGNATURE_STUB: Final = (
    f'<ds:Signature xmlns:ds="{DS[1:-1]}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="urn:a"/>'
    '<ds:SignatureMethod Algorithm="urn:b"/><ds:Reference URI=""><ds:DigestMethod Algorithm="urn:c"/>'
    "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    "<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
)
_MOST_ELEMENTS: Final = 150
_LONGEST: Final = 1_200
_USUAL: Final = 40
_LETTERS: Final = "abcXYZ019 -_.,:;/&<>\"'()é€\U0001f50c"
_AWKWARD: Final = ("\t", "\n", " ", "\r", "]]>", "&amp;", "--")
_DAYS: Final = ("0001-01-02", "2015-01-01", "2026-01-05", "2028-02-29", "3000-12-31", "9999-12-30")
_ZONES: Final = ("Z", "Z", "", "+00:00", "-00:00", "+01:00", "-05:30", "+14:00", "-14:00")
_FRACTIONS: Final = ("", "", ".0", ".00", ".5", ".123", ".999999", ".1234567890123", ".000000000000")


class Documents:
    """Makes documents. ``fullness`` says how often what may be missing is there (0 to 1).

    ``choose`` names, by the name of an element, the child to choose in it; ``given`` the text of elements and
    attributes by their names. ``plain`` writes every value in its usual form.
    """

    def __init__(
        self,
        schemas: Schemas,
        random: Random,
        fullness: float,
        choose: Mapping[str, str],
        given: Mapping[str, str],
        *,
        plain: bool = False,
    ) -> None:
        self._schemas = schemas
        self._random = random
        self._fullness = fullness
        self._choose = choose
        self._given = given
        self._plain = plain
        self._left = _MOST_ELEMENTS

    def document(self, tag: str, prefix: str | None = "sr") -> Element:
        """A document whose root is a named element of the schema."""
        root = etree.Element(tag, nsmap={prefix: tag[1:].partition("}")[0]})  # type: ignore[dict-item]
        self._fill(root, self._schemas.element(tag))
        return root

    def _fill(self, element: Element, declaration: Element) -> None:
        self._left -= 1
        kind = self._schemas.type_of(declaration)
        for attribute in self._schemas.attributes(kind):
            if attribute.get("use") == "required" or self._is_there():
                of = attribute.get("name", "")
                element.set(of, self._value(of, self._schemas.simple(self._schemas.type_of(attribute))))
        name = etree.QName(element).localname
        simple = self._schemas.simple(kind)
        if simple is not None:
            element.text = self._value(name, simple)
        for particle in self._schemas.particles(kind):
            self._add(particle, element, name)

    def _add(self, node: Element, into: Element, name: str) -> None:
        for _ in range(self._count(node, name)):
            if node.tag == ELEMENT:
                self._add_element(node, into)
            elif node.tag == SEQUENCE:
                for part in node:
                    self._add(part, into, name)
            else:
                chosen = [part for part in node if part.get("name") == self._choose.get(name, "")]
                self._add(self._random.choice(chosen or list(node)), into, name)

    def _add_element(self, declaration: Element, into: Element) -> None:
        tag = self._schemas.tag(declaration)
        if tag == _SIGNATURE:
            into.append(etree.fromstring(_SIGNATURE_STUB))
        else:
            self._fill(etree.SubElement(into, tag), declaration)

    def _count(self, node: Element, name: str) -> int:
        least, most = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
        if node.tag == ELEMENT and self._schemas.tag(node) == _SIGNATURE:
            return least
        if node.tag != ELEMENT and name in self._choose:
            return 1
        if self._left < 0 or not self._is_there():
            return least
        bound = least + 3 if most == "unbounded" else int(most)
        return self._random.choice((min(least + 1, bound), min(least + 2, bound), bound))

    def _is_there(self) -> bool:
        return self._random.random() < self._fullness

    # Values of simple types, as one of the texts that they may have.

    def _value(self, name: str, simple: Simple | None) -> str:
        assert simple is not None
        return self._given[name] if name in self._given else self._text(simple)

    def _text(self, simple: Simple) -> str:
        builtin = simple.builtin
        if "enumeration" in simple.facets:
            text = self._random.choice(simple.facets["enumeration"])
        elif "pattern" in simple.facets:
            text = self._matching(simple)
        elif builtin in WHOLE_NUMBERS:
            text = self._whole_number(simple)
        else:
            text = getattr(self, f"_{builtin}")(simple)
        # White space around does not count but in strings; libxml2 takes none around times all the same.
        if self._plain or builtin in ("string", *TIMES) or self._random.random() < 0.7:
            return text
        return self._random.choice((" {}", "{}\n", "\t{}  ", "\r\n {}")).format(text)

    def _whole_number(self, simple: Simple) -> str:
        least, most = WHOLE_NUMBERS[simple.builtin]
        least = max(least, int(simple.facet("minInclusive") or least))
        least = max(least, int(simple.facet("minExclusive") or least - 1) + 1)
        most = min(most, int(simple.facet("maxInclusive") or most))
        digits = simple.facet("totalDigits")
        if digits is not None:
            most = min(most, 10 ** int(digits) - 1)
            least = max(least, -most)
        value = self._random.choice((least, most, min(least + 1, most), self._random.randint(least, most)))
        forms = (str(value), str(value), f"{'-' * (value < 0)}00{abs(value)}", f"{value:+}")
        return forms[0] if self._plain else self._random.choice(forms)

    def _decimal(self, simple: Simple) -> str:
        step = Decimal(1).scaleb(-int(simple.facet("fractionDigits") or 3))
        low, high = simple.facet("minExclusive"), simple.facet("maxExclusive")
        least = Decimal(simple.facet("minInclusive") or 0) if low is None else Decimal(low) + step
        most = Decimal(simple.facet("maxInclusive") or 100) if high is None else Decimal(high) - step
        between = least + step * self._random.randint(0, int((most - least) / step))
        value = self._random.choice((least, most, between)).quantize(step)
        return f"{value:f}" if self._plain else self._random.choice((f"{value:f}", f"{value:+f}"))

    def _boolean(self, _: Simple) -> str:
        return self._random.choice(("true", "false") if self._plain else ("true", "false", "1", "0"))

    def _date(self, _: Simple) -> str:
        day = date.fromisoformat(self._random.choice(_DAYS)) + timedelta(days=self._random.randint(0, 1))
        return day.isoformat() + ("" if self._plain else self._random.choice(("", "Z", "+00:00", "-00:00")))

    def _time(self, _: Simple) -> str:
        if self._plain:
            return "12:30:05Z"
        of_day = self._random.choice(("00:00:00", "12:30:05", "23:59:59"))
        whole = self._random.random() < 0.2
        return ("24:00:00" if whole else of_day + self._random.choice(_FRACTIONS)) + self._random.choice(
            _ZONES
        )

    def _dateTime(self, simple: Simple) -> str:
        # An instant before the first year or after the last one is nobody's.
        return f"{self._random.choice(_DAYS[1:-1])}T{self._time(simple)}"

    def _length(self, simple: Simple, usual: int = _USUAL) -> int:
        exact = simple.facet("length")
        least = int(exact or simple.facet("minLength") or 0)
        most = max(least, min(int(exact or simple.facet("maxLength") or usual), _LONGEST))
        return self._random.choice((least, most, self._random.randint(least, most)))

    def _hexBinary(self, simple: Simple) -> str:
        digits = self._random.randbytes(self._length(simple)).hex()
        return digits.upper() if self._plain or self._random.random() < 0.5 else digits

    def _base64Binary(self, simple: Simple) -> str:
        text = b64encode(self._random.randbytes(self._length(simple, 200) or 1)).decode()
        if self._plain or self._random.random() < 0.6:
            return text
        return self._random.choice(("\r\n", "\n", " ")).join(re.findall(".{1,76}", text))

    def _string(self, simple: Simple) -> str:
        length = self._length(simple)
        text = "".join(self._random.choice("abc" if self._plain else _LETTERS) for _ in range(length))
        if self._plain or self._random.random() < 0.7:
            return text
        awkward = self._random.choice(_AWKWARD)[:length]
        kept = text[len(awkward) :]
        return awkward + kept if self._random.random() < 0.5 else kept + awkward

    def _matching(self, simple: Simple) -> str:
        exact = simple.facet("length")
        least = int(exact or simple.facet("minLength") or 0)
        most = int(exact or simple.facet("maxLength") or _LONGEST)
        while True:
            text = "".join(_matching(_parsed(simple.facet("pattern") or ""), self._random))
            if least <= len(text) <= most:
                return text


@lru_cache(maxsize=64)
def _parsed(pattern: str) -> Any:
    return re._parser.parse(pattern, re.ASCII)  # type: ignore[attr-defined]


def _matching(parsed: Any, random: Random) -> Iterator[str]:
    """The pieces of a text that fits a regular expression without anchors and references."""
    for operation, argument in parsed:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "IN":
                kind, value = random.choice(argument)
                yield chr(value if str(kind) == "LITERAL" else random.randint(*value))
            case "MAX_REPEAT":
                least, most, inner = argument
                for _ in range(random.randint(least, min(int(most), least + 20))):
                    yield from _matching(inner, random)
            case "SUBPATTERN":
                yield from _matching(argument[3], random)
            case "BRANCH":
                yield from _matching(random.choice(argument[1]), random)
            case other:
                raise AssertionError(other)
