"""The S1SP cohorts as configuration: which services each offers, and which it answers from a cache.

That there are these four, and that each offers what the bench models, is assumed. Others can be made.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dcc.srv import Srv

MODELLED_SERVICES: Final = frozenset({
    Srv.READ_IMPORT_REGISTERS,
    Srv.READ_NETWORK_DATA,
    Srv.UPDATE_CREDENTIALS,
    Srv.UPDATE_CREDENTIALS_COS,
    Srv.RETRIEVE_CREDENTIALS,
})  # fmt: skip
"""The services that the bench models for SMETS1 devices."""


class Cohort(NamedTuple):
    """One kind of S1SP.

    A read of ``cached`` services gives what was last read from the meter, and the time of that; any other
    read wakes the meter up.
    """

    name: str
    services: frozenset[Srv] = MODELLED_SERVICES
    cached: frozenset[Srv] = frozenset()


IOC: Final = Cohort("IOC")
MOC_MDS: Final = Cohort("MOC MDS")
MOC_SECURE: Final = Cohort("MOC Secure")
FOC: Final = Cohort("FOC")
COHORTS: Final = (IOC, MOC_MDS, MOC_SECURE, FOC)
