"""What comes of a service that the DCC renders by itself."""

from __future__ import annotations

from typing import Final, NamedTuple

from dcc.notices import Notice
from dcc.response_codes import ResponseCode
from dcc.service_responses import ResponseBody


class NonDeviceResult(NamedTuple):
    """The answer to the User, and the alerts that go out beside it.

    ``code`` is I0 with data, I99 without, or a warning. ``device_octets`` is what a device said on site
    (8.13): the DSP takes it as if it had come over the SM WAN.
    """

    body: ResponseBody | None = None
    code: ResponseCode = ResponseCode.I99
    alerts: tuple[Notice, ...] = ()
    device_octets: bytes | None = None


DONE: Final = NonDeviceResult()
"""It is done, and there is nothing to tell (I99)."""
