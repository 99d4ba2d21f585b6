"""The payloads of native buttons as Pydantic models: what `schemas/` is made from. `dialects/native.py` reads them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alarmd.core.signal import ID_PATTERN

Identifier = Annotated[str, Field(pattern=ID_PATTERN)]
BatteryPct = Annotated[int, Field(ge=0, le=100, description="state of the battery in percent")]
RssiDbm = Annotated[int, Field(ge=-200, le=100, description="strength of the radio signal in dBm")]
Tamper = Annotated[bool, Field(description="whether its case was opened")]
Firmware = Annotated[str, Field(max_length=64, description="the version that it runs")]
GatewayId = Annotated[Identifier, Field(description="the gateway through which it was sent")]


class PressPayload(BaseModel):
    """`alarmd/v1/buttons/{button_id}/press`. An empty payload, or one without press_id, is still a press."""

    model_config = ConfigDict(extra="allow", title="Press")

    press_id: Identifier | None = Field(
        default=None, description="the same for each time this press is sent", examples=["01JD3Y7Q"]
    )
    pressed_at: AwareDatetime | None = Field(default=None, description="by the button's clock, with offset")
    kind: Literal["panic", "test", "cancel"] = Field(
        default="panic", description="`test` tries the way; `cancel` takes the last press back, for a human to judge"
    )
    counter: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(default=None, description="rises with each press")
    battery_pct: BatteryPct | None = None
    rssi_dbm: RssiDbm | None = None
    tamper: Tamper | None = None
    firmware: Firmware | None = None
    gateway_id: GatewayId | None = None


class HeartbeatPayload(BaseModel):
    """`alarmd/v1/buttons/{button_id}/heartbeat`; every member may be missing."""

    model_config = ConfigDict(extra="allow", title="Heartbeat")

    at: AwareDatetime | None = Field(default=None, description="by the button's clock, with offset")
    battery_pct: BatteryPct | None = None
    rssi_dbm: RssiDbm | None = None
    tamper: Tamper | None = None
    firmware: Firmware | None = None
    gateway_id: GatewayId | None = None


class ReceiptPayload(BaseModel):
    """`alarmd/v1/buttons/{button_id}/receipt`: what became of a press."""

    model_config = ConfigDict(extra="forbid", title="Receipt")

    press_id: Identifier | None = Field(description="null where the press told none that could be read")
    alarm_id: UUID | None
    state: Literal["recorded", "delivered", "acknowledged", "quarantined"]
    at: AwareDatetime
