"""Korean telephone numbers: kept as E.164, shown as Koreans write them."""

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

# Numbers that the library calls invalid, but that everybody calls.
_SHORT: Final = {"112", "119"}
# What people put between the digits.
_BETWEEN: Final = re.compile(r"[\s().-]+")
# 0507-1234-5678, a number that hides another one: the library would write 050-71234-5678.
_VIRTUAL: Final = re.compile(r"\+82(50\d)(\d{4})(\d{4})")


def normalise(text: str) -> str | None:
    """E.164 (or 112, 119 as they are); None where no such number can exist."""
    bare = _BETWEEN.sub("", text)
    if bare in _SHORT:
        return bare
    try:
        number = phonenumbers.parse(text, "KR")
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def shown(number: str) -> str:
    """A number from `normalise`, as Koreans write it: 02-716-0302, 1577-0711, 112."""
    if number in _SHORT:
        return number
    if virtual := _VIRTUAL.fullmatch(number):
        return "0" + "-".join(virtual.groups())
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(number, "KR"), PhoneNumberFormat.NATIONAL))
    except NumberParseException:
        return number
