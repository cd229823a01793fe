"""Two-way descriptions of XML content: what reads an element into a value also writes it.

A :class:`Shape` is the content of an element: a leaf with a value in its text (:mod:`dcc.duis.simple_types`
has those of DUIS), a :class:`Record` of child elements in their order, or nothing. A :class:`Part` is a piece
of a record: one child, several, a choice, a group. Whatever a shape does not describe (unknown, missing,
repeated or misplaced elements, attributes, text beside elements) is a :class:`~dcc.duis.errors.DuisError`.
White space between elements is read over and never written.

What is written is canonical XML as it stands within a document that declares the prefix ``sr``: a signature
covers canonical XML, and no tree need be built on the way there.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from lxml import etree

from dcc.duis.errors import ContentError, DuisError
from dcc.duis.namespaces import element_path, local_name, sr

T = TypeVar("T")
U = TypeVar("U")

Element = etree._Element
"""An element of a document; lxml has no public name for its type."""

_LONGEST_SHOWN: Final = 60
_WHITE_SPACE: Final = " \t\r\n"
NOT_IN_XML: Final = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters, halves of surrogate pairs and two others (XML 1.0 2.2)."""


def shown(text: str) -> str:
    """A text for an error: quoted, and cut when long."""
    if len(text) <= _LONGEST_SHOWN:
        return repr(text)
    return f"{text[:_LONGEST_SHOWN]!r}... ({len(text)} characters)"


class Shape(ABC, Generic[T]):
    """The content of an element, both ways."""

    @abstractmethod
    def read(self, element: Element) -> T:
        """The value of an element.

        Raises:
            DuisError: the content is not of this shape; the error names the element by its path.
        """

    @abstractmethod
    def write(self, out: list[str], name: str, value: T) -> None:
        """Append an element ``sr:name`` with a value in it.

        Raises:
            DuisError: the value does not fit the limits of its element; the path begins with ``name``.
        """


