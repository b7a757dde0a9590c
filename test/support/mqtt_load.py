#!/usr/bin/env python3
"""Publishes at QoS 1 or 2 as fast as Python can, through broker kills: every message is sent again with DUP = 1 until its
PUBACK (PUBCOMP) came, and the ack log gets one JSON line {"topic","payload"} for each (the input of oracle.py).
Library: publish_all, Fleet. Command line: a fleet of devices on a topic template; the last line is a JSON summary."""
import argparse
import json
import os
import random
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mqtt_codec as mqtt  # noqa: E402

_BATCH = 64  # publishes per write


class Fleet:
    """An iterable of (topic, payload) readings of `devices` devices, `count` in all (None: without end), numbered by
    `seq` per device. Times start at `start` ms and move by `step_ms` per round over all devices; with `live` they
    are the wall clock instead. `disorder` and `duplicates` are shares: swapped with the device's next reading, and
    sent twice. The last two readings of every device are sentinels: one after the other, `sentinel_ms` later each,
    so that every window before them closes; sentinels() gives them alone. `topic` may be the list of all topics."""

    def __init__(self, topic="greenhouse/{device}/climate", devices=100, count=None, start=1_700_000_000_000,
                 step_ms=100, seed=1, disorder=0.0, duplicates=0.0, live=False, prefix="room-", sentinel_ms=60_000):
        self.topics = ([topic.replace("{device}", f"{prefix}{number}") for number in range(devices)]
                       if isinstance(topic, str) else list(topic))
        self.count, self.start, self.step_ms, self.live = count, start, step_ms, live
        self.random, self.disorder, self.duplicates = random.Random(seed), disorder, duplicates
        self.sequence = [0] * devices
        self.held = {}  # device -> the reading that waits for its successor
        self.latest, self.sentinel_ms = start, sentinel_ms

    def payload(self, device, time_ms):
        self.sequence[device] += 1
        rnd = self.random.random()
        return '{"time":%d,"seq":%d,"temperature":%.2f,"humidity":%.1f}' % (
            time_ms, self.sequence[device], 18 + device % 7 + 6 * rnd, 40 + 30 * ((rnd * 7919) % 1))

    def __iter__(self):
        made, round_number, chance = 0, 0, self.random.random
        while self.count is None or made < self.count:
            for device, topic in enumerate(self.topics):
                if self.count is not None and made >= self.count:
                    break
                now = time.time_ns() // 1_000_000 if self.live else self.start + round_number * self.step_ms
                self.latest = max(self.latest, now)
                reading = self.payload(device, now)
                made += 1
                if device in self.held:
                    yield topic, reading
                    reading = self.held.pop(device)
                elif self.disorder and chance() < self.disorder:
                    self.held[device] = reading
                    continue
                yield topic, reading
                if self.duplicates and chance() < self.duplicates:
                    yield topic, reading
            round_number += 1

    def sentinels(self):
        for device, reading in sorted(self.held.items()):
            yield self.topics[device], reading
        self.held.clear()
        for number in (1, 2):
            for device, topic in enumerate(self.topics):
                yield topic, self.payload(device, self.latest + number * self.sentinel_ms)


class AckLog:
    """Writes one line per PUBACK; readers see whole lines only. Also counts without a path."""

    def __init__(self, path=None):
        self.file = open(path, "a", encoding="utf-8", buffering=1 << 20) if path else None
        self.count = 0

    def add(self, topic, payload):
        self.count += 1
        if self.file:
            payload = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
            self.file.write(json.dumps({"topic": topic, "payload": payload}) + "\n")

    def flush(self):
        if self.file:
            self.file.flush()

    def close(self):
        if self.file:
            self.file.close()


