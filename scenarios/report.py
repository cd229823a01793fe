"""The report of a wave for people: what was assumed, and the runs side by side in a table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dcc.releases import BEFORE, release_at, switch_labels
from scenarios.comparison import RunOutcome, WaveReport
from scenarios.wave_figures import RefusalCount, WaveFigures, refusal_order


class Row(NamedTuple):
    """A figure and what it is called; with ``share_of``, its share of another figure stands beside it."""

    key: str
    label: str
    share_of: str = ""


SECTIONS: Final[tuple[tuple[str, tuple[Row, ...]], ...]] = (
    (
        "Homes",
        (
            Row("installed", "meters installed"),
            Row("mpan_unknown", "  MPAN unknown to the DCC", "installed"),
            Row("placed", "network operator certificate placed by 6.21"),
        ),
    ),
    (
        "Wrong certificates",
        (
            Row("wrong", "placed", "placed"),
            Row("wrong_mpan_known", "  MPAN known to the DCC", "placed_mpan_known"),
            Row("wrong_mpan_unknown", "  MPAN unknown to the DCC", "placed_mpan_unknown"),
            Row("wrong_gas_transporter", "  a gas transporter's", "wrong"),
            Row("found", "found by the true operator", "wrong"),
            Row("corrected", "  corrected by the owner (6.15.1)"),
            Row("read_after_correction", "    and read by the true operator since"),
            Row("needs_exchange", "  needs exchange of the meter (E061501)"),
            Row("found_not_corrected", "  not yet corrected at the end"),
            Row("not_found", "not found at the end"),
            Row("another_party_in_cells_at_end", "meters that hold another party's at the end"),
            Row("nobody_placed_at_end", "meters that hold no operator's at the end"),
        ),
    ),
    (
        "What it costs",
        (
            Row("supplier_requests_refused", "requests of suppliers refused"),
            Row("reads_answered", "reads of network operators answered"),
            Row("reads_unanswered", "reads of network operators in vain (E21)"),
            Row("reads_unanswered_another_party", "  another party in the cells", "reads_unanswered"),
            Row(
                "reads_unanswered_nobody_placed", "  no operator's certificate placed yet", "reads_unanswered"
            ),
            Row("meter_days_without_access", "meter-days without operator access"),
            Row("deadline_breaches", "breaches of the deadline in working days", "installed"),
        ),
    ),
    (
        "Messages and cryptography, really computed",
        (
            Row("service_requests", "service requests"),
            Row("wan_messages", "GBCS messages over the SM WAN"),
            Row("wan_commands", "  commands"),
            Row("wan_responses", "  responses"),
            Row("device_alerts", "  device alerts"),
            Row("signatures_made", "signatures made"),
            Row("signatures_verified", "signatures verified"),
            Row("macs_computed", "MACs computed"),
            Row("secrets_agreed", "secrets agreed"),
        ),
    ),
)
"""The rows of the table, in their order."""

_PLAIN_WIDTH: Final = 110


def print_report(report: WaveReport) -> None:
    """Print the whole report on the terminal."""
    _print(report, Console(markup=False, emoji=False, highlight=False), box.SIMPLE_HEAD)


def plain_text(report: WaveReport) -> str:
    """The whole report for pipes and files: no colours, one width, whatever the environment says."""
    console = Console(
        file=io.StringIO(),
        width=_PLAIN_WIDTH,
        force_terminal=False,
        color_system=None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        _print(report, console, box.ASCII)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _print(report: WaveReport, console: Console, frame: box.Box) -> None:
    for line in _heading(report):
        console.print(line, soft_wrap=True)
    console.print()
    console.print(_figures_table(report, frame))
    console.print()
    console.print(_refusals_table(report, frame) if _all_refusals(report) else "Refusals: none")
    console.print()
    for outcome in report.outcomes:
        if outcome.panel.rows:
            console.print(_panel_table(outcome, frame))
            console.print()
    for line in _ending(report):
        console.print(line, soft_wrap=True)


def _heading(report: WaveReport) -> Iterator[str]:
    inputs = report.inputs
    yield f"dccbench {report.version}, install wave, seed {inputs.seed}"
    yield ", ".join(f"{name} {value}" for name, value in inputs._asdict().items() if name != "seed")
    yield from _modifications(report)
    yield "Assumptions in force, none of them confirmed:"
    for item in report.assumptions:
        yield f"  {item.name} = {item.value}" + (f" ({item.note})" if item.note else "")
    yield f"Faults in force: {', '.join(report.faults) or 'none'}"


def _modifications(report: WaveReport) -> Iterator[str]:
    """What is on, and what became of it, so that nobody takes a what-if for today's rules."""
    switching = report.switching
    if switching.release is not BEFORE:
        yield f"Release {switching.release.name}: {switching.release.text}."
    for outcome in report.outcomes if switching.concerned else ():
        yield f"On in the run {outcome.label}: {', '.join(switch_labels(outcome.modifications)) or 'nothing'}"
    if switching.presumed:
        yield f"Presumed to be on, not confirmed: {', '.join(switch_labels(switching.presumed))}"
    for record in switching.concerned:
        yield f"{record.number}: {record.title}."
        yield f"Outcome: {record.outcome.text}."
    if report.note:
        yield f"Note: {report.note}."
    in_force = release_at(report.inputs.start).modifications
    if any(set(outcome.modifications) != in_force for outcome in report.outcomes if switching.concerned):
        yield "What follows is a what-if; codes written SIM- are ours."


