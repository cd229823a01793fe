"""What the code says of itself: texts of fields, and remarks that something is assumed."""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Final, NamedTuple

_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z\"'`(])")
_ASSUMED: Final = re.compile(r"\bassumed\b")
_MARKUP: Final = re.compile(r":[a-z]+:`([^`]*)`|``(.*?)``")
_FEWEST_WORDS: Final = 8
"""A sentence of fewer words says nothing without the one before it."""


class Remark(NamedTuple):
    """A sentence of a docstring or comment, and the module that it stands in."""

    module: str
    text: str


def field_texts(kind: type) -> dict[str, str]:
    """The text under each field of a class, by field; fields without one are left out."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: _one_line(text.value.value)
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def sentences_by_field(kind: type) -> dict[str, str]:
    """By field, the first sentence of a class's docstring that names it in double backquotes."""
    found: dict[str, str] = {}
    for sentence in _SENTENCE_END.split(_one_line(inspect.getdoc(kind) or "")):
        for name in re.findall(r"``(\w+)``", sentence):
            found.setdefault(name, _MARKUP.sub(r"\1\2", sentence))
    return found


def assumption_remarks(package: ModuleType) -> Iterator[Remark]:
    """The sentences of a package that call something assumed, module by module."""
    for module, source in _sources(files(package), package.__name__):
        for prose in (*_doc_strings(source), *_comments(source)):
            for sentence in _assuming(_MARKUP.sub(r"\1\2", prose)):
                yield Remark(module, sentence)


def _assuming(prose: str) -> Iterator[str]:
    before = ""
    for sentence in _SENTENCE_END.split(prose):
        if _ASSUMED.search(sentence):
            is_short = len(sentence.split()) < _FEWEST_WORDS
            yield f"{before} {sentence}".lstrip() if is_short else sentence
        before = sentence


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    """Name and source of each module of a package, by rising name."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".py"):
            yield f"{name}.{entry.name.removesuffix('.py')}", entry.read_text("utf-8")
        elif entry.is_dir() and entry.joinpath("__init__.py").is_file():
            yield from _sources(entry, f"{name}.{entry.name}")


def _doc_strings(source: str) -> Iterator[str]:
    """Paragraphs of texts that stand alone: of modules, classes, functions and fields."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str):
                yield from (_one_line(paragraph) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _comments(source: str) -> Iterator[str]:
    """Comments, those on lines that follow one another as one."""
    lines: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if lines and token.start[0] != last + 1:
                yield " ".join(lines)
                lines = []
            lines.append(token.string.lstrip("# "))
            last = token.start[0]
    if lines:
        yield " ".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
