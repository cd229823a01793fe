"""The inputs of the install wave: what each is, where its default is from, and what it means for the run."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from dcc.working_days import Calendar, deadline_after
from scenarios.engine.family import SIM, Parameter
from scenarios.engine.simulation import end_of_day
from scenarios.market import SupplierShares
from scenarios.population import PopulationSize
from scenarios.wave_errors import ErrorModel, ErrorRates


class Depth(enum.Enum):
    """How much of an installation is played."""

    CREDENTIALS = "credentials"
    """Devices appear in the inventory commissioned; 6.21 and what follows are played."""

    FULL = "full"
    """From 12.2 to 6.24.1, in the order of the services (SEC Appendix AC), without a PPMID.

    It takes several times the messages. The DCC takes no meter without a metering point then, so that an
    MPAN which it does not know is one of a distributor id that it does not know.
    """


class WorkingDays(enum.Enum):
    """Whose working days count."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"


_CALENDARS: Final = {
    WorkingDays.ENGLAND_AND_WALES: Calendar.ENGLAND_AND_WALES,
    WorkingDays.SCOTLAND: Calendar.SCOTLAND,
}


class PartyDelays(NamedTuple):
    """Delays between acts, in working days; first to last, each as likely. All assumed, none measured."""

    retry_first_working_days: int
    retry_last_working_days: int
    read_first_working_days: int
    read_last_working_days: int
    correction_first_working_days: int
    correction_last_working_days: int
    read_after_correction_working_days: int
    read_while_nobody_placed_working_days: int


class InstallWaveInputs(NamedTuple):
    """What a wave is a function of, beside seed, version and modifications; rates and shares are 0 to 1.

    The run is observed for ``follow_up_days`` after the installing ends, or longer where deadlines lie
    behind. Delays are in working days, first to last, each as likely. With ``registration``, a folder,
    parties and metering points are those of its files, and ``suppliers`` and ``supplier_shares`` decide
    nothing.
    """

    homes: int = 500
    suppliers: int = 8
    supplier_shares: SupplierShares = SupplierShares.EQUAL
    gas_share: float = 0.0
    unknown_mpan_rate: float = 0.05
    installs_a_month: int = 200_000
    registration: str = ""
    strict: bool = False
    wrong_certificate_rate: float = 0.1
    error_model: ErrorModel = ErrorModel.BY_SIZE
    gas_transporter_share: float = 0.05
    wrong_gas_certificate_rate: float = 0.1
    repository_shows_owner_name: bool = False
    owner_name_factor: float = 0.1
    retry_error_factor: float = 1.0
    owners_correct: bool = True
    corrections_a_day: int = 0
    exchange_meters: bool = False
    installation: Depth = Depth.CREDENTIALS
    retry_first_working_days: int = 1
    retry_last_working_days: int = 2
    read_first_working_days: int = 1
    read_last_working_days: int = 15
    correction_first_working_days: int = 1
    correction_last_working_days: int = 10
    read_after_correction_working_days: int = 1
    read_while_nobody_placed_working_days: int = 5
    exchange_first_working_days: int = 10
    exchange_last_working_days: int = 60
    start: date = date(2026, 1, 5)
    weeks: int = 4
    follow_up_days: int = 56
    deadline_working_days: int = 7
    working_days: WorkingDays = WorkingDays.ENGLAND_AND_WALES

    @property
    def calendar(self) -> Calendar:
        """Whose bank holidays count."""
        return _CALENDARS[self.working_days]

    @property
    def size(self) -> PopulationSize:
        """What the population is drawn from."""
        return PopulationSize(
            self.homes,
            self.suppliers,
            self.unknown_mpan_rate,
            self.start,
            self.weeks,
            self.supplier_shares,
            self.gas_share,
            self.calendar,
            takeovers=self.error_model is ErrorModel.STALE,
            always_linked=self.installation is Depth.FULL,
        )

    @property
    def errors(self) -> ErrorRates:
        """How suppliers err."""
        return ErrorRates(
            self.wrong_certificate_rate,
            self.gas_transporter_share,
            self.error_model,
            self.wrong_gas_certificate_rate,
            self.owner_name_factor if self.repository_shows_owner_name else 1.0,
            self.retry_error_factor,
        )

    @property
    def delays(self) -> PartyDelays:
        """How long parties take."""
        return PartyDelays(*(getattr(self, name) for name in PartyDelays._fields))

    @property
    def begins(self) -> datetime:
        """The first moment of the run."""
        return datetime.combine(self.start, time.min, UTC)

    @property
    def observed_until(self) -> datetime:
        """The last moment: after the follow-up, and not before the last possible deadline is over."""
        last_day = datetime.combine(self.size.last_day, time.min, UTC)
        last_deadline = deadline_after(last_day, self.deadline_working_days, self.calendar)
        return max(end_of_day(last_day + timedelta(days=self.follow_up_days)), last_deadline)


_REPORT: Final = "SECMP0063 modification report, October 2018"
_INSTALLS: Final = (
    "DESNZ statistics: 221,000 electricity installations in January 2024, 198,000 in January 2025; rounded"
)
_SHARES: Final = "assumed; skewed: domestic electricity customers of the eight largest suppliers, rounded"
_CODE: Final = "SEC Appendix AC 5.2(a) as SECMP0063 tells it: seven working days"
_DAYS: Final = "working days"
_LONGEST: Final = 250


def _rate(section: str, name: str, text: str, source: str = SIM, **ends: Any) -> Parameter:
    return Parameter(section, name, text, "share", source, least=0.0, most=1.0, **ends)