class _Wire:
    """A non-blocking connection of the load: connects for as long as it takes, keeps what is not written yet."""

    def __init__(self, address, client_id, version, user, password):
        self.address, self.version = address, version
        self.hello = mqtt.connect(client_id, version, user, password, clean=True, keepalive=0)
        self.socket, self.unsent, self.buffer = None, bytearray(), bytearray()

    def open(self, deadline):
        self.close()
        while True:
            try:
                self.socket = socket.create_connection(self.address() if callable(self.address) else self.address, 5)
                self.socket.settimeout(5)
                self.socket.sendall(self.hello)
                answer = self.socket.recv(4)
                if len(answer) == 4 and answer[3] == 0:
                    break
                if len(answer) == 4:
                    raise ConnectionRefusedError(f"CONNACK 0x{answer[3]:02x}")
                self.close()
            except OSError as error:
                self.close()
                if "CONNACK" in str(error):
                    raise
            if deadline and time.monotonic() > deadline:
                raise TimeoutError("the broker did not take a CONNECT in time")
            time.sleep(0.02)
        # What follows the four bytes read here (MQTT 5: the properties) ends at the announced length.
        rest = answer[1] - 2
        while rest:
            rest -= len(self.socket.recv(rest))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None
        self.unsent.clear()
        self.buffer.clear()

    def write(self, data=b""):
        self.unsent += data
        while self.unsent:
            try:
                del self.unsent[:self.socket.send(self.unsent)]
            except BlockingIOError:
                return

    def read(self):
        """Returns the packets that have come. Raises ConnectionError when the server closed."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return ()
        if not data:
            raise ConnectionResetError("closed by the server")
        self.buffer += data
        packets, used = mqtt.split(self.buffer)
        del self.buffer[:used]
        return packets


def publish_all(messages, port, host="127.0.0.1", window=1000, version=4, client_id="load", user=None, password=None,
                log=None, rate=None, until=None, deadline_s=None, address=None, on_ack=None, qos=1):
    """Publishes every (topic, payload) of `messages` at QoS 1 or 2 and returns when each has its PUBACK or PUBCOMP:
    {"published", "sent", "resent", "reconnects", "seconds", "rate"}. Up to `window` are in flight. `log` is an AckLog; `rate`
    limits messages per second; `until()` true ends the input early; `address()` gives (host, port) at every
    reconnect, for a broker that moves; `on_ack(published)` is called after each batch of PUBACKs. Raises TimeoutError
    after deadline_s, ConnectionRefusedError when the broker refuses the CONNECT. QoS 2 wants a broker that stays: each
    connection is a session of its own."""
    begun = time.monotonic()
    deadline = begun + deadline_s if deadline_s else None
    wire = _Wire(address or (host, port), client_id, version, user, password)
    log = log or AckLog()
    source, in_flight, free = iter(messages), {}, list(range(65_535, 0, -1))
    window = min(window, 65_535)
    counts = {"published": 0, "sent": 0, "resent": 0, "reconnects": -1}
    more, parts = True, []
    released = set()  # QoS 2: those with PUBREC
    first_byte, last_answer = 0x30 | qos << 1, mqtt.PUBACK if qos == 1 else mqtt.PUBCOMP

    def connect():
        wire.open(deadline)
        counts["reconnects"] += 1
        again = [mqtt.pubrel(packet_id) if packet_id in released
                 else mqtt.publish(topic, payload, qos, packet_id, True, version=version)
                 for packet_id, (topic, payload) in in_flight.items()]
        counts["resent"] += len(again)
        wire.write(b"".join(again))

    heads = {}
    tail = b"\x00" if version == 5 else b""
    connect()
    while more or in_flight:
        if deadline and time.monotonic() > deadline:
            raise TimeoutError(f"{len(in_flight)} publishes without PUBACK in time")
        allowed = _BATCH
        if rate:
            allowed = min(_BATCH, int((time.monotonic() - begun) * rate) - counts["sent"])
        if more and until is not None and until():
            more = False
        try:
            if more and len(wire.unsent) < 1 << 18 and allowed > 0 and len(in_flight) < window:
                parts.clear()
                for _ in range(min(allowed, window - len(in_flight))):
                    message = next(source, None)
                    if message is None:
                        more = False
                        break
                    topic, payload = message
                    packet_id = free.pop()
                    in_flight[packet_id] = message
                    head = heads.get(topic)
                    if head is None:
                        head = heads[topic] = mqtt.text(topic)
                    raw = payload.encode() if isinstance(payload, str) else payload
                    parts.append(b"%c%b%b%b%b%b" % (first_byte, mqtt.varint(len(head) + 2 + len(tail) + len(raw)), head,
                                                    packet_id.to_bytes(2, "big"), tail, raw))
                counts["sent"] += len(parts)
                wire.write(b"".join(parts))
                wait = 0
            else:
                wait = 0.05 if not (more and rate) else 0.002
            ready, _, _ = select.select([wire.socket], [wire.socket] if wire.unsent else [], [], wait)
            if wire.unsent:
                wire.write()
            if not ready:
                continue
            before = counts["published"]
            for first, body in wire.read():
                packet_id = body[0] << 8 | body[1] if len(body) > 1 else 0
                if first >> 4 == mqtt.PUBREC and packet_id in in_flight:
                    released.add(packet_id)
                    wire.unsent += mqtt.pubrel(packet_id)
                elif first >> 4 == last_answer:
                    released.discard(packet_id)
                    message = in_flight.pop(packet_id, None)
                    if message is not None:
                        free.append(packet_id)
                        log.add(*message)
                        counts["published"] += 1
            wire.write()
            if on_ack and counts["published"] > before:
                log.flush()
                on_ack(counts["published"])
        except OSError:
            log.flush()
            connect()
    log.flush()
    wire.write(mqtt.disconnect(version))
    wire.close()
    seconds = time.monotonic() - begun
    return {**counts, "seconds": round(seconds, 3), "rate": round(counts["published"] / max(seconds, 1e-9))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--topic", default="greenhouse/{device}/climate")
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--count", type=int, help="readings; without it --for decides")
    parser.add_argument("--for", type=float, dest="seconds", help="seconds")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--window", type=int, default=1000)
    parser.add_argument("--step-ms", type=int, default=100)
    parser.add_argument("--start", type=int, default=1_700_000_000_000, help="time of the first readings, ms")
    parser.add_argument("--live", action="store_true", help="times are the wall clock")
    parser.add_argument("--disorder", type=float, default=0.0, help="share, e.g. 0.05")
    parser.add_argument("--duplicates", type=float, default=0.0, help="share")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sentinel-ms", type=int, default=60_000)
    parser.add_argument("--mqtt5", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--client-id", default="load")
    parser.add_argument("--ack-log")
    options = parser.parse_args()
    if options.count is None and options.seconds is None:
        parser.error("--count or --for is needed")
    fleet = Fleet(options.topic, options.devices, options.count, options.start, options.step_ms, options.seed,
                  options.disorder, options.duplicates, options.live, sentinel_ms=options.sentinel_ms)
    begun = time.monotonic()

    def readings():
        for message in fleet:
            yield message
            if options.seconds is not None and time.monotonic() - begun >= options.seconds:
                break
        yield from fleet.sentinels()

    log = AckLog(options.ack_log)
    result = publish_all(readings(), options.port, options.host, options.window, 5 if options.mqtt5 else 4,
                         options.client_id, options.user, options.password, log, options.rate)
    log.close()
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
