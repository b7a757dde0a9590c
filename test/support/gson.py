"""JSON as Gson's lenient reader takes it, which is how ThingsBoard reads payloads: unquoted names and strings,
single quotes, comments, `=` and `;`, NaN. Numbers keep their text. Strict JSON takes the fast way."""
import json
import re


class Number(str):
    """A JSON number by its text."""
    __slots__ = ()


class BadJson(ValueError):
    """Not even lenient JSON."""


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_LITERAL = re.compile(r"[^/\\;#={}\[\]:, \t\f\r\n]+")
_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n\r]*|#[^\n\r]*|/\*.*?\*/)*", re.S)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\n": "\n", "'": "'", '"': '"', "\\": "\\",
            "/": "/"}
_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=str)
DEEPEST = 255


def parse(payload):
    """Returns the element of a payload (bytes or str): dict, list, str, Number, bool or None; the last of equal
    names wins. Nothing at all is null, as in Gson. Raises BadJson."""
    text = payload.decode("utf-8", "replace") if isinstance(payload, (bytes, bytearray)) else payload
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _Reader(text).document()


class _Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def document(self):
        self.skip()
        if self.at == len(self.text):
            return None
        element = self.value(0)
        if self.text[self.at:].strip(" \t\r\n"):
            self.fail("text after the document")
        return element

    def fail(self, what):
        raise BadJson(f"{what} at character {self.at}")

    def skip(self):
        self.at = _SPACE.match(self.text, self.at).end()

    def peek(self):
        self.skip()
        if self.at >= len(self.text):
            self.fail("End of input")
        return self.text[self.at]

    def value(self, depth):
        if depth > DEEPEST:
            self.fail("too deep")
        first = self.peek()
        if first == "{":
            return self.object(depth)
        if first == "[":
            return self.array(depth)
        if first in "\"'":
            return self.quoted()
        literal = self.literal()
        word = literal.lower()
        if word in ("true", "false"):
            return word == "true"
        if word == "null":
            return None
        return Number(literal) if _NUMBER.match(literal) else literal

    def literal(self):
        match = _LITERAL.match(self.text, self.at)
        if not match:
            self.fail("Expected value")
        self.at = match.end()
        return match.group()

    def quoted(self):
        quote, out = self.text[self.at], []
        self.at += 1
        while True:
            if self.at >= len(self.text):
                self.fail("Unterminated string")
            character = self.text[self.at]
            self.at += 1
            if character == quote:
                return "".join(out)
            if character != "\\":
                out.append(character)
                continue
            escape = self.text[self.at:self.at + 1]
            self.at += 1
            if escape == "u":
                digits = self.text[self.at:self.at + 4]
                if not re.fullmatch("[0-9a-fA-F]{4}", digits):
                    self.fail("bad \\u")
                out.append(chr(int(digits, 16)))
                self.at += 4
            elif escape in _ESCAPES and escape:
                out.append(_ESCAPES[escape])
            else:
                self.fail("Invalid escape sequence")

    def object(self, depth):
        found = {}
        self.at += 1
        if self.peek() == "}":
            self.at += 1
            return found
        while True:
            first = self.peek()
            name = self.quoted() if first in "\"'" else self.literal()
            colon = self.peek()
            if colon not in ":=":
                self.fail("Expected ':'")
            self.at += 1
            if colon == "=" and self.text[self.at:self.at + 1] == ">":
                self.at += 1
            found[name] = self.value(depth + 1)
            after = self.peek()
            self.at += 1
            if after == "}":
                return found
            if after not in ",;":
                self.fail("Unterminated object")

    def array(self, depth):
        found = []
        self.at += 1
        if self.peek() == "]":
            self.at += 1
            return found
        while True:
            if self.peek() in ",;]":
                found.append(None)  # Gson: a missing element is null
            else:
                found.append(self.value(depth + 1))
            after = self.peek()
            self.at += 1
            if after == "]":
                return found
            if after not in ",;":
                self.fail("Unterminated array")
