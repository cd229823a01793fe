"""Parsing of DUIS documents: what is read, and what is refused before it can do harm."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc.duis.errors import DuisError, SignatureError
from dcc.duis.namespaces import element_path, local_name, ra, sr
from dcc.duis.parsing import DEFAULT_LIMITS, DEPTH, Limits, parse


def refusal(document: bytes, limits: Limits = DEFAULT_LIMITS) -> DuisError:
    with pytest.raises(DuisError) as caught:
        parse(document, limits)
    assert len(str(caught.value)) < 600
    return caught.value


def test_elements_text_and_attributes() -> None:
    root = parse(
        b'<sr:Request xmlns:sr="urn:x" schemaVersion="5.4"><sr:Body> 1 &lt; 2&#13;</sr:Body></sr:Request>'
    )
    assert (root.tag, root.get("schemaVersion")) == ("{urn:x}Request", "5.4")
    assert root[0].text == " 1 < 2\r"


def test_cdata_reads_as_text() -> None:
    assert parse(b"<a>1<![CDATA[<2>]]>3</a>").text == "1<2>3"


def test_white_space_stays() -> None:
    assert parse(b"<a>\n <b/>\n</a>").text == "\n "


@pytest.mark.parametrize(
    "start",
    [b"", b"\xef\xbb\xbf", b'<?xml version="1.0"?>', b"<?xml version='1.0' encoding='utf-8'?>\n"],
)
def test_utf_8_is_read(start: bytes) -> None:
    assert parse(start + "<a>£</a>".encode()).text == "£"


@pytest.mark.parametrize("encoding", ["ASCII", "us-ascii"])
def test_ascii_is_read_where_it_is_ascii(encoding: str) -> None:
    """What lxml and ElementTree declare where they are not told an encoding."""
    document = f"<?xml version='1.0' encoding='{encoding}'?>\n<a>&#163;</a>"
    assert parse(document.encode()).text == "£"
    error = refusal(document.replace("&#163;", "£").encode())
    assert str(error) == f"document: declares the encoding {encoding!r}, expected UTF-8"


@pytest.mark.parametrize(
    "encoding", ["ISO-8859-1", "ISO646-US", "UTF-16", "UTF-7", "EBCDIC-CP-GB", "windows-1252", ""]
)
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_other_declared_encodings_are_refused(encoding: str, start: bytes) -> None:
    error = refusal(start + f'<?xml version="1.0"  encoding = "{encoding}" standalone="no"?><a/>'.encode())
    assert str(error) == f"document: declares the encoding {encoding!r}, expected UTF-8"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_encodings_are_refused(encoding: str) -> None:
    assert "expected UTF-8" in refusal("<a/>".encode(encoding)).what


@pytest.mark.parametrize(
    "document",
    [
        b"<a>\xff</a>",
        b"<a>\xc0\xbc/a>",
        "<a/>".encode("cp037"),
        b"+ADw-a/+AD4-",
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<a b='1' b='2'/>",
        b"<x:a/>",
        b"<a>&#0;</a>",
        b"no XML",
    ],
)
def test_what_is_not_well_formed_is_refused(document: bytes) -> None:
    assert refusal(document).what.startswith("not well-formed XML in UTF-8: ")


@pytest.mark.parametrize(
    "document", [b"<a>\0</a>", b"<a/>\0", b"\0<a/>", b"<a/>\0<!DOCTYPE a><a/>", b"<a>\0"]
)
def test_zero_octets_are_refused(document: bytes) -> None:
    refusal(document)


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b"]><a>&k;</a>"
)


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://localhost/a.dtd"> %x;]><a/>',
        b'<!DOCTYPE a [<!ATTLIST a Id ID #FIXED "x">]><a/>',
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- first --><!DOCTYPE a><a/>',
    ],
)
def test_document_types_are_refused(document: bytes) -> None:
    assert "a document type declaration at octet" in refusal(document).what


def test_entities_that_nobody_declared_are_refused() -> None:
    assert "not defined" in refusal(b"<a>&xxe;</a>").what


def test_inclusions_stay_what_they_are(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<secret/>")
    include = f'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{secret.as_uri()}"/></a>'
    assert [element.tag for element in parse(include.encode())[0].iter()] == [
        "{http://www.w3.org/2001/XInclude}include"
    ]


@pytest.mark.parametrize(
    "document",
    [
        b"<a><?x y?></a>",
        b"<?x y?><a/>",
        b"<a/><?x y?>",
        b"<a/><!-- c --><?xml-stylesheet href='x'?>",
        b"<a>1<?x?>2</a>",
    ],
)
def test_processing_instructions_are_refused(document: bytes) -> None:
    assert refusal(document).what == "a processing instruction, expected none"


@pytest.mark.parametrize(
    "document",
    [
        b"<a><!-- c --> <b/></a>",
        b"<a> <b/> <!-- c --></a>",
        b"<!-- c --><a> <b/></a><!-- c -->",
        b"<a><b><!-- c --></b></a>",
    ],
)
def test_comments_between_elements_are_dropped(document: bytes) -> None:
    root = parse(document)
    assert [element.tag for element in root.iter()] == ["a", "b"]
    assert not (root[0].text or "").strip()


@pytest.mark.parametrize(
    "value", ["I0<!-- -->1", "<!-- -->I0", "I0<!-- -->", "<!-- -->I0<!-- -->", "<![CDATA[I]]><!-- -->0"]
)
def test_comments_within_a_value_are_refused(value: str) -> None:
    error = refusal(f"<Response><Header><ResponseCode>{value}</ResponseCode></Header></Response>".encode())
    assert str(error) == "Response/Header/ResponseCode: a comment within its value, expected none"


SMALL = Limits(
    document_octets=400,
    tags=12,
    attributes=6,
    namespace_declarations=2,
    text_characters=20,
)


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


def attributes(count: int) -> bytes:
    return b"<a " + b" ".join(b'a%d=""' % number for number in range(count)) + b"/>"


@pytest.mark.parametrize(
    ("made", "most", "named"),
    [
        (lambda count: b"<a>".ljust(count - 4) + b"</a>", 400, "401 octets, expected at most 400"),
        (lambda count: b"<a>" + b"<b/>" * (count - 2) + b"</a>", 12, "13 tags, expected at most 12"),
        (
            lambda count: b"<a>" + attributes(3) + attributes(count - 3) + b"</a>",
            6,
            "7 attributes, expected at most 6",
        ),
        (
            lambda count: b'<a xmlns="urn:x">' * count + b"</a>" * count,
            2,
            "3 namespace declarations in one another, expected at most 2",
        ),
        (attributes, 6, "7 attributes, expected at most 6"),
        (lambda count: b"<a>" + b"x" * count + b"</a>", 20, "a text of more than 20 characters"),
        (lambda count: b"<a b='" + b"x" * count + b"'/>", 20, "a text of more than 20 characters"),
        (lambda count: b"<a>" + "£".encode() * count + b"</a>", 20, "a text of more than 20 characters"),
    ],
)
def test_each_limit_and_one_more(made: Callable[[int], bytes], most: int, named: str) -> None:
    limits = (
        SMALL if b"xxx" in made(most) or "£".encode() in made(most) else SMALL._replace(text_characters=400)
    )
    parse(made(most), limits)
    assert named in str(refusal(made(most + 1), limits))


def test_the_schemas_largest_request_is_within_the_limits() -> None:
    """6.14.3 with all its schedules: 14,526 tags and 2,540 attributes, beside header and signature."""
    rows = b'<sr:Row index="1"><sr:At/><sr:To/></sr:Row>' * 2_600 + b"<sr:Row/>" * 4_500
    signed = b'<sr:Request xmlns:sr="urn:x" schemaVersion="5.4"><sr:Body>' + rows + b"</sr:Body></sr:Request>"
    assert len(parse(signed)[0]) == 7_100


def test_the_same_namespace_declared_anew_on_every_element() -> None:
    root = parse(b'<a xmlns="urn:x">' + b'<b xmlns="urn:x" xmlns:c="urn:c"/>' * 1_000 + b"</a>")
    assert len(root) == 1_000
    deep = b'<a xmlns="urn:x">' * 17 + b"</a>" * 17
    assert "17 namespace declarations in one another, expected at most 16" in str(refusal(deep))


def test_the_deepest_document() -> None:
    assert sum(1 for _ in parse(nested(DEPTH)).iter()) == DEPTH


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (b"<a>" + b"x" * 10_000_000 + b"</a>", "octets"),
        (nested(100_000), "tags"),
        (nested(7_900), "deep"),
        (nested(DEPTH + 1), "deep"),
        (b"<a " + b" ".join(b"%x=''" % (0xA0000 + n) for n in range(200_000)) + b"/>", "attributes"),
        (b"<a>" + b"<b c=''/>" * 9_000 + b"</a>", "attributes"),
        (b"<a>" + b"<?x?> " * 9_000 + b"</a>", "processing instruction"),
        (b"<a>" + b"<!-- -->x" * 9_000 + b"</a>", "comment"),
        (b"<" + b"a" * 1_900_000 + b"/>", "Name too long"),
        (b"<a b='" + b"x" * 1_900_000 + b"'/>", "a text of more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_documents_are_refused(document: bytes, named: str) -> None:
    assert named in str(refusal(document))


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module on Windows")
def test_refusing_takes_little_memory() -> None:
    import resource  # noqa: PLC0415

    documents = [nested(100_000), nested(7_900), b"<a>" + b"<b/>" * 1_000_000 + b"</a>", BOMB]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for document in documents:
        refusal(document)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    )  # kB: twice the documents at most


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab=\"'&;!-?[] \n\0é", max_size=60).map(str.encode))
def test_nothing_but_duis_errors_leaves(document: bytes) -> None:
    with suppress(DuisError):
        parse(document)


def test_names_and_paths() -> None:
    root = parse(b'<sr:Request xmlns:sr="urn:x"><sr:Header><sr:RequestID/></sr:Header></sr:Request>')
    assert element_path(root[0][0]) == "Request/Header/RequestID"
    assert element_path(root[0][0], longest=12) == "Request/H..."
    assert local_name(root) == "Request"
    assert (sr("a"), ra("a")) == (
        "{http://www.dccinterface.co.uk/ServiceUserGateway}a",
        "{http://www.dccinterface.co.uk/ResponseAndAlert}a",
    )


@pytest.mark.parametrize("kind", [DuisError, SignatureError])
def test_errors_survive_the_way_between_processes(kind: type[DuisError]) -> None:
    error = pickle.loads(pickle.dumps(kind("Request/Header", "missing")))
    assert type(error) is kind
    assert (error.where, error.what, str(error)) == ("Request/Header", "missing", "Request/Header: missing")


def test_published_documents_are_read(conformance: Path) -> None:
    paths = [*conformance.glob("duis/templates/*"), *conformance.glob("duis/samples/*")]
    assert len(paths) > 200
    for path in paths:
        if path.name == "duis-xxe.xml":
            assert "document type" in refusal(path.read_bytes()).what
        else:
            assert local_name(parse(path.read_bytes())) in ("Request", "Response")
