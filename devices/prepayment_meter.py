"""Meters at which a top-up can be typed in."""

from __future__ import annotations

from datetime import datetime

from devices.alerting import event_alerts
from devices.device import Device, Effects
from devices.faults import PowerLostError
from devices.security_log import DeviceRefusalError, LogEntry, Refusal
from devices.top_up_commands import reader_of


class PrepaymentMeter(Device):
    """A meter that takes the digits of a top-up at its keys, or from a prepayment interface device."""

    __slots__ = ()

    def enter_utrn(self, digits: str, now: datetime) -> Effects:
        """Digits are typed in: credited or refused, logged, and told to the supplier.

        The entry says how it went; a top-up that was not credited has the refusal TOP_UP. What was
        future-dated and is due comes first.

        Raises:
            GbcsError: the meter has neither its private key nor the secret that it shares with the supplier.
        """
        earlier = [octets for done in self.advance(now) for octets in done.sent]
        effects = self._enter(digits, now + self.faults.clock_offset)
        return effects._replace(sent=(*earlier, *effects.sent))

    def _enter(self, digits: str, now: datetime) -> Effects:
        try:
            reader = reader_of(self)
        except DeviceRefusalError as refused:
            return Effects((), LogEntry(now, refused.refusal, refused.detail))
        top_up, verdict = reader.accept_typed(self.state.top_up, digits, now)
        refusal = None if verdict.accepted else Refusal.TOP_UP
        entry = LogEntry(now, refusal, f"typed top-up: {verdict.outcome.value}")
        state = self.state._replace(top_up=top_up)
        for code in verdict.events:
            state = state.logged(entry._replace(event=code))
        try:
            self.commit(state)
        except PowerLostError:
            return Effects((), LogEntry(now, None, "power lost"))
        alerted = verdict.events if self.context.top_ups.entries_raise_alerts else ()
        return Effects(event_alerts(self, alerted, now), entry)
