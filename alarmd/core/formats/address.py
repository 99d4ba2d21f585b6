"""A Korean address in the parts of RFC 5139, as far as it can be taken apart."""

import re
from typing import Any, Final

_SHORT: Final = {
    "서울": "서울특별시",
    "서울시": "서울특별시",
    "부산": "부산광역시",
    "부산시": "부산광역시",
    "대구": "대구광역시",
    "대구시": "대구광역시",
    "인천": "인천광역시",
    "인천시": "인천광역시",
    "광주": "광주광역시",
    "대전": "대전광역시",
    "대전시": "대전광역시",
    "울산": "울산광역시",
    "울산시": "울산광역시",
    "세종": "세종특별자치시",
    "세종시": "세종특별자치시",
    "경기": "경기도",
    "강원": "강원특별자치도",
    "충북": "충청북도",
    "충남": "충청남도",
    "전북": "전북특별자치도",
    "전남": "전라남도",
    "경북": "경상북도",
    "경남": "경상남도",
    "제주": "제주특별자치도",
}
# 서울특별시 노원구 | 경기도 수원시 영통구 | 전라남도 무안군 삼향읍; each part may be missing.
_REGION: Final = re.compile(
    r"(?:(?P<A1>[가-힣]+(?:특별시|광역시|특별자치시|도)|" + "|".join(sorted(_SHORT, key=len, reverse=True)) + r")\s+)?"
    r"(?:(?P<A2>[가-힣]+[시군구](?:\s+[가-힣]+구)?)\s+)?"
    r"(?:(?P<A3>[가-힣]+\d*[읍면])\s+)?"
)
# 동일로1417 | 노해로 85길 10-2 | 여의대로 66 지하 1층 | 세종대로 지하 189: a road that is numbered off another is taken
# with its number, and a number that goes on to name a road is none of a house.
_ROAD: Final = re.compile(
    r"(?P<RD>[가-힣0-9A-Za-z·.]*?[가-힣]\d*(?:로|길)(?:\s*\d+(?:번|[가-하])?(?:안)?길)?)\s*"
    r"(?P<HNO>(?:지하\s*)?\d+(?:-\d+)?)(?![\d-])(?!\s*[가-힣]*길(?![가-힣]))(?:번지|호(?![가-힣]))?"
    r"(?P<LOC>.*)"
)
# 청학동525-16 | 상도1동 705 | 당산동6가 306-1 | 남악리 2435 | 상도동 산 3
_LOT: Final = re.compile(
    r"(?P<A3>[가-힣]+\d*(?:동|가|리)(?:\d+가)?)\s*(?P<HNO>(?:산\s*)?\d+(?:-\d+)?)(?:번지)?(?![\d-])(?P<LOC>.*)"
)
_IN_BRACKETS: Final = re.compile(r"\(([가-힣]+\d*(?:동|가|리)(?:\d+가)?)(?=[\s,)])")


def civic(store: dict[str, Any]) -> dict[str, str]:
    """The civic address of a store snapshot: elements of RFC 5139 by name, in the order in which they must stand.

    A1 is 시도, A2 시군구, A3 읍면동 (the 법정동 where there is no 읍 or 면), RD the road without spaces, HNO the number
    of the building (by a 지번 address: of the lot), LOC the rest (building, floor, room), NAM the store's name, PC the
    postal code. An address that cannot be taken apart goes whole into LOC.
    """
    road, jibun = store["road_address"], store["jibun_address"]
    parts = (_read(road, _ROAD) if road else None) or (_read(jibun, _LOT) if jibun else None)
    if parts is None:
        parts = {"LOC": road or jibun or ""}
    elif "A3" not in parts and jibun and (lot := _read(jibun, _LOT)):
        parts["A3"] = lot["A3"]
    whole = {"country": "KR", **parts, "NAM": store["name"], "PC": store["postal_code"] or ""}
    whole.setdefault("A2", store["district"])
    return {name: text for name in _ORDER if (text := whole.get(name, ""))}


_ORDER: Final = ("country", "A1", "A2", "A3", "RD", "HNO", "LOC", "NAM", "PC")


def _read(address: str, pattern: re.Pattern[str]) -> dict[str, str] | None:
    """The parts of an address; None if it is not of this kind."""
    text = " ".join(address.split())
    region = _REGION.match(text)
    assert region is not None  # noqa: S101 - each part may be missing
    found = pattern.fullmatch(text, region.end())
    if found is None:
        return None
    parts = {name: value for name, value in (region.groupdict() | found.groupdict()).items() if value}
    if "A1" in parts:
        parts["A1"] = _SHORT.get(parts["A1"], parts["A1"])
    if "RD" in parts:
        parts["RD"] = parts["RD"].replace(" ", "")
    rest = parts.pop("LOC", "").strip(" ,")
    if "A3" not in parts and (dong := _IN_BRACKETS.search(rest)):
        parts["A3"] = dong[1]
    return parts | {"LOC": rest}
