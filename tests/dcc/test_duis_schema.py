"""The schema check: the published schema over the published documents, and folders that hold none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from duis_documents import ACKNOWLEDGEMENT, REQUEST, SUPPLIER, signed_by
from lxml import etree

from dcc.duis.errors import DuisError
from dcc.duis.namespaces import SERVICE_USER_GATEWAY
from dcc.duis.parsing import parse
from dcc.duis.schema import DuisSchema

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  targetNamespace="http://www.dccinterface.co.uk/ServiceUserGateway" xmlns:o="urn:other">
  <xs:import namespace="urn:other" schemaLocation="{imported}"/>
  <xs:element name="Request"><xs:complexType><xs:sequence>
    <xs:element name="Header" type="o:text"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
IMPORTED = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">
  <xs:simpleType name="text"><xs:restriction base="xs:string">
    <xs:maxLength value="3"/><xs:pattern value="a*b*c*d*"/>
  </xs:restriction></xs:simpleType>
</xs:schema>"""


def document(header: str, prefix: str = "sr:") -> etree._Element:
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    text = f"<{prefix}Request {declared}='{SERVICE_USER_GATEWAY}'>\n<{prefix}Header>{header}</{prefix}Header>"
    return parse(f"{text}</{prefix}Request>".encode())


def small(folder: Path, imported: str = "other schema 1.xsd") -> DuisSchema:
    (folder / "DUIS Schema V0.xsd").write_text(SCHEMA.format(imported=imported))
    (folder / "other schema 1.xsd").write_text(IMPORTED)
    return DuisSchema.load(folder)


@pytest.fixture(scope="session")
def schema(conformance: Path) -> DuisSchema:
    return DuisSchema.load(conformance / "duis" / "schema")


def refusal(schema: DuisSchema, element: etree._Element) -> DuisError:
    with pytest.raises(DuisError) as caught:
        schema.check(element)
    assert len(str(caught.value)) < 600
    return caught.value


@pytest.mark.parametrize("prefix", ["sr:", ""])
def test_types_of_an_import_with_spaces_in_its_name_count(tmp_path: Path, prefix: str) -> None:
    schema = small(tmp_path)
    schema.check(document("abc", prefix))
    error = refusal(schema, document("abcd", prefix))
    assert error.where == "Request/Header"
    assert error.what.startswith("line 2: Element 'Header': [facet 'maxLength']")


def test_root_that_the_schema_does_not_know(tmp_path: Path) -> None:
    assert refusal(small(tmp_path), parse(b"<a/>")).where == "a"


def test_long_messages_are_cut(tmp_path: Path) -> None:
    schema = small(tmp_path)
    (tmp_path / "other schema 1.xsd").write_text(IMPORTED.replace('"3"', '"9999"'))
    assert refusal(DuisSchema.load(tmp_path), document("x" * 5000)).what.endswith("...")
    assert refusal(schema, document("x" * 5000)).what.startswith("line 2")


def test_the_value_in_a_message_stays_on_one_line(tmp_path: Path) -> None:
    error = refusal(small(tmp_path), document("a\n"))
    assert error.what.startswith("line 2: Element 'Header': [facet 'pattern'] The value 'a\\n'")


def test_later_checks_give_their_own_error(tmp_path: Path) -> None:
    schema = small(tmp_path)
    assert "'abcd'" not in refusal(schema, parse(b"<a/>")).what
    refusal(schema, document("abcd"))
    assert refusal(schema, parse(b"<b/>")).where == "b"


def load_refusal(folder: Path) -> DuisError:
    with pytest.raises(DuisError) as caught:
        DuisSchema.load(folder)
    return caught.value


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    error = load_refusal(tmp_path / "none")
    assert error.where == str(tmp_path / "none")
    assert error.what == "no such folder, expected one with DUIS Schema*.xsd and what it imports"


def test_folder_without_schema(tmp_path: Path) -> None:
    assert load_refusal(tmp_path).what == "none, expected one file DUIS Schema*.xsd"


def test_folder_with_two_schemas(tmp_path: Path) -> None:
    for version in ("5.3", "5.4"):
        (tmp_path / f"DUIS Schema V{version}.xsd").write_text(SCHEMA)
    assert load_refusal(tmp_path).what.startswith("DUIS Schema V5.3.xsd, DUIS Schema V5.4.xsd, expected one")


@pytest.mark.parametrize("imported", ["missing.xsd", "../escape.xsd", "http://localhost/other.xsd", ""])
def test_import_that_is_not_in_the_folder(tmp_path: Path, imported: str) -> None:
    folder = tmp_path / "schema"
    folder.mkdir()
    (tmp_path / "escape.xsd").write_text(IMPORTED)
    with pytest.raises(DuisError, match=r"expected the schema that DUIS Schema V0\.xsd imports"):
        small(folder, imported)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("no XML", "cannot be read as a schema: "),
        ("<a/>", "is not a schema for http://www.dccinterface.co.uk/ServiceUserGateway"),
        (
            SCHEMA.format(imported="other schema 1.xsd").replace("o:text", "o:none"),
            "cannot be read as a schema: ",
        ),
    ],
)
def test_schema_that_is_none(tmp_path: Path, text: str, what: str) -> None:
    small(tmp_path)
    (tmp_path / "DUIS Schema V0.xsd").write_text(text)
    error = load_refusal(tmp_path)
    assert error.where == str(tmp_path / "DUIS Schema V0.xsd")
    assert error.what.startswith(what)


def test_published_schema_without_what_it_imports(conformance: Path, tmp_path: Path) -> None:
    shutil.copy(conformance / "duis" / "schema" / "DUIS Schema V5.4.xsd", tmp_path)
    assert load_refusal(tmp_path).where == str(tmp_path / "xmldsig-core-schema.xsd")


def test_published_documents_are_valid_but_those_named_so(conformance: Path, schema: DuisSchema) -> None:
    paths = [*conformance.glob("duis/templates/*"), *conformance.glob("duis/samples/*")]
    refused = {}
    for path in paths:
        try:
            schema.check(parse(path.read_bytes()))
        except DuisError as error:
            refused[path.name] = error.where
    assert refused == {
        "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-invalid.XML": "Request/Header/RequestID",
        "readfw-response-invalid.xml": "Response/Body/ResponseMessage/ServiceReference",
        "duis-xxe.xml": "document",
    }


@pytest.mark.parametrize("text", [REQUEST, ACKNOWLEDGEMENT])
def test_what_we_sign_is_valid(schema: DuisSchema, text: str) -> None:
    schema.check(parse(signed_by(SUPPLIER, text)))
    assert "ServiceReference" in refusal(schema, parse(text.replace(">11.2<", ">11.9<").encode())).where
