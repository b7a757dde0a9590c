"""ThingsBoard's value rules: what its two JSON parses make of a telemetry payload (JsonConverter since 3.8.1).
Judged with Decimal, as Java's BigDecimal does. A value is (type, content); types are the names ThingsBoard stores:
BOOLEAN bool, LONG int, DOUBLE float, STRING str, JSON str (its text)."""
import json
from decimal import Decimal, InvalidOperation

from gson import BadJson, Number, parse

LONG_MIN, LONG_MAX = -2**63, 2**63 - 1
LARGEST_EXPONENT = 100_000  # beyond it BigDecimal would fill the server's memory


class Refused(Exception):
    """The transport refuses the payload as malformed: PUBACK 0x99, or a close in 3.1.1."""


class Uncaught(Exception):
    """The transport stumbles over an exception nobody catches: the connection is closed."""


def is_parsable(text):
    """Commons Lang NumberUtils.isParsable: an optional minus, digits, at most one point, none at the end."""
    if not text or text[-1] == ".":
        return False
    digits = text[1:] if text[0] == "-" else text
    if not digits or digits.count(".") > 1:
        return False
    return digits.replace(".", "").isdecimal()


def number(text):
    """The stored value of a number written `text`: integral texts are LONG, others DOUBLE up to 16 decimals,
    everything else the plain digits as STRING. Raises Uncaught when the text is no number at all."""
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        raise Uncaught(f"no number: {text[:40]!r}") from None
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int) or abs(decimal.adjusted()) > LARGEST_EXPONENT:
        raise Uncaught(f"number out of reach: {text[:40]!r}")
    if decimal.is_zero():
        decimal = decimal.copy_abs()  # BigDecimal has no negative zero
    simple_double = "." in text and "e" not in text and "E" not in text
    if not simple_double and decimal == decimal.to_integral_value():
        whole = int(decimal)
        return ("LONG", whole) if LONG_MIN <= whole <= LONG_MAX else ("STRING", format(decimal, "f"))
    if -exponent <= 16:
        double = float(decimal)
        if double in (float("inf"), float("-inf")):
            raise Uncaught(f"infinite double: {text[:40]!r}")
        return "DOUBLE", double
    return "STRING", format(decimal, "f")


def java_double(double):
    """Java's Double.toString: plain from 1e-3 below 1e7, else with an exponent."""
    if double == 0 or 1e-3 <= abs(double) < 1e7:
        return repr(double)
    parts = Decimal(repr(double)).as_tuple()
    digits = "".join(map(str, parts.digits)).rstrip("0")
    exponent = len(parts.digits) - 1 + parts.exponent
    return f"{'-' if parts.sign else ''}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def first_parse(element):
    """One value as the transport takes it; None for null, which is dropped."""
    if isinstance(element, Number):
        return number(element)
    if isinstance(element, bool):
        return "BOOLEAN", element
    if isinstance(element, str):
        if is_parsable(element):
            try:
                return number(element)
            except Uncaught:
                pass
        return "STRING", element
    if element is None:
        return None
    return "JSON", json_text(element)


def second_parse(value):
    """A value as the rule engine reads it back from the message that the transport wrote."""
    kind, content = value
    if kind == "DOUBLE":
        return number(java_double(content))
    return first_parse(content) if kind == "STRING" else value


def json_text(element):
    """Gson's compact text of an element; numbers keep the text they came with."""
    if isinstance(element, Number):
        return str(element)
    if isinstance(element, dict):
        return "{" + ",".join(json_text(name) + ":" + json_text(item) for name, item in element.items()) + "}"
    if isinstance(element, list):
        return "[" + ",".join(map(json_text, element)) + "]"
    return json.dumps(element, ensure_ascii=False)


