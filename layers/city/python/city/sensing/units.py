"""Units of measure: what may be sent for a parameter and how it becomes the parameter's own. Pure.

Gases come as parts per million or billion too; their mass concentration depends on temperature and
pressure (ideal gas), 25 °C and 1013.25 hPa unless the sender tells otherwise.
"""

from city.sensing.model import Parameter

KELVIN = 273.15
GAS_CONSTANT = 8.314462618
CELSIUS, HECTOPASCAL = 25.0, 1013.25

# (from, to): factor, added afterwards
LINEAR: dict[tuple[str, str], tuple[float, float]] = {
    ("mg/m3", "µg/m3"): (1000.0, 0.0),
    ("cm", "m"): (0.01, 0.0),
    ("mm", "m"): (0.001, 0.0),
    ("m", "cm"): (100.0, 0.0),
    ("cm", "mm"): (10.0, 0.0),
    ("°F", "°C"): (5 / 9, -160 / 9),
    ("K", "°C"): (1.0, -KELVIN),
    ("µg/L", "mg/L"): (0.001, 0.0),
    ("mg/L", "µg/L"): (1000.0, 0.0),
    ("L/s", "m3/s"): (0.001, 0.0),
    ("Pa", "hPa"): (0.01, 0.0),
    ("km/h", "m/s"): (1 / 3.6, 0.0),
    ("CFU/100mL", "MPN/100mL"): (1.0, 0.0),
}
_PARTS = {"ppm": 1e-6, "ppb": 1e-9}
_SPELLINGS = {"ug/m3": "µg/m3", "μg/m3": "µg/m3", "µg/m³": "µg/m3", "m³/s": "m3/s", "C": "°C"}


class UnknownUnit(Exception):
    """There is no way from this unit to the parameter's."""


def converted(
    parameter: Parameter,
    value: float,
    uom: str | None,
    celsius: float | None = None,
    hectopascal: float | None = None,
) -> float:
    """A value in the parameter's own unit; None as unit means that it already is.

    Raises:
        UnknownUnit: nobody told us how.
    """
    given = _SPELLINGS.get(uom or parameter.uom, uom or parameter.uom)
    if given == parameter.uom:
        return value
    if (given, parameter.uom) in LINEAR:
        factor, added = LINEAR[given, parameter.uom]
        return value * factor + added
    if given in _PARTS and parameter.molar_g and parameter.uom == "µg/m3":
        kelvin = (CELSIUS if celsius is None else celsius) + KELVIN
        pascal = (HECTOPASCAL if hectopascal is None else hectopascal) * 100
        moles = pascal / (GAS_CONSTANT * kelvin)  # of air in a cubic metre
        return value * _PARTS[given] * moles * parameter.molar_g * 1e6
    raise UnknownUnit(f"{given} → {parameter.uom}")
