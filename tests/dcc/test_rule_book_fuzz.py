"""Whatever a request says: no rule raises, and a decision accepts or names one rule that rejects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from dcc_worlds import (
    CHF,
    ESME,
    ESME_OF_NOBODY,
    ESME_WITHOUT_MPAN,
    EXPORT_SUPPLIER,
    GPF,
    GSME,
    HCALCS,
    NO_DEVICE,
    NOW,
    OPERATOR,
    PPMID,
    STRANGER,
    SUPPLIER,
    TRANSPORTER,
    World,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc.anomaly import Threshold
from dcc.bodies.credentials import (
    CANCELLATION,
    CredentialType,
    IssueDeviceCredential,
    OptOut,
    PlaceDeviceCertificate,
    ReplaceCredentials,
    ReplaceSupplierCredentials,
    RetrieveRoles,
)
from dcc.bodies.meters import SetExportMpan, SetImportMpxn, SynchroniseClock, TopUp
from dcc.bodies.reads import EventLog, Read, ReadDeviceLog, ReadEventLog, ReadLog
from dcc.dates import DateRange
from dcc.envelope import Envelope, WebService
from dcc.identifiers import DistributorId, Mpan, Mprn, RequestId
from dcc.rules.model import Outcome
from dcc.rules.order import RULE_BOOK, decide
from dcc.service_requests import CommandVariant, OtherBody, RequestBody, ServiceRequest, SignedPreCommand
from dcc.services import SERVICES
from dcc.srv import Srv
from devices.gbcs.identifiers import OriginatorCounter, RemotePartyRole
from scenarios.test_bed import ACB_ID

_WORLD: Final = World()
_BODY: Final = _WORLD.certificates_of(SUPPLIER)
_USERS: Final = st.sampled_from([SUPPLIER, OPERATOR, TRANSPORTER, EXPORT_SUPPLIER, STRANGER, ESME])
_TARGETS: Final = st.sampled_from(
    [ESME, GSME, CHF, GPF, PPMID, HCALCS, ESME_WITHOUT_MPAN, ESME_OF_NOBODY, NO_DEVICE, ACB_ID, SUPPLIER]
)
_COUNTERS: Final = st.integers(0, 2**64 - 1).map(OriginatorCounter)
_REQUEST_IDS: Final = st.builds(RequestId, _USERS, _TARGETS, _COUNTERS)
_MOMENTS: Final = st.one_of(
    st.sampled_from([
        NOW,
        CANCELLATION,
        datetime.min,
        datetime.max,
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    ]),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]) | st.none()),
)  # fmt: skip
_DATES: Final = st.none() | _MOMENTS
_ROLES: Final = st.sampled_from(RemotePartyRole)
_SUPPLIERS_OWN: Final = [der for der in (_BODY.signing, _BODY.agreement, _BODY.top_up) if der is not None]
_DER: Final = st.sampled_from(
    [*_SUPPLIERS_OWN, _WORLD.device(ESME).certificates.signing.der, b"", b"\x30\x00"]
)
_PATHS: Final = st.lists(st.sampled_from([*_BODY.path, b"rubbish"]), max_size=4).map(tuple)
_MPXNS: Final = st.sampled_from(
    [Mpan.from_core(DistributorId(10), 1), Mprn.from_unique("12345678"), Mprn("1")]
)
_MPANS: Final = st.just(Mpan.from_core(DistributorId(10), 1))
_FLOORS: Final = st.none() | _COUNTERS
_BODIES: Final[st.SearchStrategy[RequestBody]] = st.one_of(
    st.builds(
        ReplaceCredentials, _ROLES, st.none() | _DER, st.none() | _DER, st.none() | _DER, _PATHS,
        st.booleans(), _FLOORS, _FLOORS, _DATES,
    ),
    st.builds(
        ReplaceSupplierCredentials, _DER, st.none() | _DER, _MPXNS, _COUNTERS, st.none() | _DER, _PATHS,
        st.booleans(), _FLOORS, _DATES,
    ),
    st.builds(OptOut, _DER, _COUNTERS, _MOMENTS, st.none() | _DER, _PATHS, st.booleans()),
    st.builds(PlaceDeviceCertificate, _DER),
    st.builds(IssueDeviceCredential, st.sampled_from(CredentialType)),
    st.builds(RetrieveRoles, st.lists(_ROLES, max_size=9).map(tuple)),
    st.builds(Read, _DATES),
    st.builds(ReadLog, _MOMENTS, _MOMENTS, st.none() | _DER, _DATES),
    st.builds(ReadEventLog, _MOMENTS, _MOMENTS, st.sampled_from(EventLog)),
    st.builds(ReadDeviceLog, st.booleans(), _DATES),
    st.builds(SetImportMpxn, _MPXNS, st.none() | _MPANS, _DATES),
    st.builds(SetExportMpan, _MPANS, _DATES),
    st.builds(SynchroniseClock, _MOMENTS, st.integers(0, 86400)),
    st.builds(TopUp, st.text("0123456789x", max_size=21)),
    st.builds(OtherBody, st.just("Other"), st.just(b""), _DATES),
    st.builds(SignedPreCommand, st.binary(max_size=80), _DATES),
)  # fmt: skip
_OWN_CERTIFICATE: Final = _WORLD.client(SUPPLIER).credentials.signing
_ENVELOPES: Final = st.none() | st.builds(
    Envelope,
    st.sampled_from(WebService),
    st.sampled_from([_OWN_CERTIFICATE, _WORLD.client(OPERATOR).credentials.agreement]) | st.none(),
    st.none() | st.just("the digest is another"),
)


@st.composite
def requests(draw: st.DrawFn) -> ServiceRequest:
    """As often as not with the kind of body that belongs to the service."""
    body = draw(_BODIES)
    fitting = [srv for srv in Srv if SERVICES[srv].body is type(body)]
    srv = draw(st.sampled_from(fitting) if fitting and draw(st.booleans()) else st.sampled_from(Srv))
    preceding = draw(st.none() | _REQUEST_IDS)
    first = draw(st.none() | st.booleans())
    variant = draw(st.sampled_from(CommandVariant))
    return ServiceRequest(draw(_REQUEST_IDS), variant, srv, body, first, preceding)


def _set_limits() -> None:
    _WORLD.dcc.furthest_execution = timedelta(days=30)
    for user in (SUPPLIER, OPERATOR):
        _WORLD.dcc.anomaly.set_user_thresholds(user, [Threshold(frozenset(Srv), 3, timedelta(days=1))])
    _WORLD.dcc.anomaly.set_top_up_limit(SUPPLIER, 100)


_set_limits()


@given(request=requests(), envelope=_ENVELOPES)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_request_breaks_a_rule(request: ServiceRequest, envelope: Envelope | None) -> None:
    world = _WORLD
    world.envelope = envelope
    view = world.view(request)
    verdicts = [rule.ask(world.view(request)) for rule in RULE_BOOK]
    lacking = [rule.id for rule in RULE_BOOK if rule.about and getattr(view, rule.about) is None]
    answered = {verdict.rule_id for verdict in verdicts if verdict.outcome in (Outcome.PASS, Outcome.REJECT)}
    assert answered.isdisjoint(lacking)
    assert [verdict.rule_id for verdict in verdicts] == [rule.id for rule in RULE_BOOK]
    decision = decide(world.view(request))
    rejects = [verdict for verdict in verdicts if verdict.outcome is Outcome.REJECT]
    assert decision.rejection == (rejects[0] if rejects else None)
    for verdict in rejects:
        assert verdict.observed
        assert verdict.expected
    assert tuple(verdicts[: len(decision.verdicts)]) == decision.verdicts


def test_a_day_before_time_is_no_range() -> None:
    """The ends of time as the period of a read: no day, and no error."""
    east = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    view = _WORLD.view(_WORLD.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, ReadLog(east, NOW)))
    assert view.date_range is None
    usable = _WORLD.view(_WORLD.ask(OPERATOR, Srv.READ_NETWORK_DATA, ESME, ReadLog(NOW, NOW)))
    assert usable.date_range == DateRange(NOW.date(), NOW.date())