def java_long(element):
    """JsonElement.getAsLong: the whole part of a number, its low 64 bits when it is too large."""
    if isinstance(element, Number):
        try:
            decimal = Decimal(element)
        except InvalidOperation:
            raise Uncaught(f"no number: {element[:40]!r}") from None
        if decimal.adjusted() > LARGEST_EXPONENT:
            raise Uncaught("ts out of reach")
        return (int(decimal) + 2**63) % 2**64 - 2**63
    if isinstance(element, str):
        digits = element[1:] if element[:1] in ("-", "+") else element
        if digits.isdecimal() and LONG_MIN <= int(element) <= LONG_MAX:
            return int(element)
    raise Uncaught(f"ts is no number: {str(element)[:40]!r}")


def parse_json(payload):
    """A payload as an element. Raises Refused."""
    try:
        return parse(payload)
    except BadJson as error:
        raise Refused(str(error)) from None


def records(element, now):
    """The transport's first parse of device telemetry: [(ts, {key: value}, {keys sent as JSON numbers})]."""
    if isinstance(element, dict):
        return [_record(element, now)]
    if isinstance(element, list):
        found = []
        for item in element:
            if not isinstance(item, dict):
                raise Refused("Can't parse value")
            found.append(_record(item, now))
        return found
    raise Refused("Can't parse value")


def gateway_entry(element, now):
    """The transport's first parse of one device's array in gateway telemetry. Raises Refused for the entry."""
    for item in element:
        metadata = item.get("metadata") if isinstance(item, dict) and "ts" in item else None
        if metadata is not None:
            if not isinstance(metadata, dict):
                raise Refused("Can't parse gateway metadata")
            for name in ("connector", "receivedTs", "publishedTs"):
                if name not in metadata:
                    raise Refused("Can't parse gateway element in metadata")
    return records(element, now)


def attributes(element):
    """The transport's parse of one device's attributes: {key: (type, value)}. Raises Refused."""
    if not isinstance(element, dict):
        raise Refused("Can't parse value")
    return {key: value for key, value in ((key, first_parse(item)) for key, item in element.items())
            if value is not None}


def stored_attributes(found):
    """What the rule engine stores of attributes, or None when all of them are lost: the same second parse and the same
    bad keys as with telemetry."""
    try:
        result = {key: second_parse(value) for key, value in found.items()}
    except Uncaught:
        return None
    return None if any(map(bad_key, result)) else result


def _record(item, now):
    if "ts" in item and "values" in item:
        now = java_long(item["ts"])
        item = item["values"]
        if not isinstance(item, dict):
            raise Refused("Not a JSON Object")
    values, numbers = {}, set()
    for key, element in item.items():
        value = first_parse(element)
        if value is not None:
            values[key] = value
            if type(element) is Number:
                numbers.add(key)
    return now, values, numbers


def bad_key(key):
    """True for a key that ThingsBoard acknowledges and then loses, with its whole record."""
    return not key or len(key) > 255 or "<" in key or "\0" in key or not key.strip()


def bad_device_name(name):
    """True for a device name that gets no PUBACK at all. The same rule as for keys."""
    return bad_key(name)


def stored(record):
    """What the rule engine stores of one record: (ts, {key: value}), or None when the whole record is lost."""
    ts, values, _ = record
    if "ts" in values and "values" in values:
        # The message reads like {"ts":..,"values":..} now: the inner time and the inner values count.
        inner_ts, (kind, inner) = values["ts"], values["values"]
        if kind != "JSON" or not inner.startswith("{"):
            return None
        try:
            ts = java_long(Number(inner_ts[1]) if inner_ts[0] in ("LONG", "DOUBLE") else inner_ts[1])
            result = {key: first_parse(element) for key, element in parse(inner).items()}
        except (Uncaught, BadJson):
            return None
        result = {key: value for key, value in result.items() if value is not None}
    else:
        try:
            result = {key: second_parse(value) for key, value in values.items()}
        except Uncaught:
            return None
    for key in result:
        if bad_key(key):
            return None
    return ts, result
