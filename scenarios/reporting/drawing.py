"""Drawings as SVG to stand in a page: text stays text, nothing is fetched, same values give same octets."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec
from warnings import catch_warnings, filterwarnings

import matplotlib as mpl
from lxml import etree
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

INK: Final = "#333333"
_FAINT: Final = "#DDDDDD"
_WIDTH: Final = 400
_POINTS_PER_INCH: Final = 72
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_SVG: Final = "{http://www.w3.org/2000/svg}"
_XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_STYLE: Final[Any] = {
    "svg.hashsalt": "dccbench",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "axes.formatter.use_locale": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "path.simplify": False,
    "timezone": "UTC",
}


_Arguments = ParamSpec("_Arguments")


def styled(draw: Callable[_Arguments, str]) -> Callable[_Arguments, str]:
    """Draw in this module's style alone, whatever that of the machine's user is."""

    @wraps(draw)
    def drawn(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> str:
        with mpl.rc_context(), catch_warnings():
            # Pages are shown in fonts of the reader's, which have more than the one that measures.
            filterwarnings("ignore", message="Glyph .* missing from font")
            mpl.rcdefaults()
            mpl.rcParams.update(_STYLE)
            return draw(*arguments, **options)

    return drawn


def drawing(
    height: float, *, left: float = 46, right: float = 12, top: float = 10, bottom: float = 36
) -> tuple[Canvas, Any]:
    """An empty drawing, and axes within these margins, in points."""
    canvas = Canvas(figsize=(_WIDTH / _POINTS_PER_INCH, height / _POINTS_PER_INCH), dpi=_POINTS_PER_INCH)
    box = (
        left / _WIDTH,
        bottom / height,
        (_WIDTH - left - right) / _WIDTH,
        (height - top - bottom) / height,
    )
    axes = canvas.add_axes(box)
    canvas.patch.set_visible(False)
    axes.patch.set_visible(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    return canvas, axes


def whisker(axes: Any, interval: tuple[float, float], middle: float) -> None:
    """An interval, drawn across at this height."""
    axes.plot(interval, (middle, middle), color=INK, linewidth=1.2)
    for end in interval:
        axes.plot((end, end), (middle - 3, middle + 3), color=INK, linewidth=1.2)


def svg_of(canvas: Canvas, chart: str, title: str, description: str) -> str:
    """The drawing as an element for a page: with its title and text, without what is not for the eye."""
    chart = _NO_NAME.sub("-", chart)
    stream = io.BytesIO()
    drawn: Any = FigureCanvasSVG(canvas)
    drawn.print_svg(stream, metadata={"Date": None})
    root = etree.fromstring(stream.getvalue())
    for unwanted in list(root.iter(f"{_SVG}metadata", f"{_SVG}style")):
        _remove(unwanted)
    for comment in list(root.iter(etree.Comment)):
        _remove(comment)
    for element in root.iter():
        _rename(element, chart)
    for key in ("width", "height", "version"):
        del root.attrib[key]
    root.set("role", "img")
    root.set("aria-labelledby", f"{chart}-title {chart}-desc")
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        told = etree.Element(f"{_SVG}{tag}", {"id": f"{chart}-{tag}"})
        told.text = text
        root.insert(place, told)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode")


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _rename(element: Any, chart: str) -> None:
    """Identifiers of this chart alone; references by what pages know, not by XLink."""
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{chart}-{value}")
        elif key == _XLINK_HREF:
            del element.attrib[key]
            element.set("href", f"#{chart}-{value.removeprefix('#')}")
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{chart}-"))
