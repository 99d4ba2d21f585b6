"""What a list of stores may be filtered by."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from alarmd.db import store_choices
from alarmd.web.deps import In, Viewer
from alarmd.web.json_body import StrictRoute
from alarmd.web.problems import documented

router = APIRouter(prefix="/v1/stores/choices", tags=["stores"], route_class=StrictRoute)


class DistrictChoice(BaseModel):
    """A district that has stores; names of districts are those of several in Korea, codes are not."""

    code: str = Field(description="legal code", examples=["11350"])
    name: str = Field(examples=["노원구"])
    province: str | None = Field(examples=["서울특별시"])


class StoreChoices(BaseModel):
    """What the filters `district` and `chain` of GET /v1/stores find something by."""

    districts: list[DistrictChoice] = Field(description="by their codes")
    chains: list[str] = Field(examples=[["CU", "GS25"]])


@router.get("", summary="What stores may be filtered by", responses=documented())
async def get_store_choices(context: In, _: Viewer) -> StoreChoices:
    """The districts and chains of all stores."""
    async with context.pool.acquire() as connection:
        districts = await store_choices.districts(connection)
        chains = await store_choices.chains(connection)
    shown = [DistrictChoice(code=one.code, name=one.name, province=one.province) for one in districts]
    return StoreChoices(districts=shown, chains=chains)