class Leaf(Shape[T]):
    """A value in the text of an element. ``decode`` and ``encode`` raise ValueError where it does not fit.

    ``expected`` ends the sentence of an error: ``'maybe', expected true or false``. ``allowed`` tells of a
    text that does not fit whether the schema allows it all the same: the error is then a
    :class:`~dcc.duis.errors.ContentError`.
    """

    def __init__(
        self,
        expected: str,
        decode: Callable[[str], T],
        encode: Callable[[T], str] = str,
        allowed: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.expected = expected
        self.decode = decode
        self.encode = encode
        self.allowed = allowed

    def read(self, element: Element) -> T:  # noqa: D102
        if len(element):
            raise unexpected(element[0], f"text: {self.expected}")
        if element.keys():
            no_attributes(element)
        text = element.text or ""
        try:
            return self.decode(text)
        except ValueError:
            error = ContentError if self.allowed(text) else DuisError
            raise error(element_path(element), f"{shown(text)}, expected {self.expected}") from None

    def write(self, out: list[str], name: str, value: T) -> None:  # noqa: D102
        try:
            out.append(f"<sr:{name}>{escaped(self.encode(value))}</sr:{name}>")
        except ValueError:
            what = f"{shown(str(value))} cannot be written, expected {self.expected}"
            raise DuisError(name, what) from None


class Part(ABC):
    """A piece of a record: reads some child elements into the values of fields, and writes them.

    The field ``""`` stands for the value itself instead of one of its attributes.
    """

    @abstractmethod
    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:
        """Read from ``child`` on, put what was read into ``values``, and return the first child not read."""

    @abstractmethod
    def write(self, out: list[str], value: Any) -> None:
        """Append the elements of this part of a value; the path of an error begins with their names."""

    @property
    @abstractmethod
    def first(self) -> tuple[str, ...]:
        """The tags that this part can begin with, for telling whether it is there and what was expected."""


class Record(Shape[T]):
    """Child elements in the order of ``parts``, made into a value by ``make(field=value, ...)``.

    ``make`` raises ValueError, which says why, where the fields do not belong together, though the schema
    allows each: a :class:`~dcc.duis.errors.ContentError`.
    """

    def __init__(self, make: Callable[..., T], *parts: Part) -> None:
        self.make = make
        self.parts = parts

    def read(self, element: Element) -> T:  # noqa: D102
        values: dict[str, Any] = {}
        self.read_into(element, values)
        try:
            return self.make(**values)
        except ValueError as error:
            raise ContentError(element_path(element), str(error)) from None

    def read_into(self, element: Element, values: dict[str, Any]) -> None:
        """Read all children of an element into the values of fields."""
        if element.keys():
            no_attributes(element)
        child = self.read_parts(first_child(element), element, values)
        if child is not None:
            raise unexpected(child, f"the end of {local_name(element)}")

    def read_parts(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:
        """Read the parts from ``child`` on; the first child that is of none of them."""
        for part in self.parts:
            child = part.read(child, parent, values)
        return child

    def write(self, out: list[str], name: str, value: T) -> None:  # noqa: D102
        write_element(out, name, self.parts, value)


class Sole(Shape[Any]):
    """Content that is one part alone, whose field is ``""``: a choice, say."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._record: Record[dict[str, Any]] = Record(dict, part)

    def read(self, element: Element) -> Any:  # noqa: D102
        return self._record.read(element)[""]

    def write(self, out: list[str], name: str, value: Any) -> None:  # noqa: D102
        write_element(out, name, (self.part,), value)


class Empty(Shape[T]):
    """No content at all; reads as ``value``."""

    def __init__(self, value: T) -> None:
        self.value = value

    def read(self, element: Element) -> T:  # noqa: D102
        no_attributes(element)
        child = first_child(element)
        if child is not None:
            raise unexpected(child, f"{local_name(element)} to be empty")
        return self.value

    def write(self, out: list[str], name: str, value: T) -> None:
        """Nothing is written inside: the element says it all."""
        write_element(out, name, (), value)


class Adapted(Shape[T], Generic[T, U]):
    """Another shape, seen as another value. Both functions raise ValueError where there is none."""

    def __init__(
        self, shape: Shape[U], after_reading: Callable[[U], T], before_writing: Callable[[T], U]
    ) -> None:
        self.shape = shape
        self.after_reading = after_reading
        self.before_writing = before_writing

    def read(self, element: Element) -> T:  # noqa: D102
        inner = self.shape.read(element)
        try:
            return self.after_reading(inner)
        except ValueError as error:
            raise DuisError(element_path(element), str(error)) from None

    def write(self, out: list[str], name: str, value: T) -> None:  # noqa: D102
        try:
            inner = self.before_writing(value)
        except ValueError as error:
            raise DuisError(name, str(error)) from None
        self.shape.write(out, name, inner)


class Child(Part):
    """One child element. Where it may be missing, the field is then ``absent``, which is not written.

    ``get`` tells what to write where that is not the field of the same name.
    """

    def __init__(
        self,
        field: str,
        element: str,
        shape: Shape[Any],
        *,
        optional: bool = False,
        absent: object = None,
        get: Callable[[Any], Any] | None = None,
    ) -> None:
        self.field = field
        self.get = get or getter(field)
        self.element = element
        self.tag = sr(element)
        self.shape = shape
        self.optional = optional
        self.absent = absent

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:  # noqa: D102
        if child is not None and child.tag == self.tag:
            values[self.field] = self.shape.read(child)
            # The way of every leaf: next_child costs a call.
            return next_child(child) if child.tail else child.getnext()
        if not self.optional:
            raise not_here(child, parent, self.first)
        values[self.field] = self.absent
        return child

    def write(self, out: list[str], value: Any) -> None:  # noqa: D102
        content = self.get(value)
        if self.optional and content == self.absent:
            return
        if content is None:
            raise DuisError(self.element, "nothing to write, expected a value")
        self.shape.write(out, self.element, content)

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return (self.tag,)


class Several(Part):
    """``least`` to ``most`` children of one name, as a tuple; ``most`` None for any number."""

    def __init__(
        self, field: str, element: str, shape: Shape[Any], least: int = 1, most: int | None = None
    ) -> None:
        self.field = field
        self.get = getter(field)
        self.element = element
        self.tag = sr(element)
        self.shape = shape
        self.least = least
        self.most = most

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:  # noqa: D102
        read: list[Any] = []
        while child is not None and child.tag == self.tag:
            if len(read) == self.most:
                raise DuisError(element_path(child), f"one too many, expected at most {self.most}")
            read.append(self.shape.read(child))
            child = next_child(child)
        if len(read) < self.least:
            raise not_here(child, parent, self.first)
        values[self.field] = tuple(read)
        return child

    def write(self, out: list[str], value: Any) -> None:  # noqa: D102
        items = self.get(value)
        if len(items) < self.least or (self.most is not None and len(items) > self.most):
            most = "any number" if self.most is None else str(self.most)
            raise DuisError(self.element, f"{len(items)} to be written, expected {self.least} to {most}")
        for item in items:
            self.shape.write(out, self.element, item)

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return (self.tag,)


class Within(Part):
    """A child element whose own children are fields of the same value: it groups, and means nothing more."""

    def __init__(self, element: str, *parts: Part) -> None:
        self.element = element
        self.tag = sr(element)
        self._content: Record[dict[str, Any]] = Record(dict, *parts)

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:  # noqa: D102
        if child is None or child.tag != self.tag:
            raise not_here(child, parent, self.first)
        self._content.read_into(child, values)
        return next_child(child)

    def write(self, out: list[str], value: Any) -> None:  # noqa: D102
        self._content.write(out, self.element, value)

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return (self.tag,)


class Group(Part):
    """Children that stand among others but are one value of their own."""

    def __init__(self, field: str, record: Record[Any], *, optional: bool = False) -> None:
        self.field = field
        self.get = getter(field)
        self.record = record
        self.optional = optional

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:  # noqa: D102
        if self.optional and (child is None or child.tag not in self.first):
            values[self.field] = None
            return child
        inner: dict[str, Any] = {}
        child = self.record.read_parts(child, parent, inner)
        values[self.field] = self.record.make(**inner)
        return child

    def write(self, out: list[str], value: Any) -> None:  # noqa: D102
        content = self.get(value)
        if content is not None:
            for part in self.record.parts:
                part.write(out, content)
        elif not self.optional:
            missing = ", ".join(map(_bare, self.first))
            raise DuisError("", f"{missing} cannot be written, expected values for them")

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return self.record.parts[0].first


class Absent(Part):
    """A field of the value that this form of its element has no child for: always ``value``."""

    def __init__(self, field: str, value: object = None) -> None:
        self.field = field
        self.get = getter(field)
        self.value = value

    def read(  # noqa: D102
        self,
        child: Element | None,
        parent: Element,  # noqa: ARG002
        values: dict[str, Any],
    ) -> Element | None:
        values[self.field] = self.value
        return child

    def write(self, out: list[str], value: Any) -> None:  # noqa: ARG002, D102
        content = self.get(value)
        if content != self.value:
            what = f"has no place for {self.field} = {shown(str(content))}, expected {self.value}"
            raise DuisError("", what)

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return ()


class Case(NamedTuple):
    """One alternative of a choice; ``accepts`` says whether a value is written by it.

    Types are tried with isinstance, anything else is a predicate.
    """

    element: str
    shape: Shape[Any]
    accepts: type | tuple[type, ...] | Callable[[Any], bool]

    @property
    def takes(self) -> Callable[[Any], bool]:
        """What tells whether a value goes by this alternative."""
        accepts = self.accepts
        if isinstance(accepts, type | tuple):
            return lambda value: isinstance(value, accepts)
        return accepts


class Choice(Part):
    """Exactly one of several child elements (or none, where ``optional``: the field is then None).

    ``get`` tells what to write where that is not the field of the same name.
    """

    def __init__(
        self, field: str, *cases: Case, optional: bool = False, get: Callable[[Any], Any] | None = None
    ) -> None:
        self.field = field
        self.get = get or getter(field)
        self.optional = optional
        self._cases = tuple((case.takes, case.shape, case.element) for case in cases)
        self._shapes = {sr(case.element): case.shape for case in cases}

    def read(self, child: Element | None, parent: Element, values: dict[str, Any]) -> Element | None:  # noqa: D102
        shape = None if child is None else self._shapes.get(child.tag)
        if child is not None and shape is not None:
            values[self.field] = shape.read(child)
            return next_child(child)
        if not self.optional:
            raise not_here(child, parent, self.first)
        values[self.field] = None
        return child

    def write(self, out: list[str], value: Any) -> None:  # noqa: D102
        content = self.get(value)
        if content is None and self.optional:
            return
        for takes, shape, element in self._cases:
            if takes(content):
                shape.write(out, element, content)
                return
        what = f"{shown(str(content))} cannot be written, expected a value for {_names(self.first)}"
        raise DuisError("", what)

    @property
    def first(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(self._shapes)


def write_element(out: list[str], name: str, parts: Iterable[Part], value: Any, attributes: str = "") -> None:
    """Append an element ``sr:name`` with the parts of a value in it; ``attributes`` begin with a space."""
    out.append(f"<sr:{name}{attributes}>")
    try:
        for part in parts:
            part.write(out, value)
    except DuisError as error:
        raise error.within(name) from None
    out.append(f"</sr:{name}>")


def escaped(text: str) -> str:
    """A text as canonical XML has it.

    Raises:
        ValueError: it holds characters that XML has no room for.
    """
    if not text.isprintable() and NOT_IN_XML.search(text):
        raise ValueError(text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text or "\r" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    return text


def getter(field: str) -> Callable[[Any], Any]:
    """What gets a field of a value: the value itself for ``""``, an entry where the value is a dict."""
    if not field:
        return itself
    attribute = attrgetter(field)
    return lambda value: value[field] if type(value) is dict else attribute(value)


def itself(value: T) -> T:
    """The value, for a part that is written from all of it."""
    return value


def first_child(element: Element) -> Element | None:
    """The first child of an element that may have no text of its own."""
    text = element.text
    if text and text.strip(_WHITE_SPACE):
        raise DuisError(element_path(element), f"the text {shown(text)}, expected elements only")
    return element[0] if len(element) else None


def next_child(child: Element) -> Element | None:
    """The next sibling; text between the two may be white space only."""
    tail = child.tail
    if tail and tail.strip(_WHITE_SPACE):
        what = f"the text {shown(tail)} after it, expected elements only"
        raise DuisError(element_path(child), what)
    return child.getnext()


def not_here(child: Element | None, parent: Element, expected: tuple[str, ...]) -> DuisError:
    """The error of an element that should have been here: another stands in its place, or nothing."""
    if child is not None:
        return unexpected(child, _names(expected))
    where = f"{element_path(parent)}/{_bare(expected[0])}" if len(expected) == 1 else element_path(parent)
    return DuisError(where, f"missing, expected {_names(expected)}")


def unexpected(child: Element, expected: str) -> DuisError:
    """The error of an element that cannot stand where it stands."""
    repeated = child.getprevious()
    how = "repeated" if repeated is not None and repeated.tag == child.tag else "an element not expected here"
    if not child.tag.startswith(sr("")):
        how = f"{how}, of {shown(etree.QName(child).namespace or 'no namespace')}"
    return DuisError(element_path(child), f"{how}, expected {expected}")


def no_attributes(element: Element) -> None:
    """An element without attributes, as those of DUIS nearly all are."""
    names = element.keys()
    if names:
        name = etree.QName(names[0]).localname
        raise DuisError(element_path(element), f"the attribute {shown(name)}, expected none")


def _names(tags: tuple[str, ...]) -> str:
    names = [_bare(tag) for tag in tags]
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]
