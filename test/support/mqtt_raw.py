"""A small blocking MQTT 3.1.1 and 5 client of the tests: every flag, packet id and property is the caller's, and
nothing happens that was not asked for (except PUBACKs to what `receive` returns, unless ack=False)."""
import collections
import select
import socket
import struct
import time

import mqtt_codec as mqtt

Message = collections.namedtuple("Message", "topic payload qos dup retain packet_id user_properties")


class Refused(Exception):
    """The server refused or ended the connection; `code` is its reason, None when it only closed."""

    def __init__(self, what, code=None):
        super().__init__(what if code is None else f"{what} (0x{code:02x})")
        self.code = code


def user_properties(pairs):
    """{name: text} or [(name, text)] as MQTT 5 properties."""
    return [(mqtt.USER_PROPERTY, pair) for pair in (pairs.items() if isinstance(pairs, dict) else pairs or ())]


class Client:
    """One connection. version is 4 (3.1.1) or 5; tls is an ssl.SSLContext. Use as a context manager, or close()."""

    def __init__(self, port, host="127.0.0.1", client_id="", version=4, user=None, password=None, clean=True,
                 keepalive=60, props=None, will=None, tls=None, timeout=10.0):
        self.version, self.timeout = version, timeout
        self.options = dict(client_id=client_id, version=version, user=user, password=password, clean=clean,
                            keepalive=keepalive, props=props, will=will)
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            plain = self.socket
            try:
                self.socket = tls.wrap_socket(plain, server_hostname="localhost")
            except OSError:
                plain.close()
                raise
        self.buffer, self.packets = bytearray(), collections.deque()
        self.messages = collections.deque()
        self.next_id = 0
        self.session_present = None
        self.disconnect_code = None

    def __enter__(self):
        if self.session_present is None:
            self.connect()
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "socket", None) is not None:
            self.socket.close()

    # Connection.
    def connect(self):
        """Sends CONNECT and waits for the CONNACK; returns self. Raises Refused."""
        self.send(mqtt.connect(**self.options))
        first, body = self.read_packet()
        if first >> 4 != mqtt.CONNACK:
            raise Refused(f"packet type {first >> 4} instead of a CONNACK")
        if body[1]:
            raise Refused("CONNECT refused", body[1])
        self.session_present = bool(body[0] & 1)
        self.connack_properties = mqtt.read_properties(body, 2)[0] if self.version == 5 else []
        return self

    def disconnect(self, reason=0):
        self.send(mqtt.disconnect(self.version, reason))
        self.close()

    def close(self):
        self.socket.close()

    def abort(self):
        """Closes with a TCP reset: the server sees an error, sends the will, keeps the session."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Packets.
    def send(self, data):
        self.socket.sendall(data)

    def read_packet(self, timeout=None):
        """Returns the next (first byte, body). Raises TimeoutError, or Refused when the server closed."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while not self.packets:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no packet in time")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(262_144)
            except TimeoutError:
                raise TimeoutError("no packet in time") from None
            except ConnectionError as error:
                raise Refused(str(error)) from None
            if not data:
                raise Refused("the server closed the connection", self.disconnect_code)
            self.buffer += data
            packets, used = mqtt.split(self.buffer)
            del self.buffer[:used]
            self.packets.extend(packets)
        self.socket.settimeout(self.timeout)
        first, body = self.packets.popleft()
        if first >> 4 == mqtt.DISCONNECT:
            self.disconnect_code = body[0] if body else 0
        return first, body

    def wait_for(self, kind, timeout=None):
        """Returns the body of the next packet of that type; publishes that come before are kept for receive()."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            first, body = self.read_packet(max(0.0, deadline - time.monotonic()))
            if first >> 4 == kind:
                return body
            if first >> 4 == mqtt.PUBLISH:
                self.messages.append((first, body))
            elif first >> 4 == mqtt.DISCONNECT:
                raise Refused("disconnected by the server", self.disconnect_code)

    def closed_by_server(self, timeout=5.0):
        """True iff the server closes within `timeout`; what it still sends is read away."""
        try:
            while True:
                self.read_packet(timeout)
        except Refused:
            return True
        except TimeoutError:
            return False

    # Publishing and subscribing.
    def packet_id(self):
        self.next_id = self.next_id % 65_535 + 1
        return self.next_id

    def publish(self, topic, payload, qos=1, packet_id=None, dup=False, retain=False, user=None, props=None,
                wait=True):
        """Publishes; at QoS 1 returns (packet id, reason code) of its PUBACK, or packet id when not waiting."""
        packet_id = packet_id or (self.packet_id() if qos else None)
        self.send(mqtt.publish(topic, payload, qos, packet_id, dup, retain, self.version,
                               list(props or ()) + user_properties(user)))
        if not qos or not wait:
            return packet_id
        return self.puback()

    def puback(self, timeout=None):
        """Waits for the next PUBACK; returns (packet id, reason code)."""
        body = self.wait_for(mqtt.PUBACK, timeout)
        return body[0] << 8 | body[1], body[2] if len(body) > 2 else 0

    def subscribe(self, filters, qos=1, options=0, props=None):
        """Subscribes to one filter or several; returns the granted codes."""
        filters = [filters] if isinstance(filters, str) else filters
        packet_id = self.packet_id()
        self.send(mqtt.subscribe(packet_id, filters, qos, self.version, props, options))
        return list(self.wait_for(mqtt.SUBACK)[3 if self.version == 5 else 2:])

    def ping(self, timeout=None):
        """True iff a PINGRESP comes."""
        self.send(bytes((mqtt.PINGREQ << 4, 0)))
        try:
            self.wait_for(mqtt.PINGRESP, timeout)
            return True
        except TimeoutError:
            return False

    def receive(self, timeout=None, ack=True):
        """Returns the next Message, acknowledged at QoS 1. Raises TimeoutError."""
        if self.messages:
            first, body = self.messages.popleft()
        else:
            deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
            first, body = self.read_packet(timeout)
            while first >> 4 != mqtt.PUBLISH:
                first, body = self.read_packet(max(0.0, deadline - time.monotonic()))
        topic, qos, dup, retain, packet_id, props, payload = mqtt.read_publish(first, body, self.version)
        if qos == 1 and ack:
            self.send(mqtt.puback(packet_id))
        users = tuple(value for identifier, value in props if identifier == mqtt.USER_PROPERTY)
        return Message(topic, payload, qos, dup, retain, packet_id, users)

    def pending(self):
        """True iff bytes of the server wait to be read."""
        return bool(self.packets or self.messages or select.select([self.socket], [], [], 0)[0])
