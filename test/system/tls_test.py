"""TLS to the broker: right and wrong CA, wrong host name, client certificate, user and password; each refusal says which it is."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certs import make_certificates  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from processes import Folder, Service, binary  # noqa: E402
from scenario import SystemTest, config_text  # noqa: E402


class Tls(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)
        self.certs = make_certificates(str(self.folder))

    def broker(self, **options):
        broker = start_mosquitto(self.folder, **options)
        self.addCleanup(broker.kill)
        return broker

    def service(self, url, more):
        """A service whose source has these further options."""
        text = config_text(url, lines=self.folder / "out.jsonl", mqtt=more)
        service = Service(binary(), text, self.folder / "data", self.folder)
        self.addCleanup(service.kill)
        service.start()
        return service

    def refused(self, service, *words):
        status = service.wait_status(
            lambda s: s.get("components", {}).get("source.field", {}).get("reason"), 40, "a reason")
        reason = status["components"]["source.field"]["reason"].lower()
        self.assertTrue(any(word in reason for word in words), reason)
        self.assertFalse(status["ready"])
        service.kill()
        return reason

    def test_the_right_ca_and_host_name_connect(self):
        broker = self.broker(tls=self.certs)
        service = self.service(f"mqtts://localhost:{broker.tls_port}", f'tls: {{ ca: "{self.certs.ca}" }}')
        service.wait_ready()
        self.assertEqual(0, service.stop())

    def test_a_wrong_ca_is_refused_by_us(self):
        broker = self.broker(tls=self.certs)
        service = self.service(f"mqtts://localhost:{broker.tls_port}", f'tls: {{ ca: "{self.certs.other_ca}" }}')
        self.refused(service, "certificate", "ca")

    def test_a_wrong_host_name_is_refused_by_us(self):
        broker = self.broker(tls=self.certs.wrong_host())
        service = self.service(f"mqtts://localhost:{broker.tls_port}", f'tls: {{ ca: "{self.certs.ca}" }}')
        self.refused(service, "host")

    def test_a_client_certificate_opens_the_door_and_none_does_not(self):
        broker = self.broker(tls=self.certs, client_certificates=True)
        url = f"mqtts://localhost:{broker.tls_port}"
        self.refused(self.service(url, f'tls: {{ ca: "{self.certs.ca}" }}'), "certificate", "tls", "handshake", "closed")
        service = self.service(
            url, f'tls: {{ ca: "{self.certs.ca}", cert: "{self.certs.client_cert}", key: "{self.certs.client_key}" }}')
        service.wait_ready()
        self.assertEqual(0, service.stop())

    def test_a_wrong_password_is_named_and_the_right_one_connects_and_is_never_printed(self):
        broker = self.broker(users={"plant": "the-right-one"})
        self.refused(self.service(broker.url, "user: plant, password: the-wrong-one"), "password", "credentials",
                     "authorized")
        service = self.service(broker.url, "user: plant, password: the-right-one")
        service.wait_ready()
        self.assertEqual(0, service.stop())
        with open(service.data_dir + "/status.json", encoding="utf-8") as file:
            self.assertNotIn("the-right-one", file.read())
        self.assertNotIn("the-right-one", service.stderr() + service.stdout())


if __name__ == "__main__":
    unittest.main(verbosity=2)