def _ending(report: WaveReport) -> Iterator[str]:
    for outcome in report.outcomes:
        totals = ", ".join(f"{code.value} {count}" for code, count in outcome.panel.totals)
        yield f"{outcome.label}: Panel report in total: {totals}; {outcome.end}"
    for outcome in report.outcomes:
        if outcome.breaches:
            yield f"{outcome.label}: the history checks found breaches: these figures are not to be believed."
            yield from outcome.breaches


def _figures_table(report: WaveReport, frame: box.Box) -> Table:
    table = Table("Figure", box=frame, title="Outcome", title_justify="left")
    for outcome in report.outcomes:
        table.add_column(outcome.label, justify="right")
    for title, rows in SECTIONS:
        table.add_section()
        table.add_row(Text(title, style="bold"))
        for row in rows:
            table.add_row(f"  {row.label}", *(_cell(outcome.figures, row) for outcome in report.outcomes))
    return table


def _cell(figures: WaveFigures, row: Row) -> str:
    value = getattr(figures, row.key)
    share = share_of(figures, row)
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return text if share is None else f"{text} ({share:6.1%})"


def share_of(figures: WaveFigures, row: Row) -> float | None:
    """A figure's share, 0 to 1; None where it has none, or of nothing."""
    whole = getattr(figures, row.share_of) if row.share_of else 0
    return getattr(figures, row.key) / whole if whole else None


def _refusals_table(report: WaveReport, frame: box.Box) -> Table:
    """How often each party met each code, side by side."""
    table = Table("Party", "Role", "SRV", "Code", box=frame, title="Refusals", title_justify="left")
    counts = [{row[:4]: row.times for row in outcome.refusals} for outcome in report.outcomes]
    for outcome in report.outcomes:
        table.add_column(outcome.label, justify="right")
    for key in dict.fromkeys(row[:4] for row in _all_refusals(report)):
        party, role, srv, code = key
        times = (str(of_run.get(key, 0)) for of_run in counts)
        table.add_row(party, role.value, srv.value, code.value, *times)
    return table


def _all_refusals(report: WaveReport) -> list[RefusalCount]:
    """The refusals of all runs in one order."""
    rows = [row for outcome in report.outcomes for row in outcome.refusals]
    return sorted(rows, key=refusal_order)


def _panel_table(outcome: RunOutcome, frame: box.Box) -> Table:
    """The report to the Panel, without the columns that only machines need."""
    title = f"Report to the SEC Panel, {outcome.label}"
    table = Table(box=frame, title=title, title_justify="left")
    for name in ("Period", "Supplier", "SRV", "Code", "Device"):
        table.add_column(name, overflow="fold")
    table.add_column("Count", justify="right", overflow="fold")
    table.add_column("First seen", overflow="fold")
    table.add_column("Last seen", overflow="fold")
    for row in outcome.panel.rows:
        table.add_row(
            row.period,
            row.supplier_party,
            row.srv.value,
            row.code.value,
            row.device_type.value if row.device_type else "-",
            str(row.count),
            f"{row.first_seen:%Y-%m-%d}",
            f"{row.last_seen:%Y-%m-%d}",
        )
    return table
