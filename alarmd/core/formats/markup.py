"""XML that any text may go into."""

import re
from typing import Final
from xml.etree import ElementTree as ET

# What XML 1.0 (2.2) has no way to say, not even escaped.
_UNSAYABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(parent: ET.Element, name: str, text: object) -> ET.Element:
    """Add an element with a text; characters that XML cannot say are replaced."""
    made = ET.SubElement(parent, name)
    made.text = sayable(str(text))
    return made


def sayable(text: str) -> str:
    """The text, with U+FFFD for each character that XML cannot say."""
    return _UNSAYABLE.sub("\ufffd", text)


def document(root: ET.Element) -> bytes:
    """The document, in UTF-8, with its declaration."""
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
