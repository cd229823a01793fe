"""The page: one file, safe, the same each time; charts that say what the tables say."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from lxml import etree, html
from report_worlds import FAMILY, NASTY, plan, study, sweep_plan, with_breach

from dcc.modifications import Modification
from scenarios.reporting.document import Document, document_of
from scenarios.reporting.html import document_html
from scenarios.reporting.wording import estimate_text, number
from scenarios.study.planning import VariantSpec
from scenarios.study.results import StudyResult

SVG = "{http://www.w3.org/2000/svg}"
SVG_IN_PAGES = re.compile(r"<svg .*?</svg>", re.DOTALL)


def document(result: StudyResult | None = None) -> Document:
    return document_of(study() if result is None else result, FAMILY)


@pytest.fixture(scope="module")
def page() -> str:
    return document_html(document())


@pytest.fixture(scope="module")
def swept() -> str:
    return document_html(document(study(sweep_plan())))


def charts(page: str) -> dict[str, Any]:
    """The drawings by the beginning of their identifiers; each is well-formed by itself."""
    found = {}
    for text in SVG_IN_PAGES.findall(page):
        drawing = etree.fromstring(text)
        if drawing.get("role") == "img":
            found[drawing.get("aria-labelledby").split("-title")[0]] = drawing
    return found


def numbers_of(path: str) -> list[tuple[float, float]]:
    found = [float(item) for item in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return list(zip(found[::2], found[1::2], strict=True))


def drawn(drawing: Any, identifier: str) -> list[tuple[float, float]]:
    (group,) = (item for item in drawing.iter() if item.get("id", "").endswith(identifier))
    path = group if group.tag == f"{SVG}path" else next(group.iter(f"{SVG}path"))
    return numbers_of(path.get("d"))


def test_the_same_study_gives_the_same_octets(page: str) -> None:
    assert document_html(document()) == page
    slower = study()
    finished = tuple(item._replace(wall_seconds=99.0) for item in slower.finished)
    assert document_html(document(slower._replace(finished=finished))) == page


def test_nothing_is_fetched_and_nothing_is_run(page: str, swept: str) -> None:
    for text in (page, swept):
        tree = html.document_fromstring(text)
        tags = {item.tag for item in tree.iter() if isinstance(item.tag, str)}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for item in tree.iter():
            for key, value in item.attrib.items():
                assert not key.lower().startswith("on"), key
                if key in ("src", "href", "action", "data") or key.endswith("href"):
                    assert value.startswith("#")
        without_names = text.replace("http://www.w3.org/2000/svg", "").replace(
            "http://www.w3.org/1999/xlink", ""
        )
        assert "http" not in without_names
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text)


def test_labels_are_text_and_nothing_else(page: str) -> None:
    assert "<b onclick" not in page
    assert "&lt;b onclick=" in page
    tree = html.document_fromstring(page)
    assert NASTY in tree.xpath("string(//p[@class='question'])")


def test_identifiers_are_there_once_and_references_find_theirs(page: str) -> None:
    tree = html.document_fromstring(page)
    identifiers = tree.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    targets = re.findall(r'(?:url\(|href=")#([^)"]+)', page)
    assert targets
    assert set(targets) <= set(identifiers)


def test_every_chart_has_a_title_and_a_description(page: str, swept: str) -> None:
    for text in (page, swept):
        found = charts(text)
        assert found
        for name, drawing in found.items():
            title, description = drawing.find(f"{SVG}title"), drawing.find(f"{SVG}desc")
            assert title.text
            assert description.text
            assert drawing.get("aria-labelledby") == f"{name}-title {name}-desc"
            assert drawing.get("viewBox")
            assert drawing.get("width") is None
            assert not list(drawing.iter(f"{SVG}style", f"{SVG}metadata"))


@pytest.mark.parametrize("name", ["wrong", "commands", "waiting"])
def test_lines_go_through_the_values_of_the_document(page: str, name: str) -> None:
    """Heights in the drawing are an affine function of the values, the same one for all variants."""
    drawing = charts(page)[f"series-{name}"]
    (curves,) = (item for item in document().curves if item.name == name)
    pairs = []
    for curve in curves.curves:
        points = drawn(drawing, f"-mean-{curve.variant}")
        assert len(points) == len(curve.mean)
        pairs += [(value, y) for value, (_, y) in zip(curve.mean, points, strict=True)]
    (low, y_low), (high, y_high) = min(pairs), max(pairs)
    scale = (y_high - y_low) / (high - low)
    assert scale < 0
    for value, y in pairs:
        assert y == pytest.approx(y_low + scale * (value - low), abs=1e-3)


def test_bars_are_as_long_as_their_figures_and_say_them(page: str) -> None:
    drawing = charts(page)["figure-wrong"]
    (row,) = (row for row in document().rows if row.figure.name == "wrong")
    lengths = []
    for variant in (0, 1):
        corners = [x for x, _ in drawn(drawing, f"-bar-{variant}")]
        lengths.append(max(corners) - min(corners))
    means = [item.estimate.mean for item in row.estimates if item]
    assert lengths[1] / lengths[0] == pytest.approx(means[1] / means[0], rel=1e-3)
    texts = ["".join(item.itertext()) for item in drawing.iter(f"{SVG}text")]
    expected = [estimate_text(item.estimate) for item in row.estimates if item]
    assert [text.rpartition(": ")[2] for text in texts] == expected
    cells = html.document_fromstring(page).xpath("//section[h2='Headline figures']//tbody/tr[1]/td")
    assert [cell.text_content().split("  ")[0].strip()[: len(each)] for cell, each in zip(
        cells, expected, strict=False
    )] == expected  # fmt: skip


def test_the_table_below_the_charts_has_their_numbers(page: str) -> None:
    tree = html.document_fromstring(page)
    rows = [
        [cell.text_content().strip() for cell in row.xpath("td")]
        for row in tree.xpath("//section[h2='Over time']//tbody/tr")
    ]
    expected = [
        [
            f"{'with' if curve.variant else 'without'} secmp0063",
            number(curve.peak[1]),
            str(curve.peak[0]),
            number(curve.mean[-1]),
            str(curve.days[-1]),
        ]
        for curves in document().curves
        for curve in curves.curves
    ]
    assert [row[:5] for row in rows] == expected


def test_a_sweep_has_a_line_for_each_variant_through_its_points(swept: str) -> None:
    drawing = charts(swept)["sweep-wrong"]
    for variant, mean in ((0, 11), (1, 7)):
        points = drawn(drawing, f"-mean-{variant}")
        assert len(points) == 3
        assert len({y for _, y in points}) == 1, mean
        steps = [right - left for (left, _), (right, _) in pairwise(points)]
        assert steps[1] / steps[0] == pytest.approx(2, rel=1e-3)


def test_breaches_come_first_and_in_words(page: str) -> None:
    broken = document_html(document(with_breach(study(), f"a home got lost {NASTY}")))
    tree = html.document_fromstring(broken)
    first = tree.xpath("//section")[0]
    assert first.get("class") == "alarm"
    assert NASTY in first.text_content()
    assert 'class="alarm"' not in page


def test_a_study_that_was_interrupted_says_so(page: str) -> None:
    result = study()
    part = document_html(document(result._replace(finished=result.finished[:3], complete=False)))
    assert "Partial" in part
    assert "3 runs are finished of 6" in part
    assert "Partial" not in page


def test_assumptions_and_the_benchs_own_codes_are_marked(page: str) -> None:
    tree = html.document_fromstring(page)
    rows = tree.xpath("//table[contains(@class, 'assumptions')]/tbody/tr")
    assert [row.xpath("string(td[last()])").strip() for row in rows] == ["confirmed", *["assumed"] * 3]
    assert tree.xpath("//abbr[@class='sim']/text()")[0] == "SIM-PSC"


def test_long_names_of_variants_are_short_in_bars_and_whole_in_a_legend() -> None:
    for length, has_legend in ((40, False), (41, True)):
        long = "x" * length
        text = document_html(document(study(plan(variants=(VariantSpec(long), VariantSpec("测试 _y"))))))
        drawing = charts(text)["figure-wrong"]
        shown = "".join(next(drawing.iter(f"{SVG}text")).itertext()).partition(":")[0]
        assert shown == (long if not has_legend else "x" * 39 + "…")
        legends = html.document_fromstring(text).xpath("//div[contains(@class, 'bars')]//p[@class='legend']")
        assert bool(legends) is has_legend


def test_one_replication_of_one_variant_has_neither_intervals_nor_differences() -> None:
    alone = document_html(document(study(plan(variants=(), replications=1))))
    assert "One replication has no interval" in alone
    assert "±" not in alone
    assert "Difference" not in alone


def test_the_outcome_of_modifications_is_told(page: str) -> None:
    assert "withdrawn by its proposer" in page
    assert "A what-if: SECMP0063 never came into force" in page
    today = document_html(document(study(plan(variants=(), on=(Modification.MP128A,)))))
    assert "what-if" not in today
