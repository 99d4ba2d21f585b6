"""The plain script: paho, psycopg and requests, as one writes it in an afternoon.

It acknowledges as messages come, has no outbox and does not retry: that is what it is here to show.
"""

import json
import os
import sys
import uuid
from datetime import datetime
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
import requests
from paho.mqtt.enums import CallbackAPIVersion

FIND = """
SELECT s.id::text, s.code, s.name, s.chain, s.phone, s.road_address, s.district, s.lat, s.lon
FROM buttons b
JOIN stores s ON s.id = b.store_id
WHERE b.id = %s
"""
RECORD = "INSERT INTO peer_presses (button_id, press_id, pressed_at) VALUES (%s, %s, %s)"


class Script:
    """One message at a time: look it up, record it, tell the police."""

    def __init__(self, database: str, police: str) -> None:
        self._database = psycopg.connect(database)
        self._http = requests.Session()
        self._police = police

    def on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        """A button was pressed."""
        press = json.loads(message.payload)
        button = message.topic.split("/")[3]
        with self._database.cursor() as cursor:
            cursor.execute(FIND, (button,))
            found = cursor.fetchone()
            cursor.execute(RECORD, (button, press["press_id"], datetime.fromisoformat(press["pressed_at"])))
        self._database.commit()
        if found is None:
            return
        members = ("id", "code", "name", "chain", "phone", "road_address", "district", "lat", "lon")
        alert = {
            "id": str(uuid.uuid4()),
            "type": "alarm.opened",
            "button": {"id": button},
            "store": dict(zip(members, found, strict=True)),
            "press": press,
        }
        self._http.post(self._police, json=alert, timeout=5)


def main(database: str, broker_port: int, user: str, password: str, police: str) -> None:
    """Run until ended."""
    script = Script(database, police)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="script", clean_session=False)
    client.username_pw_set(user, password)
    client.on_message = script.on_message

    def on_connect(*_: Any) -> None:
        client.subscribe("alarmd/v1/buttons/+/press", qos=1)

    def on_subscribe(*_: Any) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.suppress_exceptions = True  # as a script in service would: one bad moment must not end it
    client.connect("127.0.0.1", broker_port)
    client.loop_forever()


if __name__ == "__main__":
    main(
        os.environ["DATABASE_URL"],
        int(os.environ["BROKER_PORT"]),
        os.environ["BROKER_USER"],
        os.environ["BROKER_PASSWORD"],
        os.environ["POLICE_URL"],
    )
