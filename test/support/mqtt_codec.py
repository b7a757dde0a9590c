"""MQTT 3.1.1 and 5 packets as bytes: what the tests' own client and the ThingsBoard stand-in speak.
Knows nothing of the service under test. Lengths and flags are not corrected: a test may build a wrong packet."""
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = 8, 9, 10, 11, 12, 13, 14, 15

# Property identifier -> kind of its value (MQTT 5, 2.2.2.2).
_BYTE, _SHORT, _LONG, _VARINT, _TEXT, _BINARY, _PAIR = range(7)
PROPERTY_KINDS = {
    0x01: _BYTE, 0x02: _LONG, 0x03: _TEXT, 0x08: _TEXT, 0x09: _BINARY, 0x0B: _VARINT, 0x11: _LONG, 0x12: _TEXT,
    0x13: _SHORT, 0x15: _TEXT, 0x16: _BINARY, 0x17: _BYTE, 0x18: _LONG, 0x19: _BYTE, 0x1A: _TEXT, 0x1C: _TEXT,
    0x1F: _TEXT, 0x21: _SHORT, 0x22: _SHORT, 0x23: _SHORT, 0x24: _BYTE, 0x25: _BYTE, 0x26: _PAIR, 0x27: _LONG,
    0x28: _BYTE, 0x29: _BYTE, 0x2A: _BYTE,
}
SESSION_EXPIRY, TOPIC_ALIAS, RECEIVE_MAXIMUM, USER_PROPERTY = 0x11, 0x23, 0x21, 0x26


class ProtocolError(Exception):
    """The peer sent bytes that are no MQTT packet."""


def varint(number):
    """Returns `number` (0 to 268 435 455) as a variable byte integer."""
    if number < 128:
        return bytes((number,))
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | 0x80 if number else low)
        if not number:
            return bytes(out)


def read_varint(data, at):
    """Returns (number, position after it); (None, at) when more bytes are needed."""
    number = shift = 0
    for place in range(at, at + 4):
        if place >= len(data):
            return None, at
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place + 1
        shift += 7
    raise ProtocolError("a length of more than four bytes")


def packet(first_byte, body):
    return bytes((first_byte,)) + varint(len(body)) + body


def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def split(buffer, longest=None):
    """Returns ([(first byte, body)], bytes used). With `longest`, a packet that announces a longer body ends the
    list with (first byte, None): the reader closes there."""
    packets, at, size = [], 0, len(buffer)
    while at + 1 < size:
        length, body = read_varint(buffer, at + 1)
        if length is None:
            break
        if longest is not None and length > longest:
            packets.append((buffer[at], None))
            return packets, size
        if body + length > size:
            break
        packets.append((buffer[at], bytes(buffer[body:body + length])))
        at = body + length
    return packets, at


def properties(pairs):
    """Encodes [(identifier, value)]; a user property's value is a pair of texts."""
    out = bytearray()
    for identifier, value in pairs or ():
        out.append(identifier)
        kind = PROPERTY_KINDS[identifier]
        if kind == _BYTE:
            out.append(value)
        elif kind == _SHORT:
            out += struct.pack(">H", value)
        elif kind == _LONG:
            out += struct.pack(">I", value)
        elif kind == _VARINT:
            out += varint(value)
        elif kind == _PAIR:
            out += text(value[0]) + text(value[1])
        else:
            out += text(value)
    return varint(len(out)) + bytes(out)


def read_text(data, at):
    length = struct.unpack_from(">H", data, at)[0]
    if at + 2 + length > len(data):
        raise ProtocolError("a text runs past its packet")
    return data[at + 2:at + 2 + length], at + 2 + length


def read_properties(data, at):
    """Returns ([(identifier, value)], position after them). Texts are str, binary stays bytes."""
    if at < len(data) and data[at] == 0:
        return [], at + 1
    length, at = read_varint(data, at)
    if length is None or at + length > len(data):
        raise ProtocolError("properties run past their packet")
    end, found = at + length, []
    while at < end:
        identifier, at = data[at], at + 1
        kind = PROPERTY_KINDS.get(identifier)
        if kind is None:
            raise ProtocolError(f"unknown property {identifier:#x}")
        if kind == _BYTE:
            value, at = data[at], at + 1
        elif kind == _SHORT:
            value, at = struct.unpack_from(">H", data, at)[0], at + 2
        elif kind == _LONG:
            value, at = struct.unpack_from(">I", data, at)[0], at + 4
        elif kind == _VARINT:
            value, at = read_varint(data, at)
        elif kind == _PAIR:
            name, at = read_text(data, at)
            content, at = read_text(data, at)
            value = (name.decode("utf-8", "replace"), content.decode("utf-8", "replace"))
        else:
            value, at = read_text(data, at)
            if kind == _TEXT:
                value = value.decode("utf-8", "replace")
        found.append((identifier, value))
    return found, end


