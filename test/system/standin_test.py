"""The ThingsBoard stand-in keeps ThingsBoard's rules: what it stores of a payload, whom it lets in, what it answers,
and what its switches spoil."""
import json
import os
import ssl
import sys
import time
import unittest
from decimal import Decimal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

import mqtt_codec as mqtt  # noqa: E402
import thingsboard_values as values  # noqa: E402
from certs import make_certificates  # noqa: E402
from mqtt_load import Fleet, publish_all  # noqa: E402
from mqtt_raw import Client, Refused  # noqa: E402
from processes import Folder, start_standin  # noqa: E402

RECORDED = os.path.join(ROOT, "..", "shared", "data", "thingsboard")
TELEMETRY, GATEWAY = "v1/devices/me/telemetry", "v1/gateway/telemetry"
ATTRIBUTES = "v1/devices/me/attributes"

# Payload -> what a real server's converter stored of it (the cases that matter most, by hand).
STORED = [
    ('{"a":42.0,"b":1000.0,"c":10000000.0,"d":9999999.0,"e":12345678.5,"g":0.0001}',
     "a=DOUBLE:42.0 b=DOUBLE:1000.0 c=LONG:10000000 d=DOUBLE:9999999.0 e=DOUBLE:1.23456785E7 g=DOUBLE:1.0E-4"),
    ('{"h":0.00012345678901234}', "h=STRING:0.00012345678901234"),
    ('{"a":1e-16,"c":1e-15}', "a=STRING:0.00000000000000010 c=DOUBLE:1.0E-15"),
    ('{"a":10000000000000000000.0,"b":1e18}', "a=STRING:10000000000000000000 b=LONG:1000000000000000000"),
    ('{"a":0.30000000000000004,"b":0.3000000000000000}', "a=STRING:0.30000000000000004 b=DOUBLE:0.3"),
    ('{"a":"007","b":"1.50","c":"12345678901234567890"}', "a=LONG:7 b=DOUBLE:1.5 c=STRING:12345678901234567890"),
    ('{"a":"1e5","b":"+5","c":" 5","d":"0x10","e":"true","f":".5"}',
     "a=STRING:1e5 b=STRING:+5 c=STRING: 5 d=STRING:0x10 e=STRING:true f=DOUBLE:0.5"),
    ('{"a":123456.789012345678}', "a=DOUBLE:123456.78901234567"),
    ('{"c":7.62939453125e-06}', "c=STRING:0.00000762939453125"),
    ('{"a":9223372036854775807,"b":9223372036854775808}', "a=LONG:9223372036854775807 b=STRING:9223372036854775808"),
    ('{"a":-0.0,"b":12345678.0,"c":1234567.0}', "a=DOUBLE:0.0 b=LONG:12345678 c=DOUBLE:1234567.0"),
    ('{"a":NaN,"b":-Infinity,"c":null,"d":true}', "a=STRING:NaN b=STRING:-Infinity d=BOOLEAN:true"),
    ('{"j":{"a":1.0,"b":[1,null]}}', 'j=JSON:{"a":1.0,"b":[1,null]}'),
    ("{unq:1,'s':'x'}", "unq=LONG:1 s=STRING:x"),
    ('{"a":1,"a":2}', "a=LONG:2"),
    ('{"ts":5,"values":{"ts":9,"values":{"x":1}}}', "ts=9 x=LONG:1"),
    ('{"ts":5,"values":{"ts":9,"values":3}}', "lost"),
    ('{"ts":5,"values":{"ts":9}}', "ts=5 ts=LONG:9"),
    ('{"ts":5,"values":{"a<b":1,"x":2}}', "lost"),
    ('{"ts":5,"values":{" ":1}}', "lost"),
    ('{"ts":"1451649600512","values":{"{{x}}":1,"a.b, c/&":2}}', "ts=1451649600512 {{x}}=LONG:1 a.b, c/&=LONG:2"),
]


