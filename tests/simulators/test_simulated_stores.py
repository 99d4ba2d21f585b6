"""The generator of stores that do not exist."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import phonenumbers
import pytest

from simulators.stores import COLUMNS, generate, generate_buttons

POLYGONS = Path(__file__).parents[1] / "data" / "seoul_districts_juso2015.geojson"


def lies_within(ring: list[list[float]], lat: float, lon: float) -> bool:
    crossings = 0
    for (west, south), (east, north) in pairwise(ring):
        if (south > lat) != (north > lat):
            crossings += lon < west + (east - west) * (lat - south) / (north - south)
    return crossings % 2 == 1


@pytest.mark.parametrize("seed", [0, 1, 20261123])
def test_every_store_lies_in_the_polygon_of_its_district(seed: int) -> None:
    features = json.loads(POLYGONS.read_text(encoding="utf-8"))["features"]
    districts = {each["properties"]["SIG_CD"]: each for each in features}
    for store in generate(656, seed):
        district = districts[store["시군구코드"]]
        assert district["properties"]["SIG_KOR_NM"] == store["시군구명"]
        (ring,) = district["geometry"]["coordinates"]
        assert lies_within(ring, float(store["위도"]), float(store["경도"])), store


def test_656_stores_are_656_identities_with_656_telephones() -> None:
    stores = generate()
    assert len(stores) == 656
    assert len({(store["점포명"], store["시군구코드"], store["소재지도로명주소"]) for store in stores}) == 656
    assert len({store["여성안심지킴이집전화번호"] for store in stores}) == 656


def test_stores_are_spread_evenly_over_all_districts() -> None:
    spread = Counter(store["시군구명"] for store in generate())
    assert len(spread) == 25
    assert set(spread.values()) == {26, 27}


def test_each_telephone_normalises_but_has_an_exchange_that_does_not_exist() -> None:
    for store in generate():
        number = phonenumbers.parse(store["여성안심지킴이집전화번호"], "KR")
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).startswith("+82219")


def test_the_same_seed_gives_the_same_stores_for_ever() -> None:
    digest = hashlib.sha256(json.dumps(generate(656, 0), ensure_ascii=False).encode()).hexdigest()
    assert digest == "b6749e6f3864fad850644a516ede19cb34a4c73e008f718f306ea2546c0970e9"
    assert generate(656, 1) != generate(656, 0)
    assert generate(656, 0)[:50] == generate(50, 0)


def test_the_command_prints_csv_with_the_columns_of_the_standard_dataset() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "simulators.stores", "--count", "30", "--seed", "7"], capture_output=True, check=True
    ).stdout.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert tuple(rows[0]) == COLUMNS
    assert rows == generate(30, 7)


def test_each_store_has_a_button() -> None:
    buttons = generate_buttons(generate())
    assert (buttons[0], buttons[655], len(set(buttons))) == ("sim-0001", "sim-0656", 656)
