"""Which column of a file is which: by the names of the national dataset, of its API, of alarmd, or as somebody says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alarmd.core.errors import Fault, InvalidError
from alarmd.core.projection import GRIDS
from alarmd.core.store import tidy

# Column -> its name in the API tn_pubr_public_female_safety_prtchouse_api.
COLUMNS: Final = {
    "점포명": "storNm",
    "시도명": "ctprvnNm",
    "시군구명": "signguNm",
    "시군구코드": "signguCode",
    "소재지도로명주소": "rdnmadr",
    "소재지지번주소": "lnmadr",
    "위도": "latitude",
    "경도": "longitude",
    "여성안심지킴이집전화번호": "phoneNumber",
    "관할경찰서명": "cmptncPolcsttnNm",
    "지정연도": "appnYear",
    "운영여부": "useYn",
    "데이터기준일자": "referenceDate",
    "제공기관코드": "instt_code",
    "제공기관명": "insttNm",
}
# Columns of alarmd's own, in its exports; they may be missing.
OWN_COLUMNS: Final = ("관리코드", "우편번호", "출입구안내", "체인", "확인일자")
# Metres east and north on one of Korea's grids, in place of degrees.
EAST: Final = "X좌표"
NORTH: Final = "Y좌표"

# What alarmd's JSON calls it -> column.
MEMBERS: Final = {
    "name": "점포명",
    "province": "시도명",
    "district": "시군구명",
    "district_code": "시군구코드",
    "road_address": "소재지도로명주소",
    "jibun_address": "소재지지번주소",
    "lat": "위도",
    "lon": "경도",
    "x": EAST,
    "y": NORTH,
    "phone": "여성안심지킴이집전화번호",
    "police_station": "관할경찰서명",
    "designated_year": "지정연도",
    "status": "운영여부",
    "reference_date": "데이터기준일자",
    "provider_code": "제공기관코드",
    "provider_name": "제공기관명",
    "code": "관리코드",
    "postal_code": "우편번호",
    "entrance_note": "출입구안내",
    "chain": "체인",
    "verified_on": "확인일자",
}

DEGREES: Final = 4326  # EPSG's code of WGS 84
_REQUIRED: Final = (("점포명",), ("소재지도로명주소", "소재지지번주소"), ("위도", EAST), ("경도", NORTH))
# Of coordinates as people head them: X, x좌표, 좌표정보(Y), utmk_x, x_5179, 좌표정보x(epsg5174).
_COORDINATE: Final = re.compile(
    r"(?:좌표정보|좌표|coord|(?P<utmk>utmk))?(?P<axis>[xy])(?:좌표|축)?(?:epsg)?(?P<epsg>[0-9]{4})?"
)
_BEFORE_MEMBER: Final = re.compile(rf",(?=\s*(?:{'|'.join(MEMBERS)})\s*:)")
_FOLDS: Final = re.compile(r"[\s_()\[\]:.-]+")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a file is arranged: columns by the file's names, and the EPSG code that these tell of its coordinates."""

    columns: Mapping[str, str]
    epsg: int | None = None

    def arranged(self, cells: Mapping[str, str]) -> dict[str, str]:
        """A row's cells by the names of `COLUMNS`, `OWN_COLUMNS`, `EAST` and `NORTH`; others are left out."""
        return {column: cells[name] for name, column in self.columns.items()}


def arrange(header: Sequence[str], named: Mapping[str, str]) -> Arrangement:
    """Find out which column is which.

    Args:
        header: the names of the file's columns.
        named: by a name of `MEMBERS`, what the file calls it; the rest is recognised.

    Raises:
        InvalidError: there is no such member or column, one has several meanings, or a needed one is missing.
    """
    said = {name: MEMBERS[member] for member, name in _checked(named, header).items()}
    taken = set(said.values())
    columns, codes = dict(said), set[int]()
    for name in header:
        column, epsg = _recognised(name)
        if name in said:
            column = said[name]
        elif column is not None and column not in taken:
            columns[name] = column
            taken.add(column)
        if epsg is not None and column in {EAST, NORTH}:
            codes.add(_known(epsg, name))
    _require(columns, header)
    if len(codes) > 1:
        raise _wrong(f"the coordinates' columns name {' and '.join(f'EPSG:{code}' for code in sorted(codes))}", header)
    return Arrangement(columns, codes.pop() if codes else None)