def connect(client_id="", version=4, user=None, password=None, clean=True, keepalive=60, props=None, will=None):
    """A CONNECT; `will` is (topic, payload, qos, retain)."""
    flags = 0x02 if clean else 0
    body = text("MQTT") + bytes((version,))
    if will:
        flags |= 0x04 | will[2] << 3 | (0x20 if will[3] else 0)
    if user is not None:
        flags |= 0x80
    if password is not None:
        flags |= 0x40
    body += bytes((flags,)) + struct.pack(">H", keepalive)
    if version == 5:
        body += properties(props)
    body += text(client_id)
    if will:
        body += (b"\x00" if version == 5 else b"") + text(will[0]) + text(will[1])
    if user is not None:
        body += text(user)
    if password is not None:
        body += text(password)
    return packet(CONNECT << 4, body)


def read_connect(body):
    """Returns a dict: version, clean, keepalive, client_id, user, password, properties, will (topic, payload, qos,
    retain) or None. User is str or None."""
    name, at = read_text(body, 0)
    version, flags = body[at], body[at + 1]
    if name not in (b"MQTT", b"MQIsdp"):
        raise ProtocolError("no MQTT protocol name")
    keepalive, at = struct.unpack_from(">H", body, at + 2)[0], at + 4
    props = []
    if version == 5:
        props, at = read_properties(body, at)
    client_id, at = read_text(body, at)
    will = user = password = None
    if flags & 0x04:
        if version == 5:
            _, at = read_properties(body, at)
        will_topic, at = read_text(body, at)
        will_payload, at = read_text(body, at)
        will = (will_topic.decode("utf-8", "replace"), will_payload, flags >> 3 & 3, bool(flags & 0x20))
    if flags & 0x80:
        user, at = read_text(body, at)
        user = user.decode("utf-8", "replace")
    if flags & 0x40:
        password, at = read_text(body, at)
    return {"version": version, "clean": bool(flags & 0x02), "keepalive": keepalive, "properties": props,
            "client_id": client_id.decode("utf-8", "replace"), "user": user, "password": password, "will": will}


def publish(topic, payload, qos=0, packet_id=None, dup=False, retain=False, version=4, props=None):
    payload = payload.encode() if isinstance(payload, str) else payload
    head = text(topic)
    if qos:
        head += struct.pack(">H", packet_id)
    if version == 5:
        head += properties(props)
    return packet(PUBLISH << 4 | (8 if dup else 0) | qos << 1 | (1 if retain else 0), head + payload)


def read_publish(first_byte, body, version):
    """Returns (topic, qos, dup, retain, packet id or None, properties, payload)."""
    size = body[0] << 8 | body[1]
    topic = body[2:2 + size].decode("utf-8", "replace")
    at, qos, packet_id, props = 2 + size, first_byte >> 1 & 3, None, ()
    if qos:
        packet_id, at = body[at] << 8 | body[at + 1], at + 2
    if version == 5:
        if body[at] == 0:
            at += 1
        else:
            props, at = read_properties(body, at)
    return topic, qos, bool(first_byte & 8), bool(first_byte & 1), packet_id, props, body[at:]


def puback(packet_id, reason=0):
    """A PUBACK; reason 0 is left out, as MQTT 5 allows and 3.1.1 demands."""
    if reason:
        return bytes((PUBACK << 4, 3, packet_id >> 8, packet_id & 0xFF, reason))
    return bytes((PUBACK << 4, 2, packet_id >> 8, packet_id & 0xFF))


def pubrel(packet_id):
    return bytes((PUBREL << 4 | 2, 2, packet_id >> 8, packet_id & 0xFF))


def connack(version, reason=0, session_present=False):
    body = bytes((1 if session_present else 0, reason)) + (b"\x00" if version == 5 else b"")
    return packet(CONNACK << 4, body)


def subscribe(packet_id, filters, qos=1, version=4, props=None, options=0):
    """A SUBSCRIBE; `options` is or-ed to the subscription options of MQTT 5 (no local, retain handling)."""
    body = struct.pack(">H", packet_id) + (properties(props) if version == 5 else b"")
    for name in filters:
        body += text(name) + bytes((qos | options,))
    return packet(SUBSCRIBE << 4 | 2, body)


def read_subscribe(body, version):
    """Returns (packet id, [filter], [requested QoS])."""
    packet_id, at = struct.unpack_from(">H", body)[0], 2
    if version == 5:
        _, at = read_properties(body, at)
    filters, wanted = [], []
    while at < len(body):
        name, at = read_text(body, at)
        filters.append(name.decode("utf-8", "replace"))
        wanted.append(body[at] & 3)
        at += 1
    return packet_id, filters, wanted


def suback(packet_id, codes, version):
    return packet(SUBACK << 4, struct.pack(">H", packet_id) + (b"\x00" if version == 5 else b"") + bytes(codes))


def disconnect(version, reason=0):
    return packet(DISCONNECT << 4, bytes((reason,)) if version == 5 and reason else b"")
