"""How devices come to be commissioned: put into the inventory as they are, or installed service by service.

What a visitor does in a home to power a hub, and a meter's joining of the HAN, take no time of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, Protocol

from dcc.bodies.credentials import (
    CredentialType,
    IssueDeviceCredential,
    PlaceDeviceCertificate,
    RetrieveRoles,
)
from dcc.bodies.hub import JoinOrUnjoin, UpdateHanDeviceLog, WhitelistEntry
from dcc.bodies.hub_visits import HubInstalled
from dcc.bodies.inventory import PreNotifyDevice
from dcc.bodies.meters import SetImportMpxn, SynchroniseClock
from dcc.identifiers import Mpxn
from dcc.inventory_status import StatusCause
from dcc.response_codes import ResponseCode
from dcc.service_requests import RequestBody
from dcc.smki.profiles import CertificatePurpose
from dcc.srv import Srv
from devices.comms_hub import Chf
from devices.gbcs.certification_request import parse_certification_request
from devices.gbcs.device_certificates import IssueCredentialsResponse
from devices.gbcs.identifiers import DeviceType, Eui64, RemotePartyRole
from scenarios.engine.link import Answer
from scenarios.engine.simulation import Conversation
from scenarios.party_client import PartyClient
from scenarios.population import Home
from scenarios.test_bed import ACB_ID
from scenarios.wave_inputs import Depth
from scenarios.wave_stage import Stage, links_of

MAKER: Final = "Maker"
MODEL: Final = "Model"
_JOIN_SECONDS: Final = 3600
_CLOCK_TOLERANCE_SECONDS: Final = 120
_INSTALL_CODE: Final = bytes(16)
_DONE: Final = frozenset({ResponseCode.I0, ResponseCode.I99})
_PURPOSES: Final = {
    CredentialType.DIGITAL_SIGNATURE: CertificatePurpose.DIGITAL_SIGNING,
    CredentialType.KEY_AGREEMENT: CertificatePurpose.KEY_AGREEMENT,
}
Then = Callable[[], Conversation[None]]


class Installer(Protocol):
    """Brings devices to where their network operator's certificates can be placed."""

    def made_for_supplier(self, home: Home) -> bool:
        """Whether the device has its supplier's certificates from the factory."""

    def begin(self, home: Home, then: Then) -> Conversation[None]:
        """Install and commission; ``then`` what comes next, if need be on another day."""

    def finish(self, home: Home) -> Conversation[None]:
        """What is left to do after the network operator's certificates were placed, or tried to be."""


def installer_of(stage: Stage, client: PartyClient) -> Installer:
    """An installer for a supplier, of the depth that the inputs name."""
    if stage.inputs.installation is Depth.FULL:
        return ServiceByService(stage, client)
    return AlreadyCommissioned(stage)


