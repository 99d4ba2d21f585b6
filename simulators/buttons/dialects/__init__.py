"""The ways in which bought buttons come to MQTT; one file each. What they send is known from `tests/data/devices`."""

from simulators.buttons.dialects import (
    chirpstack,
    deconz,
    esphome,
    home_assistant,
    home_buttons,
    homie,
    openmqttgateway,
    rtl_433,
    shelly,
    shelly1,
    tasmota,
    ttn,
    zigbee2mqtt,
)

ECOSYSTEMS = {
    one.ECOSYSTEM.name: one.ECOSYSTEM
    for one in (
        zigbee2mqtt,
        shelly,
        shelly1,
        chirpstack,
        ttn,
        rtl_433,
        openmqttgateway,
        tasmota,
        esphome,
        homie,
        home_buttons,
        deconz,
        home_assistant,
    )
}