def show(kind, content):
    if kind == "DOUBLE":
        return values.java_double(content)
    return str(content).lower() if kind == "BOOLEAN" else str(content)


def store(payload):
    """What is stored of a payload, written as in the recorded file; the server's time is 777."""
    rows = []
    for record in values.records(values.parse_json(payload), 777):
        kept = values.stored(record)
        if kept is None:
            rows.append("lost")
        else:
            rows.append(f"ts=[{kept[0]}] " + " ".join(f"{key}={kind}:{show(kind, content)}"
                                                      for key, (kind, content) in kept[1].items()))
    return "".join(rows)


def recorded(name):
    path = os.path.join(RECORDED, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        return file.read().split("\n")


class ValueRules(unittest.TestCase):
    def test_a_payload_is_stored_as_the_real_server_stored_it(self):
        for payload, want in STORED:
            if want != "lost":
                ts, _, rest = want.partition(" ") if want.startswith("ts=") else ("ts=777", "", want)
                want = f"ts=[{ts[3:]}] {rest}"
            self.assertEqual(want, store(payload), payload)

    def test_every_recorded_payload_is_stored_as_recorded(self):
        payload = None
        for line in recorded("stored.txt"):
            if line.startswith("{"):
                payload = line
            elif line.startswith("   stored "):
                got, want = "   stored " + store(payload).strip(), line.rstrip()
                if want.endswith(".."):  # cut off by the recorder
                    got, want = got[:len(want) - 2], want[:-2]
                self.assertEqual(want, got.rstrip(), payload)

    def test_every_recorded_payload_is_accepted_or_refused_as_recorded(self):
        names = {"LONG": "long", "DOUBLE": "double", "STRING": "string", "BOOLEAN": "bool", "JSON": "json"}
        form = payload = ""
        for line in recorded("accepted.txt"):
            if not line.startswith("     -> "):
                form, payload = line[:1], line[2:]
                continue
            if form == "A" or payload.endswith("..."):
                continue
            try:
                element = values.parse_json(payload)
                if form == "G" and not isinstance(element, list):
                    raise values.Refused("no array")
                found = (values.gateway_entry if form == "G" else values.records)(element, 777)
                got = f"OK n={len(found)}"
                for ts, content, _ in found:
                    parts = [f"{key}={names[kind]}:" + (f"'{value}'" if kind == "STRING" else show(kind, value))
                             for key, (kind, value) in content.items()]
                    got += f" [{ts}: {' '.join(parts)}]"
            except values.Refused:
                got = "REJECT(AdaptorException)"
            except values.Uncaught:
                got = "REJECT(UNCAUGHT)"
            want = line[8:].split(" meta=")[0].rstrip()
            if want.startswith("REJECT"):
                want = want.split()[0]
            if want.endswith("..."):
                got, want = got[:len(want) - 3], want[:-3]
            self.assertEqual(want, got.rstrip(), payload)

    def test_a_double_becomes_a_string_iff_its_text_has_more_than_16_decimals(self):
        for text in ("0.1234567890123456", "12.1234567890123456", "0.0012345678901234"):
            self.assertEqual("DOUBLE", values.number(text)[0], text)
        for text in ("0.12345678901234567", "1e-17", "1.5e-16", "5e-324"):
            kind, plain = values.number(text)
            self.assertEqual("STRING", kind, text)
            self.assertEqual(Decimal(text), Decimal(plain))


class OnTheWire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.board = start_standin(cls.folder, tokens=["T:dev", "U:other"], gateway_tokens=["G"])

    @classmethod
    def tearDownClass(cls):
        cls.board.kill()
        cls.folder.remove()

    def tearDown(self):
        self.board.switch(shuffle=0, lose=0, lose_last_ms=0, rate="", points="", connect_rate="", slow=0, silent=0,
                          mute=0, frozen=0, database_down=0, database_down_ms=50, database_down_loss=0.5, reject="",
                          refuse="", puback_per_device=1, connect_ms=1, inactivity_s=600, seed=1)

    def client(self, user="T", version=5, **options):
        client = Client(self.board.port, user=user, version=version, **options)
        self.addCleanup(client.close)
        return client

    def connected(self, user="T", version=5, **options):
        return self.client(user, version, **options).connect()

    def stored(self, key, device="dev"):
        return [(row["ts"], row["type"], row["value"]) for row in self.board.points(device, key)]

    def assert_no_puback(self, client):
        """The connection lives on and answered nothing: a PINGRESP comes first."""
        client.send(bytes((mqtt.PINGREQ << 4, 0)))
        self.assertEqual(mqtt.PINGRESP, client.read_packet()[0] >> 4)

    def assert_closed(self, client, code=None):
        with self.assertRaises(Refused):
            client.puback(5)
        self.assertTrue(client.closed_by_server())
        self.assertEqual(code, client.disconnect_code)

    # Who may connect.
    def test_an_unknown_token_is_refused_and_mqtt_5_adds_a_disconnect(self):
        for version, code, goodbye in ((4, 0x05, None), (5, 0x86, 0x86)):
            client = self.client("nobody", version)
            with self.assertRaises(Refused) as caught:
                client.connect()
            self.assertEqual(code, caught.exception.code)
            self.assertTrue(client.closed_by_server())
            self.assertEqual(goodbye, client.disconnect_code)

    def test_a_connect_without_user_name_is_refused(self):
        for version, code in ((4, 0x02), (5, 0x85)):
            with self.assertRaises(Refused) as caught:
                self.client(None, version).connect()
            self.assertEqual(code, caught.exception.code)

    def test_the_connack_has_no_properties_and_claims_a_session_where_clean_is_0(self):
        client = self.connected(version=5, clean=False, client_id="never seen")
        self.assertTrue(client.session_present)
        self.assertEqual([], client.connack_properties)
        self.assertFalse(self.connected("U", version=4).session_present)

    def test_a_second_connection_with_the_token_closes_the_first(self):
        first = self.connected(version=5)
        second = self.connected(version=4)
        self.assertTrue(first.closed_by_server())
        self.assertEqual(0x8E, first.disconnect_code)
        third = self.connected(version=5)
        self.assertTrue(second.closed_by_server())
        self.assertTrue(third.ping())

    def test_more_than_100_publishes_before_the_connack_close_the_connection(self):
        self.board.switch(connect_ms=50)
        for amount, passes in ((100, True), (101, False)):
            client = self.client()
            burst = b"".join(mqtt.publish(TELEMETRY, '{"ts":1,"values":{"burst":1}}', 1, number + 1, version=5)
                             for number in range(amount))
            client.send(mqtt.connect(**client.options) + burst)
            if passes:
                self.assertEqual(0, client.wait_for(mqtt.CONNACK)[1])
                self.assertEqual(list(range(1, 101)), [client.puback()[0] for _ in range(100)])
            else:
                self.assert_closed(client, 0x97)

    # Device telemetry.
    def test_what_has_its_puback_can_be_read_back(self):
        for version in (4, 5):
            client = self.connected(version=version)
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":7,"values":{"k%d":21.5,"n":3}}' % version)[1])
            self.assertEqual([(7, "DOUBLE", 21.5)], self.stored(f"k{version}"))

    def test_an_equal_device_key_and_ts_is_an_upsert_and_the_latest_value_follows_ts(self):
        client, before = self.connected(), self.board.stats()
        for ts, value in ((10, "1"), (10, '"x"'), (5, "3")):
            client.publish(TELEMETRY, '{"ts":%d,"values":{"up":%s}}' % (ts, value))
        self.assertEqual([(5, "LONG", 3), (10, "STRING", "x")], self.stored("up"))
        latest = {row["key"]: row for row in self.board.get("/latest?device=dev")}
        self.assertEqual((10, "x"), (latest["up"]["ts"], latest["up"]["value"]))
        after = self.board.stats()
        self.assertEqual((3, 1, 1), tuple(after[name] - before[name] for name in ("upserts", "overwrites", "changed")))

    def test_a_bad_payload_gets_0x99_in_mqtt_5_and_a_close_in_3_1_1(self):
        client = self.connected(version=5)
        for payload in ("{", "[1]", "null", '{"ts":1,"values":[]}', '{"a":1} x'):
            self.assertEqual(0x99, client.publish(TELEMETRY, payload)[1], payload)
        self.assertTrue(client.ping())
        client.publish(TELEMETRY, "{", qos=0)
        self.assertTrue(client.closed_by_server())
        self.assertEqual(0x99, client.disconnect_code)
        old = self.connected(version=4)
        old.publish(TELEMETRY, "{", wait=False)
        self.assert_closed(old)

    def test_a_ts_that_is_no_number_ends_the_connection(self):
        for version, code in ((5, 0x8B), (4, None)):
            client = self.connected(version=version)
            client.publish(TELEMETRY, '{"ts":"abc","values":{"a":1}}', wait=False)
            self.assert_closed(client, code)

    def test_an_unknown_topic_is_refused_in_mqtt_5_and_silently_lost_in_3_1_1(self):
        self.assertEqual(0x90, self.connected(version=5).publish("v1/nowhere", '{"lost":1}')[1])
        self.assertEqual(0, self.connected(version=4).publish("v1/nowhere", '{"lost":1}')[1])
        self.assertEqual([], self.stored("lost"))

    def test_topic_aliases_do_not_work(self):
        client = self.connected(version=5)
        self.assertEqual(0x90, client.publish(TELEMETRY, '{"alias":1}', props=[(mqtt.TOPIC_ALIAS, 1)])[1])
        self.assertEqual([], self.stored("alias"))

    def test_a_publish_at_qos_2_gets_a_puback(self):
        client = self.connected()
        client.send(mqtt.publish(TELEMETRY, '{"ts":1,"values":{"two":2}}', 2, 9, version=5))
        self.assertEqual((9, 0), client.puback())

    def test_a_packet_above_65536_bytes_closes_the_connection(self):
        for length, passes in ((65_536, True), (65_537, False)):
            client = self.connected()
            around = 2 + len(TELEMETRY) + 2 + 1 + len('{"ts":3,"values":{"big":""}}')
            payload = '{"ts":3,"values":{"big":"%s"}}' % ("x" * (length - around))
            client.publish(TELEMETRY, payload, wait=False)
            if passes:
                self.assertEqual(0, client.puback()[1])
            else:
                self.assert_closed(client, 0x81)

    def test_an_empty_array_gets_no_puback_and_an_empty_object_stores_nothing(self):
        client = self.connected()
        client.publish(TELEMETRY, "[]", wait=False)
        self.assert_no_puback(client)
        before = self.board.stats()["upserts"]
        self.assertEqual(0, client.publish(TELEMETRY, "{}")[1])
        self.assertEqual(before, self.board.stats()["upserts"])

    def test_a_bad_key_loses_its_record_and_only_its_record(self):
        client = self.connected()
        payload = [{"ts": 1, "values": {"neighbour": 1, key: 2}} for key in ("", "  ", "a<b", "nul\0", "k" * 256)]
        payload.append({"ts": 2, "values": {"neighbour": 2}})
        self.assertEqual(0, client.publish(TELEMETRY, json.dumps(payload))[1])
        self.assertEqual([(2, "LONG", 2)], self.stored("neighbour"))

    def test_numbers_that_were_stored_as_strings_are_counted(self):
        client, before = self.connected(), self.board.stats()["strings_for_numbers"]
        client.publish(TELEMETRY, '{"ts":1,"values":{"s1":0.30000000000000004,"s2":"x","s3":0.3,"s4":1e300}}')
        self.assertEqual(2, self.board.stats()["strings_for_numbers"] - before)

    def test_a_client_may_ask_for_its_limits(self):
        self.board.switch(rate="100:1")
        client = self.connected()
        client.subscribe("v1/devices/me/rpc/response/+")
        client.publish("v1/devices/me/rpc/request/7", '{"method":"getSessionLimits","params":{}}')
        message = client.receive()
        self.assertEqual("v1/devices/me/rpc/response/7", message.topic)
        answer = json.loads(message.payload)
        self.assertEqual((65_536, 100, "100:1"), (answer["maxPayloadSize"], answer["maxInflightMessages"],
                                                  answer["rateLimits"]["telemetryMessages"]))

    def test_attributes_have_no_time_and_the_last_write_wins(self):
        client = self.connected()
        for payload in ('{"on":true,"n":1}', '{"on":false,"gone":null}', "{}"):
            self.assertEqual(0, client.publish(ATTRIBUTES, payload)[1])
        self.assertEqual({"on": ["BOOLEAN", False], "n": ["LONG", 1]}, self.board.attributes()["stored"]["dev"])
        self.assertEqual(0, client.publish(ATTRIBUTES, '{"":1,"n":2}')[1])  # lost as a whole
        self.assertEqual(["LONG", 1], self.board.attributes()["stored"]["dev"]["n"])
        self.assertEqual(0x99, client.publish(ATTRIBUTES, "[]")[1])
        old = self.connected(version=4)
        old.publish(ATTRIBUTES, '[{"a":1}]', wait=False)
        self.assert_closed(old)

    # The gateway.
    def test_gateway_attributes_are_one_object_per_device_and_a_bad_one_gets_no_puback(self):
        client = self.connected("G")
        payload = '{"at-1":{"hot":true,"level":"major"},"at-2":{"hot":false}}'
        client.publish("v1/gateway/attributes", payload, packet_id=6, wait=False)
        self.assertEqual([(6, 0)] * 2, [client.puback() for _ in range(2)])
        for bad in ('{"at-3":[{"hot":true}]}', '{"at-3":5}', '{"<b>":{"hot":true}}', "{}"):
            client.publish("v1/gateway/attributes", bad, wait=False)
            self.assert_no_puback(client)
        stored = self.board.attributes()["stored"]
        self.assertEqual({"hot": ["BOOLEAN", True], "level": ["STRING", "major"]}, stored["at-1"])
        self.assertNotIn("at-3", stored)
        self.assertEqual([], self.board.points("at-1"))
        self.assertEqual(0x83, client.publish("v1/gateway/attributes", "[]")[1])
        self.assertTrue(client.closed_by_server())

    def test_a_gateway_publish_creates_its_devices_and_gets_one_puback_for_each(self):
        client = self.connected("G")
        payload = {f"gw-{number}": [{"ts": 1, "values": {"v": number}}] for number in range(3)}
        client.publish(GATEWAY, json.dumps(payload), packet_id=5, wait=False)
        self.assertEqual([(5, 0)] * 3, [client.puback() for _ in range(3)])
        self.assert_no_puback(client)
        self.assertEqual([(1, "LONG", 2)], self.stored("v", "gw-2"))
        self.board.switch(puback_per_device=0)
        client.publish(GATEWAY, json.dumps(payload))
        self.assert_no_puback(client)

    def test_a_good_and_a_bad_device_get_a_puback_and_then_0x99(self):
        for version in (5, 4):
            client = self.connected("G", version)
            payload = '{"gw-good":[{"ts":1,"values":{"v":1}}],"gw-bad":[{"ts":1,"values":3}]}'
            client.publish(GATEWAY, payload, wait=False)
            self.assertEqual(0, client.puback()[1])
            if version == 5:
                self.assertEqual(0x99, client.puback()[1])
                self.assertTrue(client.ping())
            else:
                self.assert_closed(client)
        self.assertEqual([], self.stored("v", "gw-bad"))

    def test_bad_device_names_and_empty_entries_get_no_puback(self):
        client = self.connected("G")
        for name in ("", "   ", "n" * 256, "<b>x</b>", "nul\0"):
            client.publish(GATEWAY, json.dumps({name: [{"ts": 1, "values": {"v": 1}}]}), wait=False)
            client.publish("v1/gateway/connect", json.dumps({"device": name}), wait=False)
            self.assert_no_puback(client)
        for payload in ('{"A":[]}', "{}", '{"A":{"v":1}}'):
            client.publish(GATEWAY, payload, wait=False)
            self.assert_no_puback(client)
        self.assertEqual(0, client.publish(GATEWAY, '{"ø/x":[{"ts":1,"values":{"v":1}}]}')[1])
        self.assertEqual([(1, "LONG", 1)], self.stored("v", "ø/x"))

    def test_an_array_on_the_gateway_topic_ends_the_connection(self):
        for version, reason, goodbye in ((5, 0x83, 0x83), (4, 0, None)):
            client = self.connected("G", version)
            self.assertEqual(reason, client.publish(GATEWAY, "[]")[1])
            self.assertTrue(client.closed_by_server())
            self.assertEqual(goodbye, client.disconnect_code)

    def test_a_device_that_is_no_gateway_gets_no_answer_there_but_its_pings_do(self):
        client = self.connected("T")
        client.publish(GATEWAY, '{"A":[{"ts":1,"values":{"v":1}}]}', wait=False)
        self.assert_no_puback(client)
        self.assertEqual([], self.stored("v", "A"))

    # Switches.
    def test_shuffle_answers_all_out_of_order_but_not_far_from_their_place(self):
        self.board.switch(shuffle=40)
        client = self.connected("G")
        for number in range(1, 401):
            client.publish(GATEWAY, '{"sh":[{"ts":%d,"values":{"v":1}}]}' % number, packet_id=number, wait=False)
        order = [client.puback()[0] for _ in range(400)]
        self.assertEqual(list(range(1, 401)), sorted(order))
        self.assertNotEqual(list(range(1, 401)), order)
        self.assertLessEqual(max(abs(number - place) for place, number in enumerate(order, 1)), 40)

    def test_lose_acknowledges_and_loses_its_share(self):
        self.board.switch(lose=0.5)
        client, before = self.connected(), self.board.stats()["lost"]
        for number in range(200):
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":%d,"values":{"shared":1}}' % number)[1])
        lost = self.board.stats()["lost"] - before
        self.assertTrue(60 < lost < 140, lost)
        self.assertEqual(200 - lost, len(self.stored("shared")))

    def test_a_rate_limit_closes_without_puback(self):
        self.board.switch(rate="5:60")
        for attempt in range(2):  # reconnecting at once works, and hits the limit again
            client = self.connected()
            if attempt == 0:
                for number in range(5):
                    self.assertEqual(0, client.publish(TELEMETRY, '{"a":1}')[1])
            client.publish(TELEMETRY, '{"a":1}', wait=False)
            self.assert_closed(client, 0x83)

    def test_a_gateway_over_its_limit_is_told_so_on_the_disconnect_topic(self):
        self.board.switch(points="3:60")
        client = self.connected("G")
        client.publish(GATEWAY, '{"gl":[{"ts":1,"values":{"a":1,"b":2,"c":3,"d":4}}]}', wait=False)
        message = client.receive()
        self.assertEqual("v1/gateway/disconnect", message.topic)
        self.assertEqual({"device": "gl", "reason": 150}, json.loads(message.payload))
        self.assert_closed(client)

    def test_too_many_connects_are_refused(self):
        self.board.switch(connect_rate="1:60")
        self.connected("U", 4)
        for version, code in ((4, 0x03), (5, 0x9F)):
            with self.assertRaises(Refused) as caught:
                self.connected("U", version)
            self.assertEqual(code, caught.exception.code)

    def test_slow_delays_pubacks(self):
        self.board.switch(slow=150)
        client = self.connected()
        begun = time.monotonic()
        for _ in range(20):
            client.publish(TELEMETRY, '{"ts":1,"values":{"slow":1}}', wait=False)
        for _ in range(20):
            client.puback()
        self.assertTrue(0.14 < time.monotonic() - begun < 2)
        self.assertGreaterEqual(self.board.stats()["max_unacknowledged"], 20)

    def test_silent_answers_and_stores_no_publish_and_mute_stores_it(self):
        client = self.connected()
        self.board.switch(silent=1)
        client.publish(TELEMETRY, '{"ts":1,"values":{"quiet":1}}', wait=False)
        self.assert_no_puback(client)
        self.board.switch(silent=0, mute=1)
        client.publish(TELEMETRY, '{"ts":2,"values":{"quiet":1}}', wait=False)
        self.assert_no_puback(client)
        self.assertEqual([(2, "LONG", 1)], self.stored("quiet"))

    def test_frozen_reads_nothing_until_it_thaws(self):
        client = self.connected()
        self.board.switch(frozen=1)
        client.publish(TELEMETRY, '{"ts":1,"values":{"ice":1}}', wait=False)
        other = self.client("U")
        with self.assertRaises(TimeoutError):
            other.timeout = 0.3
            other.connect()
        self.assertFalse(client.pending())
        self.board.switch(frozen=0)
        self.assertEqual(0, client.puback()[1])
        other.timeout = 10
        self.assertEqual(0, other.wait_for(mqtt.CONNACK)[1])

    def test_a_dead_database_refuses_connects_and_loses_acknowledged_data(self):
        client = self.connected()
        gateway = self.connected("G")
        self.board.switch(database_down=1, database_down_loss=1)
        self.assertEqual(0, client.publish(TELEMETRY, '{"ts":1,"values":{"gone":1}}')[1])
        self.assertEqual([], self.stored("gone"))
        gateway.publish(GATEWAY, '{"never seen":[{"ts":1,"values":{"v":1}}]}', wait=False)
        self.assert_no_puback(gateway)
        for version, code in ((4, 0x03), (5, 0x88)):
            with self.assertRaises(Refused) as caught:
                self.connected("U", version)
            self.assertEqual(code, caught.exception.code)

    def test_poison_closes_after_the_publish_that_holds_it_and_stores_nothing_of_it(self):
        self.board.switch(reject="plague,other")
        client = self.connected("G")
        self.assertEqual(0, client.publish(GATEWAY, '{"healthy":[{"ts":1,"values":{"v":1}}]}')[1])
        client.publish(GATEWAY, '{"plague":[{"ts":1,"values":{"v":1}}]}', wait=False)
        self.assert_closed(client)
        self.assertEqual([], self.stored("v", "plague"))
        self.board.switch(reject="", refuse="plague")
        self.assertEqual(0x99, self.connected("G").publish(GATEWAY, '{"plague":[{"ts":1,"values":{"v":1}}]}')[1])

    def test_a_session_without_a_word_is_closed_and_a_ping_is_a_word(self):
        self.board.switch(inactivity_s=1)
        client = self.connected()
        begun = time.monotonic()
        self.assertTrue(client.closed_by_server(5))
        self.assertEqual(0x83, client.disconnect_code)
        self.assertGreater(time.monotonic() - begun, 0.9)

    def test_kick_ends_all_sessions(self):
        for how in ("close", "reset"):
            client = self.connected()
            self.assertGreaterEqual(self.board.kick(how), 1)
            self.assertTrue(client.closed_by_server())

    def test_an_unknown_switch_is_refused(self):
        with self.assertRaises(OSError):
            self.board.switch(nonsense=1)


class Lifetime(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def start(self, **options):
        board = start_standin(self.folder, **options)
        self.addCleanup(board.kill)
        return board

    def test_what_was_acknowledged_survives_a_kill_and_a_half_written_line(self):
        board = self.start()
        readings = [("v1/gateway/telemetry", '{"%s":[{"ts":%d,"values":{"v":1.5}}]}' % (f"room-{number % 7}", number))
                    for number in range(3000)]
        result = publish_all(readings, board.port, user="gateway", version=5, window=100)
        self.assertEqual(3000, result["published"])
        with Client(board.port, user="token") as client:
            self.assertEqual(0, client.publish(ATTRIBUTES, '{"on":true}')[1])
        board.kill()
        with open(self.folder / "thingsboard.db", "ab") as file:
            file.write(b'["room-1",1,{"v":["DOUB')
        board.start()
        self.assertEqual(3000, len(board.points(key="v")))
        self.assertEqual({"stored": {"room-1": {"on": ["BOOLEAN", True]}}, "writes": []}, board.attributes())
        publish_all(readings[:10], board.port, user="gateway", version=5)
        self.assertEqual(10, board.stats()["overwrites"])
        self.assertEqual(0, board.stats()["changed"])

    def test_lose_last_ms_loses_what_a_kill_finds_in_memory(self):
        board = self.start(switches={"lose_last_ms": 100_000})
        with Client(board.port, user="token") as client:
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":1,"values":{"v":1}}')[1])
            board.switch(lose_last_ms=0)  # stores what waits
            self.assertEqual(1, len(board.points(key="v")))
            board.switch(lose_last_ms=100_000)
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":2,"values":{"v":1}}')[1])
        board.restart()
        self.assertEqual([1], [row["ts"] for row in board.points(key="v")])

    def test_a_stop_ends_cleanly_and_writes_the_dump(self):
        board = self.start(dump=self.folder / "dump.jsonl")
        with Client(board.port, user="token") as client:
            client.publish(TELEMETRY, '{"ts":1,"values":{"v":1}}')
            self.assertEqual(0, board.stop(10), board.stderr())
        with open(self.folder / "dump.jsonl", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        self.assertEqual([{"device": "room-1", "key": "v", "ts": 1, "type": "LONG", "value": 1}], rows)
        self.assertEqual("", board.stderr())

    def test_tls_with_and_without_a_client_certificate(self):
        certificates = make_certificates(self.folder / "certs", client_name="by-certificate")
        board = self.start(tls=certificates, tokens=["token", "by-certificate:dev-x509"])
        context = ssl.create_default_context(cafile=certificates.ca)
        with Client(board.port, user="token", version=5, tls=context) as client:
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":1,"values":{"v":1}}')[1])
        context.load_cert_chain(certificates.client_cert, certificates.client_key)
        with Client(board.port, version=5, tls=context) as client:
            self.assertEqual(0, client.publish(TELEMETRY, '{"ts":1,"values":{"v":2}}')[1])
        self.assertEqual([2], [row["value"] for row in board.points("dev-x509")])
        with self.assertRaises(ssl.SSLCertVerificationError):
            Client(board.port, user="token", tls=ssl.create_default_context(cafile=certificates.other_ca))

    def test_the_load_generator_gets_every_puback_through_kills_of_the_stand_in(self):
        board = self.start()
        fleet = Fleet("v1/gateway/{device}", devices=5, count=4000)
        readings = [(GATEWAY, '{"%s":[{"ts":%d,"values":{"seq":%d}}]}' % (topic[11:], number, number))
                    for number, (topic, _) in enumerate(fleet)]
        kills = []

        def kill_sometimes(published):
            if published > 1000 * (len(kills) + 1) and len(kills) < 3:
                kills.append(published)
                board.restart()

        result = publish_all(readings, board.port, user="gateway", version=5, window=100, on_ack=kill_sometimes,
                             deadline_s=60)
        self.assertEqual((4000, 3, 3), (result["published"], result["reconnects"], len(kills)))
        self.assertEqual(4000, len(board.points(key="seq")))


if __name__ == "__main__":
    unittest.main()