class AlreadyCommissioned:
    """Devices come from the factory straight into the inventory; they hold the DCC's certificates."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def made_for_supplier(self, home: Home) -> bool:  # noqa: ARG002
        """Never: the supplier has to place its own."""
        return False

    def begin(self, home: Home, then: Then) -> Conversation[None]:
        """Take the device through the inventory; a gas proxy with hub and meter, which nobody talks to."""
        stage, bed, now = self._stage, self._stage.bed, self._stage.now
        device_type = device_type_of(home)
        stage.kit.link.connect(bed.manufacture(device_type, home.device, now))
        if home.gas is None:
            bed.commission_meter(home.device, device_type, links_of(home), now)
        else:
            bed.commission_gpf(home.device, home.hub, home.gas.gsme, links_of(home), now)
        yield from then()

    def finish(self, home: Home) -> Conversation[None]:  # noqa: ARG002
        """Nothing is left."""
        yield from ()


class _Step(NamedTuple):
    """A service of an installation; ``after`` is what happens in the home when it has succeeded."""

    srv: Srv
    target: Eui64
    body: Callable[[], RequestBody]
    after: Callable[[Answer], None] = lambda _answer: None


class ServiceByService:
    """The services of SEC Appendix AC in their order, each by the DSP and on the devices themselves."""

    def __init__(self, stage: Stage, client: PartyClient) -> None:
        self._stage = stage
        self._client = client

    def made_for_supplier(self, home: Home) -> bool:
        """Meters are; a gas proxy comes with the hub, which is the DCC's (both assumed)."""
        return home.gas is None

    def begin(self, home: Home, then: Then) -> Conversation[None]:
        """12.2, 8.14.1, 8.11, 8.1.1, of gas 8.7.2, and 6.20.1."""
        self._bring(home)
        yield from self._go_on(home, "begin", self._first_steps(home), then)

    def finish(self, home: Home) -> Conversation[None]:
        """6.17 and 6.15.2 for both keys of the meter, and 6.24.1 of the cells."""
        return self._go_on(home, "finish", self._last_steps(home), None)

    def _bring(self, home: Home) -> None:
        """The devices are in the home; the DCC's provider knows hub and gas proxy, which find the SM WAN."""
        stage, bed, now = self._stage, self._stage.bed, self._stage.now
        inventory = bed.world.inventory
        own = self._client.credentials
        meter, meter_type = meter_of(home)
        stage.kit.link.connect(bed.manufacture(meter_type, meter, now, own))
        if home.hub not in inventory:
            stage.kit.link.connect(bed.manufacture(DeviceType.CHF, home.hub, now))
            inventory.pre_notify(home.hub, DeviceType.CHF, now, manufacturer=MAKER, model=MODEL)
            inventory.change_status(home.hub, StatusCause.CONNECTED_TO_WAN, now)
            inventory.change_status(home.hub, StatusCause.HUB_COMMISSIONED, now)
        if home.gas is not None:
            stage.kit.link.connect(bed.manufacture(DeviceType.GPF, home.device, now))
            inventory.pre_notify(
                home.device, DeviceType.GPF, now, hub=home.hub, manufacturer=MAKER, model=MODEL
            )
            inventory.change_status(home.device, StatusCause.CONNECTED_TO_WAN, now)

    def _first_steps(self, home: Home) -> tuple[_Step, ...]:
        meter, meter_type = meter_of(home)
        point: Mpxn = home.mpan if home.gas is None else home.gas.mprn
        notify = _Step(
            Srv.PRE_NOTIFY_DEVICE, ACB_ID, lambda: PreNotifyDevice(meter, meter_type, MAKER, MODEL)
        )
        hub_is_new = home.gas is None and home.generation == 1
        report = _Step(Srv.HUB_INSTALLED, ACB_ID, lambda: _hub_installed(home))
        entry = WhitelistEntry(_JOIN_SECONDS, _INSTALL_CODE, point)
        add = _Step(
            Srv.UPDATE_HAN_DEVICE_LOG,
            home.hub,
            lambda: UpdateHanDeviceLog(meter, entry),
            lambda _answer: self._join_han(home.hub, meter),
        )
        commission = _Step(Srv.COMMISSION_DEVICE, meter, self._clock)
        pair = _Step(Srv.JOIN_NON_CRITICAL, meter, lambda: JoinOrUnjoin(home.device))
        name = _Step(Srv.SET_IMPORT_MPXN, meter, lambda: SetImportMpxn(point))
        return (
            notify,
            *((report,) if hub_is_new else ()),
            add,
            commission,
            *((pair,) if home.gas is not None else ()),
            name,
        )

    def _last_steps(self, home: Home) -> tuple[_Step, ...]:
        meter, _ = meter_of(home)
        renewals = [step for credential in CredentialType for step in self._renewal(meter, credential)]
        roles = RetrieveRoles((RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR))
        return *renewals, _Step(Srv.RETRIEVE_CREDENTIALS, home.device, lambda: roles)

    def _renewal(self, meter: Eui64, credential: CredentialType) -> tuple[_Step, _Step]:
        """A certificate for a new key of a meter: asked for (6.17), issued, and placed (6.15.2)."""
        issued: list[bytes] = []

        def issue(answer: Answer) -> None:
            issued[:] = [self._issue(answer, credential)]

        return (
            _Step(Srv.ISSUE_CREDENTIALS, meter, lambda: IssueDeviceCredential(credential), issue),
            _Step(Srv.UPDATE_DEVICE_CERTIFICATE, meter, lambda: PlaceDeviceCertificate(issued[0])),
        )

    def _issue(self, answer: Answer, credential: CredentialType) -> bytes:
        """The certificate for the key in a meter's request, lodged in the SMKI Repository."""
        opened = answer.opened
        assert isinstance(opened, IssueCredentialsResponse), opened
        assert isinstance(opened.outcome, bytes), opened.outcome
        asked, bed, now = parse_certification_request(opened.outcome), self._stage.bed, self._stage.now
        certificate = bed.smki.issue_device(asked.device, asked.key_usage, asked.public_point, now)
        bed.repository.lodge(certificate, _PURPOSES[credential])
        return certificate.der

    def _join_han(self, hub: Eui64, device: Eui64) -> None:
        """A device finds the hub that has it in its log, and the hub says so."""
        link = self._stage.kit.link
        chf = link.device(hub)
        assert isinstance(chf, Chf), chf
        link.report(hub, chf.joined(device, device + device, self._stage.now))

    def _clock(self) -> RequestBody:
        return SynchroniseClock(self._stage.now, _CLOCK_TOLERANCE_SECONDS)

    def _go_on(
        self,
        home: Home,
        part: str,
        steps: tuple[_Step, ...],
        then: Then | None,
        done: int = 0,
        attempt: int = 1,
    ) -> Conversation[None]:
        """Take the steps from number ``done`` on; one that fails is tried again another day."""
        stage, inputs = self._stage, self._stage.inputs
        for number, step in enumerate(steps[done:], start=done):
            names = ("home", home.number, home.generation, part, number, attempt)
            chance = stage.streams.stream(*names)
            answer = yield from stage.kit.link.call(self._client, step.srv, step.target, step.body(), chance)
            if answer.code not in _DONE:
                first, last = inputs.retry_first_working_days, inputs.retry_last_working_days
                moment = stage.at_office(stage.streams.stream(*names, "retry"), first, last)
                again = partial(self._go_on, home, part, steps, then, number, attempt + 1)
                stage.simulation.begin(moment, again)
                return
            step.after(answer)
        if then is not None:
            yield from then()


def device_type_of(home: Home) -> DeviceType:
    """The type of the device that holds the network operator's certificates."""
    return DeviceType.ESME if home.gas is None else DeviceType.GPF


def meter_of(home: Home) -> tuple[Eui64, DeviceType]:
    """The meter, and what it is."""
    return (home.device, DeviceType.ESME) if home.gas is None else (home.gas.gsme, DeviceType.GSME)


def _hub_installed(home: Home) -> HubInstalled:
    return HubInstalled(home.hub, "New CHF Install", home.mpan, False, "Outside Premises")
