"""One MQTT connection of the ThingsBoard stand-in: CONNECT, the device and gateway topics, and the answers,
which may be late, shuffled or missing. Every deviation from a good broker is ThingsBoard's own."""
import asyncio
import json
import socket
import struct
import time

import mqtt_codec as mqtt
import thingsboard_values as values
from thingsboard_answers import Answers

LARGEST_PACKET = 65_536
BEFORE_CONNACK = 100
TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"
GATEWAY, RPC_REQUEST, RPC_RESPONSE = "v1/gateway/", "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"


class Session(asyncio.Protocol):
    def __init__(self, board):
        self.board = board
        self.loop = asyncio.get_running_loop()
        self.transport = None
        self.buffer = bytearray()
        self.version, self.token, self.device, self.gateway = 4, None, None, False
        self.state = "new"  # new -> checking (token) -> open -> closed
        self.waiting = []  # packets that came before the CONNACK
        self.out = []
        self.answers = Answers(board, self.loop, self.out, self.flush)
        self.subscribed = set()
        self.heard = time.monotonic()

    # The connection.
    def connection_made(self, transport):
        self.transport = transport
        self.board.connections.add(self)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.board.switches["frozen"]:
            transport.pause_reading()

    def connection_lost(self, error):
        self.state = "closed"
        self.board.connections.discard(self)
        if self.board.sessions.get(self.token) is self:
            del self.board.sessions[self.token]

    def data_received(self, data):
        self.heard = time.monotonic()
        self.buffer += data
        try:
            packets, used = mqtt.split(self.buffer, LARGEST_PACKET)
            del self.buffer[:used]
            for first, body in packets:
                if self.state == "closed":
                    break
                self.take(first, body)
        except (mqtt.ProtocolError, IndexError, struct.error):
            self.close("malformed_packet", 0x81)
        self.board.store.flush()
        self.flush()

    def flush(self):
        if self.out and self.transport is not None and not self.board.switches["frozen"]:
            if not self.transport.is_closing():
                self.transport.write(b"".join(self.out))
            self.out.clear()

    def freeze(self, frozen):
        try:
            (self.transport.pause_reading if frozen else self.transport.resume_reading)()
        except RuntimeError:
            pass
        self.flush()

    def close(self, reason, code=0):
        """Closes; in MQTT 5 a DISCONNECT with `code` goes out first. What was acknowledged is sent before."""
        if self.state == "closed":
            return
        self.state = "closed"
        if reason:
            self.board.refused[reason] += 1
        self.answers.release()
        if self.version == 5 and code:
            self.out.append(mqtt.disconnect(5, code))
        self.board.store.flush()
        self.flush()
        if self.board.sessions.get(self.token) is self:
            del self.board.sessions[self.token]
        self.transport.close()

    def reset(self):
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.state = "closed"
        self.transport.abort()

    # Packets.
    def take(self, first, body):
        if body is None:
            self.close("too_large", 0x81)
        elif self.state == "new":
            if first >> 4 != mqtt.CONNECT:
                self.close("no_connect")
            else:
                self.connect(mqtt.read_connect(body))
        elif self.state == "checking":
            self.waiting.append((first, body))
            if sum(packet >> 4 == mqtt.PUBLISH for packet, _ in self.waiting) > BEFORE_CONNACK:
                self.close("before_connack", 0x97)
        elif first >> 4 == mqtt.PUBLISH:
            self.publish(first, body)
        elif self.board.switches["silent"] >= 2:
            pass
        elif first >> 4 == mqtt.PINGREQ:
            self.out.append(bytes((mqtt.PINGRESP << 4, 0)))
        elif first >> 4 == mqtt.SUBSCRIBE:
            packet_id, filters, wanted = mqtt.read_subscribe(body, self.version)
            self.subscribed.update(filters)
            self.out.append(mqtt.suback(packet_id, [min(qos, 1) for qos in wanted], self.version))
        elif first >> 4 == mqtt.UNSUBSCRIBE:
            self.out.append(mqtt.packet(mqtt.UNSUBACK << 4, body[:2] + (b"\0\0" if self.version == 5 else b"")))
        elif first >> 4 == mqtt.DISCONNECT:
            self.close(None)

    def connect(self, asked):
        self.version, self.state = asked["version"], "checking"
        board = self.board
        if board.switches["silent"] >= 2:
            return
        certificate = self.transport.get_extra_info("peercert")
        token = asked["user"]
        if not token and certificate:
            names = dict(pair for part in certificate["subject"] for pair in part)
            token = names.get("commonName", "")
        if not token:
            return self.refuse("no_user", 0x02, 0x85)
        if not board.within("connect_rate", token):
            return self.refuse("connect_rate", 0x03, 0x9F)
        if board.switches["database_down"]:
            self.loop.call_later(board.switches["database_down_ms"] / 1000, self.refuse, "database", 0x03, 0x88)
        elif token not in board.tokens and token not in board.gateways:
            self.loop.call_later(board.switches["connect_ms"] / 1000, self.refuse, "token", 0x05, 0x86)
        else:
            self.loop.call_later(board.switches["connect_ms"] / 1000, self.welcome, token, not asked["clean"])

    def refuse(self, reason, code, code5):
        if self.state == "closed":
            return
        self.out.append(mqtt.connack(self.version, code5 if self.version == 5 else code))
        self.close("connect_" + reason if not reason.startswith("connect") else reason, code5)

    def welcome(self, token, session_present):
        if self.state == "closed":
            return
        board = self.board
        other = board.sessions.get(token)
        if other is not None:
            other.close("taken_over", 0x8E)
        board.sessions[token] = self
        board.counts["connects"] += 1
        board.versions[self.version] += 1
        self.token, self.gateway = token, token in board.gateways
        self.device = board.gateways[token] if self.gateway else board.tokens[token]
        self.state = "open"
        self.out.append(mqtt.connack(self.version, 0, session_present))
        waiting, self.waiting = self.waiting, []
        for first, body in waiting:
            if self.state == "open":
                self.take(first, body)
        board.store.flush()
        self.flush()

    # Publishes.
    def publish(self, first, body):
        board = self.board
        topic, qos, dup, _, packet_id, props, payload = mqtt.read_publish(first, body, self.version)
        board.counts["publishes"] += 1
        board.counts["duplicates_flagged"] += dup
        if qos:
            self.answers.expect_one()
        if board.switches["silent"]:
            return
        if board.poison and any(part in payload for part in board.poison):
            return self.close("poison")
        if board.malformed and any(part in payload for part in board.malformed):
            return self.malformed(packet_id, "refuse")
        if any(identifier == mqtt.TOPIC_ALIAS for identifier, _ in props):
            board.refused["topic_alias"] += 1
            return self.answer(packet_id, 0x90)
        try:
            if topic == TELEMETRY:
                self.device_telemetry(packet_id, payload)
            elif topic.startswith(GATEWAY):
                self.gateway_publish(packet_id, topic[len(GATEWAY):], payload)
            elif topic == ATTRIBUTES:
                board.accept_attributes(self.device, values.attributes(values.parse_json(payload)))
                self.answer(packet_id)
            elif topic.startswith(RPC_REQUEST):
                self.answer(packet_id)
                self.limits(topic[len(RPC_REQUEST):], payload)
            else:
                board.refused["unknown_topic"] += 1
                self.answer(packet_id, 0x90 if self.version == 5 else 0)
        except values.Refused:
            self.malformed(packet_id, "bad_payload")
        except values.Uncaught:
            self.close("bad_ts", 0x8B if qos else 0x99)

    def malformed(self, packet_id, reason):
        if self.version == 5 and packet_id is not None:
            self.board.refused[reason] += 1
            self.answer(packet_id, 0x99)
        else:
            self.close(reason, 0x99)

    def device_telemetry(self, packet_id, payload):
        board = self.board
        if not board.within("rate", self.token):
            return self.close("rate", 0x83)
        records = values.records(values.parse_json(payload), time.time_ns() // 1_000_000)
        if not records:
            board.refused["empty_array"] += 1
            return
        if board.switches["points"] and not board.within("points", self.token, _points(records)):
            return self.close("points", 0x83)
        board.accept(self.device, records)
        self.answer(packet_id)

    def gateway_publish(self, packet_id, kind, payload):
        board = self.board
        if not self.gateway:
            board.refused["not_gateway"] += 1
            return
        element = values.parse_json(payload)
        if kind not in ("telemetry", "attributes"):
            name = element.get("device") if isinstance(element, dict) else None
            if kind == "connect":
                if not isinstance(name, str) or self.unanswered_name(name):
                    return
                board.store.know(name)
            return self.answer(packet_id)
        if not isinstance(element, dict):
            board.refused["bad_payload"] += 1
            self.answer(packet_id, 0x83 if self.version == 5 else 0)
            return self.close(None, 0x83)
        if kind == "attributes":
            return self.gateway_attributes(packet_id, element)
        if not element or element == {name: [] for name in element}:
            board.refused["empty_array"] += 1
            return
        now, answered, bad = time.time_ns() // 1_000_000, False, False
        for name, entry in element.items():
            if not isinstance(entry, list):
                board.refused["entry_no_array"] += 1
                continue
            if not entry:
                board.refused["empty_array"] += 1
                continue
            if self.unanswered_name(name):
                continue
            if not board.within("rate", self.token):
                return self.gateway_limit(name, "rate")
            try:
                records = values.gateway_entry(entry, now)
            except (values.Refused, values.Uncaught):
                bad = True
                if board.switches["puback_per_device"]:
                    self.malformed(packet_id, "bad_payload")
                    if self.state == "closed":
                        return
                continue
            if board.switches["points"] and not board.within("points", self.token, _points(records)):
                return self.gateway_limit(name, "points")
            board.store.know(name)
            board.accept(name, records)
            if board.switches["puback_per_device"]:
                self.answer(packet_id)
            answered = True
        if not board.switches["puback_per_device"]:
            if bad:
                self.malformed(packet_id, "bad_payload")
            elif answered:
                self.answer(packet_id)

    def gateway_attributes(self, packet_id, element):
        """{"A":{"key":value,..},..}: one PUBACK per device. The server's callback drops the exception of an entry that is
        no object or does not parse, so that it gets no PUBACK."""
        for name, entry in element.items():
            if self.unanswered_name(name):
                continue
            try:
                found = values.attributes(entry)
            except (values.Refused, values.Uncaught):
                self.board.refused["bad_attributes"] += 1
                continue
            self.board.store.know(name)
            self.board.accept_attributes(name, found)
            self.answer(packet_id)

    def unanswered_name(self, name):
        if values.bad_device_name(name):
            self.board.refused["device_name"] += 1
            return True
        if self.board.switches["database_down"] and name not in self.board.store.series:
            self.board.refused["database"] += 1
            return True
        return False

    def gateway_limit(self, name, reason):
        if self.version == 5:
            text = json.dumps({"device": name, "reason": 150}, separators=(",", ":"))
            self.out.append(mqtt.publish("v1/gateway/disconnect", text, version=5))
        self.close(reason)

    def limits(self, number, payload):
        asked = values.parse_json(payload)
        if not isinstance(asked, dict) or asked.get("method") != "getSessionLimits":
            return
        if not {RPC_RESPONSE + "+", RPC_RESPONSE + number, "#"} & self.subscribed:
            return

        def limit(name):
            text = self.board.switches[name]
            return text if not text or ":" in text else text + ":1"

        rates = {"messages": None, "telemetryMessages": limit("rate") or None,
                 "telemetryDataPoints": limit("points") or None}
        answer = {"maxPayloadSize": LARGEST_PACKET, "maxInflightMessages": BEFORE_CONNACK, "rateLimits": rates}
        if self.gateway:
            answer["gatewayRateLimits"] = rates
        self.out.append(mqtt.publish(RPC_RESPONSE + number, json.dumps(answer), version=self.version))

    def answer(self, packet_id, reason=0):
        if packet_id is not None and not self.board.switches["mute"]:
            self.answers.add(mqtt.puback(packet_id, reason if self.version == 5 else 0))


def _points(records):
    return sum(len(content) for _, content, _ in records)
