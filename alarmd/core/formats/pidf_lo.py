"""Where a store is, as a PIDF-LO document: a point (RFC 5491) and a civic address (RFC 5139)."""

from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from alarmd.core.alert import timestamp
from alarmd.core.formats.address import civic
from alarmd.core.formats.markup import document, element

_NAMESPACES: Final = {
    "xmlns": "urn:ietf:params:xml:ns:pidf",
    "xmlns:dm": "urn:ietf:params:xml:ns:pidf:data-model",
    "xmlns:gp": "urn:ietf:params:xml:ns:pidf:geopriv10",
    "xmlns:gml": "http://www.opengis.net/gml",
    "xmlns:ca": "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr",
}
_WGS_84: Final = "urn:ogc:def:crs:EPSG::4326"  # latitude first


def location(store: dict[str, Any], host: str, known_at: datetime) -> str:
    """The place of a store snapshot, as it was known at a time; `host` is whose stores these are."""
    presence = ET.Element("presence", _NAMESPACES | {"entity": f"pres:{store['id']}@{host}"})
    device = ET.SubElement(presence, "dm:device", {"id": f"store-{store['id']}"})
    geopriv = ET.SubElement(device, "gp:geopriv")
    info = ET.SubElement(geopriv, "gp:location-info")
    point = ET.SubElement(info, "gml:Point", {"srsName": _WGS_84})
    element(point, "gml:pos", f"{store['location']['lat']:.7f} {store['location']['lon']:.7f}")
    address = ET.SubElement(info, "ca:civicAddress", {"xml:lang": "ko-KR"})
    for name, text in civic(store).items():
        element(address, f"ca:{name}", text)
    ET.SubElement(geopriv, "gp:usage-rules")
    element(geopriv, "gp:method", "Manual")
    element(device, "dm:timestamp", timestamp(known_at))
    return document(presence).decode()
