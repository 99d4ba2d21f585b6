"""Korean telephone numbers: kept as E.164, shown as Koreans write them."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

# Numbers that the library calls invalid, but that everybody calls.
_SHORT = {"112", "119"}


def normalise(text: str) -> str | None:
    """E.164 (or 112, 119 as they are); None where no such number can exist."""
    digits = "".join(character for character in text if character.isdigit())
    if digits in _SHORT:
        return digits
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
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(number, "KR"), PhoneNumberFormat.NATIONAL))
    except NumberParseException:
        return number