def recognised(header: Sequence[str]) -> dict[str, str]:
    """What the columns of a file are by their names alone: names of `MEMBERS`, those that nobody knows left out."""
    members = {column: member for member, column in MEMBERS.items()}
    found: dict[str, str] = {}
    for name in header:
        column, _ = _recognised(name)
        if column is not None and members[column] not in found.values():
            found[name] = members[column]
    return found


def read_named(text: str) -> dict[str, str]:
    """What somebody says that columns are, `member:column` after `member:column`, by members.

    Commas stand between; a column may have some in its name as well: `road_address:주소(시, 구),lat:북위`.

    Raises:
        InvalidError: it is no such list.
    """
    pairs = [part.partition(":") for part in _BEFORE_MEMBER.split(text) if part.strip()]
    if any(not member.strip() or not column.strip() for member, _, column in pairs):
        reason = "give member:column, separated by commas, such as name:가게이름,road_address:주소"
        raise InvalidError(f"query.columns: {reason}", [Fault("query.columns", reason, text)])
    return {member.strip(): column.strip() for member, _, column in pairs}


def _checked(named: Mapping[str, str], header: Sequence[str]) -> Mapping[str, str]:
    for member, name in named.items():
        if member not in MEMBERS:
            raise InvalidError(f"{member} is nothing of a store; there are {', '.join(MEMBERS)}")
        if name not in header:
            raise _wrong(f"no column {name}, which was said to be {member}", header)
    twice = [name for name in named.values() if list(named.values()).count(name) > 1]
    if twice:
        raise InvalidError(f"column {twice[0]} was said to be several things")
    return named


def _recognised(name: str) -> tuple[str | None, int | None]:
    """The column of this name, and the EPSG code that it tells."""
    folded = _folded(name)
    column = _KNOWN.get(folded)
    found = _COORDINATE.fullmatch(folded)
    if found is None:
        return column, None
    code = found["epsg"] or ("5179" if found["utmk"] else None)
    return EAST if found["axis"] == "x" else NORTH, int(code) if code else None


def _folded(name: str) -> str:
    """A column's name without what writers of one differ in: instt_code is also written insttCode."""
    return _FOLDS.sub("", tidy(name)).lower()


_KNOWN: Final = {
    _folded(name): column
    for names in (
        {column: column for column in (*COLUMNS, *OWN_COLUMNS)},
        {api: column for column, api in COLUMNS.items()},
        MEMBERS,
    )
    for name, column in names.items()
}


def _known(epsg: int, name: str) -> int:
    if epsg not in GRIDS and epsg != DEGREES:
        known = ", ".join(f"EPSG:{code}" for code in (*GRIDS, DEGREES))
        raise InvalidError(f"column {name}: EPSG:{epsg} is none of {known}: convert the coordinates to one of them")
    return epsg


def _require(columns: Mapping[str, str], header: Sequence[str]) -> None:
    there = set(columns.values())
    missing = [" or ".join(names) for names in _REQUIRED if not there.intersection(names)]
    if missing:
        raise InvalidError(
            f"column missing: {', '.join(missing)}; {_listed(header)}",
            [Fault("line 1", f"no column {name}") for name in missing],
        )


def _wrong(reason: str, header: Sequence[str]) -> InvalidError:
    return InvalidError(f"{reason}; {_listed(header)}", [Fault("line 1", reason)])


def _listed(header: Sequence[str]) -> str:
    return f"the file has {', '.join(name for name in header if name)}"
