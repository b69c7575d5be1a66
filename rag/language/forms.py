"""What the words of a language look like: stop words, stems, units, months, days of the week.

Months, days, units and currencies are those of the Unicode locale data that Babel brings; what it
does not hold stands in words/. English stop words and irregular forms are in `lexicon`.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rag.language.lexicon import IRREGULAR, STOP_WORDS
from rag.language.stemming import stemmer

READ = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian"}
_ENGLISH_UNITS = {
    form: unit
    for unit, forms in {
        "%": "% percent pct",
        "$": "$ dollar dollars usd",
        "£": "£ pound pounds sterling gbp",
        "€": "€ euro euros eur",
        "km": "km kilometre kilometres kilometer kilometers",
        "m": "metre metres meter meters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "mile": "mi mile miles",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "yard": "yard yards",
        "kg": "kg kilogram kilograms kilogramme kilogrammes kilo kilos",
        "g": "gram grams gramme grammes",
        "t": "tonne tonnes ton tons",
        "ha": "hectare hectares ha",
        "acre": "acre acres",
        "litre": "litre litres liter liters",
        "year": "year years yr yrs",
        "month": "month months",
        "week": "week weeks",
        "day": "day days",
        "hour": "hour hours hr hrs",
        "minute": "minute minutes min mins",
        "second": "second seconds sec secs",
        "°C": "celsius centigrade",
        "°F": "fahrenheit",
        "kWh": "kwh",
        "MW": "mw megawatt megawatts",
        "point": "point points",
    }.items()
    for form in forms.split()
}
_BABEL_UNITS = {
    "length-kilometer": "km", "length-meter": "m", "length-centimeter": "cm",
    "length-millimeter": "mm", "length-mile": "mile", "length-foot": "foot", "length-inch": "inch",
    "length-yard": "yard", "mass-kilogram": "kg", "mass-gram": "g", "mass-tonne": "t",
    "area-hectare": "ha", "area-acre": "acre", "volume-liter": "litre", "duration-year": "year",
    "duration-month": "month", "duration-week": "week", "duration-day": "day",
    "duration-hour": "hour", "duration-minute": "minute", "duration-second": "second",
}  # fmt: skip
_CURRENCIES = {"USD": "$", "GBP": "£", "EUR": "€", "CHF": "CHF", "JPY": "¥"}
_SIGNS = {"%": "%", "$": "$", "£": "£", "€": "€", "km": "km", "kg": "kg", "chf": "CHF"}


@cache
def words(language: str) -> dict[str, Any]:
    """What words/ holds of a language that is in `READ`."""
    return tomllib.loads((Path(__file__).parent / "words" / f"{language}.toml").read_text("utf-8"))


@cache
def stop_words(language: str) -> frozenset[str]:
    """The words that say nothing of what a text is about."""
    return STOP_WORDS if language == "en" else frozenset(words(language)["stop_words"].split())


@lru_cache(maxsize=40_000)
def stem(word: str, language: str = "en") -> str:
    """The word without its ending, in lower case (Snowball); "sold" is "sell"."""
    lower = word.lower()
    if language == "en":
        lower = IRREGULAR.get(lower, lower)
    return str(stemmer(READ[language]).stemWord(lower))


@cache
def units(language: str) -> dict[str, str]:
    """Each form of a unit, in lower case, with the unit: "kilomètres" is "km"."""
    if language == "en":
        return _ENGLISH_UNITS
    from babel.numbers import get_currency_name
    from babel.units import UnknownUnitError, format_unit

    found: dict[str, str] = _SIGNS | words(language)["units"]
    for name, unit in _BABEL_UNITS.items():
        for count in (1, 2):
            try:
                form = format_unit(count, name, length="long", locale=language)
            except UnknownUnitError:
                continue
            if name in form:  # the locale has no word for it
                continue
            form = form.replace("\xa0", " ").split(" ")[-1].lower()
            found |= {form: unit, **({f"{form}n": unit} if language == "de" else {})}
    for code, sign in _CURRENCIES.items():
        for count in (1, 2):
            names = get_currency_name(code, count, locale=language).lower()
            # "US-Dollar", "dollars des États-Unis": what it is called where it is used
            parts = names.replace("-", " ").split(" ")
            found[parts[-1] if language == "de" else parts[0]] = sign
    return found


@cache
def months(language: str) -> dict[str, int]:
    """Each name of a month, in lower case, with its number."""
    from babel.dates import get_month_names

    return {
        name.lower().rstrip("."): number
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    } | ({"sept": 9} if language == "en" else {})


@cache
def weekdays(language: str) -> dict[str, int]:
    """Each name of a day of the week, in lower case; Monday is 0."""
    from babel.dates import get_day_names

    return {name.lower(): number for number, name in get_day_names("wide", locale=language).items()}