def _delay(name: str, text: str, source: str = SIM) -> Parameter:
    return Parameter("delays", name, text, _DAYS, source, least=1, most=_LONGEST)


PARAMETERS: Final = (
    Parameter(
        "population",
        "homes",
        "homes, each with an electricity meter",
        "homes",
        least=1,
        most=1_000_000,
        is_choice=True,
    ),
    Parameter(
        "population",
        "suppliers",
        "suppliers of electricity and gas, where invented",
        "suppliers",
        least=1,
        most=999,
    ),
    Parameter(
        "population", "supplier_shares", "how homes are shared among suppliers, where invented", "", _SHARES
    ),
    _rate(
        "population",
        "gas_share",
        "homes with a gas meter too",
        "assumed none, for SECMP0063 is about electricity; 0.8 is believed usual",
        low=0.0,
        high=0.8,
        range_source="assumed; 0.8 is believed usual",
    ),
    _rate("population", "unknown_mpan_rate", "homes whose MPAN the DCC does not know"),
    Parameter(
        "population",
        "installs_a_month",
        "electricity installations a month in Great Britain, to scale figures to; decides nothing else",
        "a month",
        _INSTALLS,
        least=1,
        most=10_000_000,
        low=198_000,
        high=221_000,
        range_source="DESNZ statistics: January 2025 and January 2024",
    ),
    Parameter(
        "population",
        "registration",
        "folder of registration data that parties and metering points are taken from; none: invented ones",
        "",
        "a choice of the model",
        is_path=True,
        is_choice=True,
    ),
    Parameter(
        "population",
        "strict",
        "whether a bad row of registration data stops everything, or is told and passed over",
        "",
        "a choice of the model",
        is_choice=True,
    ),
    _rate(
        "errors",
        "wrong_certificate_rate",
        "choices of an electricity distributor's certificate that are another party's",
        f"{_REPORT}: the proposer's estimate that over 10% of meters hold a wrong one, read as a rate",
    ),
    Parameter("errors", "error_model", "whose certificate is taken by mistake", ""),
    _rate(
        "errors",
        "gas_transporter_share",
        "of the wrong choices, those that are a gas transporter's; none where the model is host or stale",
        f"assumed; that it happens: {_REPORT}",
    ),
    _rate(
        "errors",
        "wrong_gas_certificate_rate",
        "choices of a gas transporter's certificate that are another gas transporter's",
    ),
    Parameter(
        "errors",
        "repository_shows_owner_name",
        "whether the SMKI Repository shows whose a certificate is",
        "",
        f"{_REPORT}: it shows no owner's name",
        confirmed=True,
    ),
    _rate("errors", "owner_name_factor", "with owners' names shown, suppliers err so many times as often"),
    Parameter(
        "errors",
        "retry_error_factor",
        "after a refusal, suppliers err so many times as often as at first",
        "times",
        least=0.0,
        most=1.0,
        low=0.1,
        range_source="assumed: a refusal may make suppliers ten times as careful",
    ),
    Parameter(
        "behaviour",
        "owners_correct",
        "whether the owner of a wrong certificate, when asked, replaces it",
        "",
        f"{_REPORT}: it is done by hand",
        confirmed=True,
    ),
    Parameter(
        "behaviour",
        "corrections_a_day",
        "corrections that a network party manages on a working day; 0 for as many as it is asked for",
        "a working day",
        least=0,
        most=1_000_000,
        high=1,
        range_source="assumed: one person who does it beside other work",
    ),
    Parameter(
        "behaviour",
        "exchange_meters",
        "whether a meter that nobody can correct is exchanged by its supplier",
        "",
        f"{_REPORT}: it has to be exchanged; whether anybody does is assumed",
    ),
    Parameter(
        "behaviour",
        "installation",
        "how much of an installation is played",
        "",
        "a choice of the model",
        is_choice=True,
    ),
    _delay("retry_first_working_days", "a refused supplier tries again, at the earliest"),
    _delay("retry_last_working_days", "a refused supplier tries again, at the latest"),
    _delay("read_first_working_days", "a network operator first reads a new meter, at the earliest"),
    _delay("read_last_working_days", "a network operator first reads a new meter, at the latest"),
    _delay("correction_first_working_days", "an owner corrects after it was asked to, at the earliest"),
    _delay("correction_last_working_days", "an owner corrects after it was asked to, at the latest"),
    _delay("read_after_correction_working_days", "a network operator reads again after a correction"),
    _delay("read_while_nobody_placed_working_days", "a network operator reads again a meter without any"),
    _delay("exchange_first_working_days", "a meter that nobody can correct is exchanged, at the earliest"),
    _delay("exchange_last_working_days", "a meter that nobody can correct is exchanged, at the latest"),
    Parameter(
        "time",
        "start",
        "first day of installing",
        "day",
        least=date(2016, 1, 1),
        most=date(2045, 12, 31),
        is_choice=True,
    ),
    Parameter("time", "weeks", "weeks of installing", "weeks", least=1, most=104, is_choice=True),
    Parameter(
        "time",
        "follow_up_days",
        "observed after the installing, at least",
        "days",
        least=1,
        most=1000,
        is_choice=True,
    ),
    Parameter(
        "time",
        "deadline_working_days",
        "deadline, from commissioning on, for placing the network operator's credentials",
        _DAYS,
        _CODE,
        confirmed=True,
        least=1,
        most=100,
    ),
    Parameter("time", "working_days", "whose bank holidays count", ""),
)
"""Every field of :class:`InstallWaveInputs`."""
