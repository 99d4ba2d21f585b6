"""The published contract: the documents in `schemas/`, made from the models."""

import json
from typing import Any, Final

from pydantic import BaseModel

from alarmd.core.alert import AlertBody
from alarmd.core.formats.eido import EidoBody
from alarmd.core.wire import HeartbeatPayload, PressPayload, ReceiptPayload
from alarmd.web.app import openapi

_MODELS: Final[dict[str, type[BaseModel]]] = {
    "press.schema.json": PressPayload,
    "heartbeat.schema.json": HeartbeatPayload,
    "receipt.schema.json": ReceiptPayload,
    "alert.schema.json": AlertBody,
    "eido.schema.json": EidoBody,
}

_ASYNCAPI: Final = """\
asyncapi: 3.0.0
info:
  title: alarmd
  version: "1"
  description: "What buttons and gateways say to alarmd over MQTT 3.1.1, and what they are told; QoS 1 unless said"
defaultContentType: application/json
channels:
  press:
    address: alarmd/v1/buttons/{button_id}/press
    parameters:
      button_id: &button_id
        description: "1 to 64 of A-Z a-z 0-9 _ . : - and matched without regard to case"
    messages:
      press:
        payload:
          $ref: press.schema.json
  heartbeat:
    address: alarmd/v1/buttons/{button_id}/heartbeat
    parameters:
      button_id: *button_id
    messages:
      heartbeat:
        payload:
          $ref: heartbeat.schema.json
  receipt:
    address: alarmd/v1/buttons/{button_id}/receipt
    parameters:
      button_id: *button_id
    messages:
      receipt:
        payload:
          $ref: receipt.schema.json
  gatewayStatus:
    address: alarmd/v1/gateways/{gateway_id}/status
    description: "Retained, and the Last Will of the gateway"
    parameters:
      gateway_id:
        description: "1 to 64 of A-Z a-z 0-9 _ . : - and matched without regard to case"
    messages:
      status:
        payload:
          type: object
          required: [state]
          properties:
            state:
              enum: [online, offline]
            at:
              type: string
              format: date-time
operations:
  receivePress:
    action: receive
    channel:
      $ref: "#/channels/press"
  receiveHeartbeat:
    action: receive
    channel:
      $ref: "#/channels/heartbeat"
  sendReceipt:
    action: send
    channel:
      $ref: "#/channels/receipt"
  receiveGatewayStatus:
    action: receive
    channel:
      $ref: "#/channels/gatewayStatus"
"""


def documents() -> dict[str, str]:
    """Each document of `schemas/` by its file name."""
    found = {name: _text(model.model_json_schema(mode="validation")) for name, model in _MODELS.items()}
    return found | {"openapi.json": _text(openapi()), "asyncapi.yaml": _ASYNCAPI}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
