"""Body of 6.22: which alerts a meter sends, shows and logs.

The codes stand in the order of the schema, which is not that of their numbers (DUIS type
ConfigureAlertBehaviour).
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from dcc.bodies.meters import AlertGroup, ConfigureAlerts, GasAlertSetting
from dcc.duis.errors import DuisError
from dcc.duis.namespaces import local_name, sr
from dcc.duis.shapes import (
    Adapted,
    Case,
    Child,
    Choice,
    Element,
    Record,
    Shape,
    Sole,
    first_child,
    next_child,
    no_attributes,
    unexpected,
    write_element,
)
from dcc.duis.simple_types import token
from dcc.srv import Srv

K = TypeVar("K")
V = TypeVar("V")

_COMMON: Final = (
    "810D 810E 8119 8145 8154 8155 8161 8162 8168 8183 81A0 81A1 81A2 81A3 81A4 81A5 "
    "81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF 81B0 81B1 81B2 81B3 81B8 81B9 "
    "81BA 81BB 81BC 81BD 81BE 81C0 81C1 81C4 81C5 81C6"
)
_POLY_PHASE: Final = "81B7"
_NETWORK_COMMON: Final = "8014 8015"
_NETWORK_SINGLE_PHASE: Final = "8002 8006 8020 8024 8028 802C 8085 8089 808D 8091 8095 8099 8010"
_NETWORK_POLY_PHASE: Final = (
    "8003 8004 8005 8007 8008 8009 8021 8022 8023 8025 8026 8027 8029 802A 802B 802D "
    "802E 802F 8086 8087 8088 808A 808B 808C 808E 808F 8090 8092 8093 8094 8096 8097 "
    "8098 809A 809B 809C 8011 8016 8013"
)
_GAS_ALERTS: Final = (
    "810D 810E 8119 8145 8154 8155 8168 8183 8184 81A1 81A4 81A5 81A6 81A7 81A8 81A9 "
    "81AA 81AB 81AC 81AD 81AE 81AF 81B0 81B1 81B2 81B3 81B4 81B5 81B6 81B9 81BA 81BC "
    "81BD 81BE 81BF 81C0 81C2 81C3 81C4 81C5"
)
_GAS_ALERTS_AND_EVENTS: Final = (
    "810D 810E 8119 8145 8154 8155 8161 8162 8168 8183 8184 81A0 81A1 81A4 81A5 81A6 "
    "81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF 81B0 81B1 81B2 81B3 81B4 81B5 81B6 "
    "81B9 81BA 81BC 81BD 81BE 81BF 81C0 81C2 81C3 81C4 81C5 81C6"
)
_SINGLE: Final = "NetworkOperatorESMESinglePhase"
_POLY: Final = "NetworkOperatorESMEPolyPhase"


class Switches(Shape[dict[K, V]], Generic[K, V]):
    """Children of different names, each there or not, in one order: a value for the key of each."""

    def __init__(self, entries: Mapping[K, tuple[str, Shape[V]]]) -> None:
        self._elements = {key: element for key, (element, _) in entries.items()}
        self._shapes = {key: shape for key, (_, shape) in entries.items()}
        self._ranks = {sr(element): (rank, key) for rank, (key, element) in enumerate(self._elements.items())}

    def read(self, element: Element) -> dict[K, V]:  # noqa: D102
        no_attributes(element)
        found: dict[K, V] = {}
        highest = -1
        child = first_child(element)
        while child is not None:
            rank, key = self._ranks.get(child.tag, (-1, None))
            if key is None or rank <= highest:
                raise unexpected(child, f"settings of {local_name(element)}, once each, in their order")
            found[key] = self._shapes[key].read(child)
            highest = rank
            child = next_child(child)
        return found

    def write(self, out: list[str], name: str, value: Mapping[K, V]) -> None:  # noqa: D102
        for key in value:
            if key not in self._elements:
                unknown = f"{key:04X}" if isinstance(key, int) else repr(key)
                raise DuisError(name, f"no setting {unknown}, expected those of the schema")
        given = [
            Child("", element, self._shapes[key], get=itemgetter(key))
            for key, element in self._elements.items()
            if key in value
        ]
        write_element(out, name, given, value)


_SWITCH: Final = token({"Enable": True, "Disable": False})
_GAS_SWITCHES: Final = Record(
    GasAlertSetting,
    Child("wan_alert", "WANAlert", _SWITCH),
    Child("han_alert", "HANAlert", _SWITCH),
    Child("event_log", "EventLog", _SWITCH),
    Child("alarm", "Alarm", _SWITCH),
)


def _codes(codes: str, shape: Shape[V]) -> Switches[int, V]:
    return Switches({int(code, 16): (f"x{code}", shape) for code in codes.split()})


def _sections(**codes: str) -> Switches[str, dict[int, bool]]:
    return Switches({name: (name, _codes(numbers, _SWITCH)) for name, numbers in codes.items()})


def _one_kind_of_phase(sections: Mapping[str, Any]) -> dict[str, Any]:
    if _SINGLE in sections and _POLY in sections:
        raise ValueError(f"both {_SINGLE} and {_POLY}, expected one of them at most")
    return dict(sections)


def _without_sections(codes: Switches[int, V]) -> Shape[dict[str, dict[int, V]]]:
    """Gas knows no sections: its settings are those of the section ``""``."""
    return Adapted(codes, lambda found: {"": found}, _only_section)


def _only_section(sections: Mapping[str, dict[int, V]]) -> dict[int, V]:
    if set(sections) != {""}:
        raise ValueError(f"the sections {sorted(sections)}, expected the one without a name")
    return sections[""]


_SUPPLIER: Final = _sections(SupplierESMECommon=_COMMON, SupplierESMEPolyPhase=_POLY_PHASE)
_NETWORK: Final = Adapted(
    _sections(
        NetworkOperatorESMECommon=_NETWORK_COMMON,
        NetworkOperatorESMESinglePhase=_NETWORK_SINGLE_PHASE,
        NetworkOperatorESMEPolyPhase=_NETWORK_POLY_PHASE,
    ),
    _one_kind_of_phase,
    _one_kind_of_phase,
)
_GROUPS: Final[Mapping[AlertGroup, Shape[Any]]] = {
    AlertGroup.ELECTRICITY_SUPPLIER_ALERTS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_HAN_ALERTS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_ALARMS: _SUPPLIER,
    AlertGroup.ELECTRICITY_SUPPLIER_LOGGING: _SUPPLIER,
    AlertGroup.ELECTRICITY_NETWORK_ALERTS: _NETWORK,
    AlertGroup.ELECTRICITY_NETWORK_LOGGING: _NETWORK,
    AlertGroup.GAS_SUPPLIER_ALERTS: _without_sections(_codes(_GAS_ALERTS, _SWITCH)),
    AlertGroup.GAS_SUPPLIER_ALERTS_AND_EVENTS: _without_sections(
        _codes(_GAS_ALERTS_AND_EVENTS, _GAS_SWITCHES)
    ),
}


def _case(group: AlertGroup) -> Case:
    shape = Adapted[ConfigureAlerts, Any](
        _GROUPS[group], lambda settings: ConfigureAlerts(group, settings), lambda body: body.settings
    )
    return Case(group.value, shape, lambda body: body.group is group)


ALERTS_BODIES: Final[Mapping[Srv, Shape[Any]]] = {
    Srv.CONFIGURE_ALERTS: Sole(Choice("", *map(_case, AlertGroup))),
}
