"""Stores in answers and requests."""

from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from alarmd import clock
from alarmd.core.dialects.device import registered
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.phone import normalise, shown
from alarmd.core.store import StoreEntry, chain_of, in_korea
from alarmd.db.stores import StoreModes, StoreRecord
from alarmd.web.models import Body, LongText, Text, refusal


def _phone(text: str) -> str:
    number = normalise(text)
    if number is None:
        raise ValueError("no such telephone number can exist in Korea")
    return number


Phone = Annotated[Text, AfterValidator(_phone)]


class StoreBody(Body):
    """A store, as an operator says it is. At least one of the two addresses is needed."""

    name: Text = Field(description="as it stands over the door", examples=["CU 노원상계점"])
    district: Text = Field(description="시군구", examples=["노원구"])
    district_code: str = Field(pattern=r"^\d{5}$", description="legal code", examples=["11350"])
    lat: float = Field(description="WGS 84, degrees", examples=[37.655])
    lon: float = Field(description="WGS 84, degrees", examples=[127.06])
    road_address: Text | None = Field(
        default=None, description="도로명주소", examples=["서울특별시 노원구 동일로 1417"]
    )
    jibun_address: Text | None = Field(default=None, description="지번주소")
    chain: Text | None = Field(default=None, description="recognised from the name if left out")
    phone: Phone | None = Field(default=None, description="in any writing", examples=["02-716-0302"])
    postal_code: str | None = Field(default=None, pattern=r"^\d{5}$", description="five digits")
    province: Text | None = Field(default=None, description="시도", examples=["서울특별시"])
    police_station: Text | None = Field(
        default=None, description="the station or precinct that is in charge, in any writing", examples=["노원경찰서"]
    )
    entrance_note: LongText | None = Field(default=None, description="how to get in")
    status: Literal["open", "closed"] = Field(
        default="open", description="`closed`: for good; its history and its buttons stay, and they are heard"
    )
    designated_year: Annotated[int, Field(ge=1990, le=2100)] | None = Field(
        default=None, description="when it became a safe house"
    )
    reference_date: date | None = Field(default=None, description="by when the provider says that all of it was so")
    provider_code: Text | None = Field(default=None, description="of the authority that published it")
    provider_name: Text | None = Field(default=None, description="the authority that published it")
    verified_on: date | None = Field(
        default=None, description="when somebody last made sure of it all on the spot", examples=["2026-11-02"]
    )
    test_mode_until: datetime | None = Field(
        default=None, description="presses are tests until then; at most 24 h ahead"
    )
    enrolment_until: datetime | None = Field(
        default=None,
        description="until then a button that nobody enrolled, pressed twice within 10 s, becomes one of this store; "
        "at most 1 h ahead",
    )
    enrolment_gateway_id: Text | None = Field(
        default=None,
        description="only one that is heard through this gateway; needed where several stores enrol at once, and for "
        "radio that everybody hears",
    )

    @model_validator(mode="after")
    def _check(self) -> "StoreBody":
        if not self.road_address and not self.jibun_address:
            raise ValueError("give road_address or jibun_address")
        if not in_korea(self.lat, self.lon):
            swapped = "; are lat and lon swapped?" if in_korea(self.lon, self.lat) else ""
            raise ValueError(f"lat {self.lat}, lon {self.lon} is not in Korea{swapped}")
        return self

    def entry(self) -> StoreEntry:
        """What is registered of it."""
        members = self.model_dump(exclude={"test_mode_until", "enrolment_until", "enrolment_gateway_id"})
        return StoreEntry(**members | {"chain": self.chain or chain_of(self.name)})

    def modes(self) -> StoreModes:
        """In which modes it is, and until when."""
        gateway_id = registered(self.enrolment_gateway_id) if self.enrolment_gateway_id else None
        return StoreModes(self.test_mode_until, self.enrolment_until, gateway_id)


class StoreModel(BaseModel):
    """A store of the registry. `phone` is E.164, `phone_display` as Koreans write it."""

    id: UUID
    code: str = Field(examples=["S-000042"])
    name: str
    chain: str | None = Field(examples=["CU"])
    phone: str | None = Field(examples=["+8227160302"])
    phone_display: str | None = Field(examples=["02-716-0302"])
    road_address: str | None
    jibun_address: str | None
    postal_code: str | None
    province: str | None
    district: str
    district_code: str
    police_station: str | None = Field(description="as it was written", examples=["사당지구대"])
    station: str | None = Field(description="the station that this names, in full", examples=["서울동작경찰서"])
    precinct: str | None = Field(description="the precinct, if it is one", examples=["서울동작경찰서 사당지구대"])
    entrance_note: str | None
    lat: float = Field(description="WGS 84, degrees")
    lon: float = Field(description="WGS 84, degrees")
    status: Literal["open", "closed"]
    designated_year: int | None
    reference_date: date | None
    provider_code: str | None
    provider_name: str | None
    verified_on: date | None = Field(description="when somebody last made sure of it all on the spot")
    test_mode_until: datetime | None
    in_test_mode: bool = Field(description="whether presses in it are tests now")
    enrolment_until: datetime | None
    enrolment_gateway_id: str | None
    distance_m: float | None = Field(default=None, description="from the place asked for with `near`; null otherwise")
    version: int
    created_at: datetime
    updated_at: datetime


class ImportReport(BaseModel):
    """What an import changed, or would change."""

    dry_run: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    vanished: int = Field(description="open stores of the file's districts that it does not name")
    closed: int = Field(description="those of them that were closed, as asked; the others stay")
    warnings: list[dict[str, Any]] = Field(description="line, column, value and reason of each oddity")
    changes: list[dict[str, Any]] = Field(description="line, code, name, action, and each field before and after")
    likely: list[dict[str, Any]] = Field(
        description="rows that are likely a store under another name or at another place: line, code, names before and "
        "after, kind (renamed, moved, renamed and moved), reason, each field before and after, and whether the row was "
        "taken for that store (`followed`) or for a new one"
    )
    not_in_file: list[dict[str, Any]] = Field(description="code, name and `closed` of those that vanished")


def merge(before: StoreRecord, patch: dict[str, Any]) -> StoreBody:
    """The store with a merge patch (RFC 7396) applied.

    Raises:
        InvalidError: a member is unknown or wrong.
    """
    unknown = sorted(patch.keys() - StoreBody.model_fields.keys())
    if unknown:
        raise InvalidError(f"body.{unknown[0]}: no member of a store", [Fault(f"body.{unknown[0]}", "unknown member")])
    members = _members(before)
    if "name" in patch and "chain" not in patch:
        members["chain"] = None
    try:
        return StoreBody.model_validate(members | patch)
    except ValidationError as error:
        raise refusal(error.errors(), "body") from error


def _members(record: StoreRecord) -> dict[str, Any]:
    modes = {field.name: getattr(record.modes, field.name) for field in fields(StoreModes)}
    return {name: getattr(record.store, name) for name in StoreBody.model_fields.keys() - modes.keys()} | modes


def show(record: StoreRecord) -> StoreModel:
    """A store as it is answered."""
    phone = record.store.phone
    return StoreModel(
        id=record.id,
        code=record.code,
        phone_display=shown(phone) if phone else None,
        station=record.station,
        precinct=record.precinct,
        in_test_mode=record.modes.test_mode_until is not None and record.modes.test_mode_until > clock.now(),
        version=record.version,
        created_at=record.created_at,
        updated_at=record.updated_at,
        distance_m=None if record.distance_m is None else round(record.distance_m, 1),
        **_members(record),
    )
