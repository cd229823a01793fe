"""A small folder of registration data, written by tests: ten homes in three areas, six of them with gas."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from dcc.identifiers import DistributorId, Mpan, Mprn

PARTY_HEADER: Final = (
    "mpid,role,party_name,eui64,distributor_ids,gas_networks,dcc_user,dcc_user_from,dcc_user_to"
)
PARTIES: Final = (
    "SOUT,ED,SSEN,90-B3-D5-1F-40-00-00-01,20,,y,,",
    "MIDE,ED,National Grid,90-B3-D5-1F-40-00-00-02,14,,y,,",
    "IPNL,ED,Independent Power Networks,90-B3-D5-1F-40-00-00-03,24,,n,,",
    "CADN,GT,Cadent,90-B3-D5-1F-40-00-00-04,,North West,y,,",
    "SGAS,GT,SGN,90-B3-D5-1F-40-00-00-05,,Southern,y,,",
    "SUP1,IS,Supplier One,90-B3-D5-1F-40-00-00-06,,,y,,",
    "SUP1,GS,Supplier One,90-B3-D5-1F-40-00-00-06,,,y,,",
    "SUP2,IS,Supplier Two,90-B3-D5-1F-40-00-00-07,,,y,,",
    "SUP3,GS,Supplier Three,90-B3-D5-1F-40-00-00-08,,,y,,",
    "SUP4,IS,Supplier Four,90-B3-D5-1F-40-00-00-09,,,n,,",
)
ELECTRICITY_HEADER: Final = (
    "mpan,distributor_mpid,supplier_mpid,supplier_eff_from,supplier_eff_to,meter_operator_mpid,"
    "import_export,record_eff_from"
)
GAS_HEADER: Final = "mprn,transporter_id,igt_id,supplier_id,supplier_eff_from,supplier_eff_to,record_eff_from"
DISTRIBUTORS: Final = {"SOUT": 20, "MIDE": 14, "IPNL": 24}
HOMES: Final = ("SOUT",) * 4 + ("MIDE",) * 4 + ("IPNL",) * 2


def mpan(distributor: str, number: int) -> Mpan:
    return Mpan.from_core(DistributorId(DISTRIBUTORS[distributor]), number)


ELECTRICITY: Final = tuple(
    f"{mpan(distributor, number)},{distributor},SUP{number % 2 + 1},,,,I,"
    for number, distributor in enumerate(HOMES, start=1)
)
GAS: Final = tuple(
    f"{Mprn.from_unique(f'{number:08d}')},{transporter},,{supplier},,,"
    for number, (transporter, supplier) in enumerate((("CADN", "SUP1"), ("SGAS", "SUP3")) * 3, start=1)
)


def write(
    folder: Path,
    parties: tuple[str, ...] = PARTIES,
    electricity: tuple[str, ...] = ELECTRICITY,
    gas: tuple[str, ...] = GAS,
) -> Path:
    """Write a folder; gas through gzip, and none where there is no row."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parties.csv").write_text("\n".join((PARTY_HEADER, *parties, "")))
    (folder / "electricity.csv").write_text("\n".join((ELECTRICITY_HEADER, *electricity, "")))
    if gas:
        octets = "\n".join((GAS_HEADER, *gas, "")).encode()
        (folder / "gas.csv.gz").write_bytes(gzip.compress(octets, mtime=0))
    return folder
