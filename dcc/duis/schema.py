"""The published XML schema of DUIS, read from a folder of the user's (SEC Appendix AD).

The bench carries no schema of its own. The folder holds ``DUIS Schema V5.4.xsd`` and what that imports: the
MMC schema and the W3C's for XML signatures, under the names that the import statements give.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast
from urllib.parse import quote, unquote

from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import SERVICE_USER_GATEWAY, element_path, local_name

SCHEMA_FILES: Final = "DUIS Schema*.xsd"
_IMPORT: Final = "{http://www.w3.org/2001/XMLSchema}import"
_LONGEST_MESSAGE: Final = 300
_ESCAPED: Final = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PREFIX: Final = re.compile(r"[^/:]+:")


class DuisSchema:
    """A compiled schema; compiling takes about 25 ms, so keep it."""

    def __init__(self, schema: etree.XMLSchema, path: Path) -> None:
        self.compiled = schema
        self.path = path

    @classmethod
    def load(cls, folder: Path) -> DuisSchema:
        """Compile the schema that lies in a folder. Nothing is fetched from elsewhere.

        Raises:
            DuisError: the folder or one of the files is missing, there are several DUIS schemas, or one
                cannot be compiled; names the path and what was expected there.
        """
        path = _schema_file(folder)
        resolver = _FolderResolver(folder)
        parser = etree.XMLParser(no_network=True, load_dtd=False, huge_tree=False)
        parser.resolvers.add(resolver)
        try:
            document = etree.parse(path, parser)
            imported = _prepare_imports(document, path)
            schema = etree.XMLSchema(document)
        except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise DuisError(str(path), f"cannot be read as a schema: {_cut(str(error))}") from None
        # The library passes over an import that it cannot follow; the types are then merely not there.
        for name in sorted(imported - resolver.served):
            raise DuisError(str(folder / name), "was not read, though the schema imports it")
        return cls(schema, path)

    def check(self, element: etree._Element) -> None:
        """Check a document against the schema.

        Raises:
            DuisError: the document is not valid; gives the path, the line and the text of the first error.
        """
        if self.compiled.validate(element):
            return
        error = cast(Any, self.compiled.error_log)[0]
        raise DuisError(_where(element, error.path), f"line {error.line}: {_cut(_plain(error.message))}")


class _FolderResolver(etree.Resolver):
    """Serves the files of one folder by their names alone, and nothing to anything else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.served: set[str] = set()

    # The stubs of the library leave the context out.
    def resolve(  # type: ignore[override]
        self, system_url: str | None, _public_id: str | None, context: Any
    ) -> Any:
        name = PurePosixPath(unquote(system_url or "")).name
        path = self._folder / name
        if not name or not path.is_file():
            return self.resolve_string("", context, base_url=system_url)
        self.served.add(name)
        return self.resolve_string(path.read_bytes(), context, base_url=system_url)


def _schema_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise DuisError(str(folder), f"no such folder, expected one with {SCHEMA_FILES} and what it imports")
    found = sorted(folder.glob(SCHEMA_FILES))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise DuisError(str(folder), f"{names}, expected one file {SCHEMA_FILES}")
    return found[0]


def _prepare_imports(document: etree._ElementTree, path: Path) -> set[str]:
    """The names of the files that are imported; spaces in them, which the library trips over, are escaped."""
    if document.getroot().get("targetNamespace") != SERVICE_USER_GATEWAY:
        raise DuisError(str(path), f"is not a schema for {SERVICE_USER_GATEWAY}")
    names = set()
    for element in document.iter(_IMPORT):
        name = element.get("schemaLocation", "")
        if Path(name).name != name or not (path.parent / name).is_file():
            what = f"no such file in the folder, expected the schema that {path.name} imports"
            raise DuisError(str(path.parent / name), what)
        element.set("schemaLocation", quote(name))
        names.add(name)
    return names


def _where(element: etree._Element, path: str | None) -> str:
    """The error's element by local names; without prefixes the library writes ``/*/*[1]``."""
    if not path:
        return local_name(element)
    if "*" not in path:
        return _cut(_PREFIX.sub("", path).removeprefix("/"))
    try:
        found = element.getroottree().xpath(path, namespaces=_prefixes(element))
    except etree.XPathError:
        return local_name(element)
    if isinstance(found, list) and found and isinstance(found[0], etree._Element):
        return element_path(found[0])
    return local_name(element)


def _prefixes(element: etree._Element) -> dict[str, str]:
    return {prefix: uri for prefix, uri in element.nsmap.items() if prefix}


def _plain(message: str) -> str:
    """A message of the library on one line, without the namespaces, which make it hard to read."""
    return message.replace(f"{{{SERVICE_USER_GATEWAY}}}", "").translate(_ESCAPED)


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}..."
