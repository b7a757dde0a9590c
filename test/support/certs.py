"""Certificates for TLS tests, made by openssl: a CA, a server and a client of it, a second CA, and a server
certificate for another host. Keys are PKCS#8, EC P-256; valid for two days."""
import dataclasses
import os

from processes import run


@dataclasses.dataclass(frozen=True)
class Certificates:
    """Paths of PEM files. The server is localhost and 127.0.0.1; the wrong host is other.example, of the same CA;
    the stranger is a server on localhost whose CA is other_ca."""
    ca: str
    server_cert: str
    server_key: str
    client_cert: str
    client_key: str
    other_ca: str
    wrong_host_cert: str
    wrong_host_key: str
    stranger_cert: str
    stranger_key: str

    def wrong_host(self):
        """These certificates with the server of the wrong host name, for Mosquitto(tls=..) and Standin(tls=..)."""
        return dataclasses.replace(self, server_cert=self.wrong_host_cert, server_key=self.wrong_host_key)

    def stranger(self):
        """These certificates with a server that the CA did not sign."""
        return dataclasses.replace(self, server_cert=self.stranger_cert, server_key=self.stranger_key)


def _openssl(*arguments):
    done = run(["openssl", *arguments])
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {done.stderr}")


def _key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    return path


def make_certificates(directory, client_name="client"):
    """Makes all of them in `directory`; client_name is the CN of the client certificate."""
    directory = str(directory)
    os.makedirs(directory, exist_ok=True)

    def at(name):
        return os.path.join(directory, name)

    def authority(name, subject):
        _key(at(name + ".key"))
        _openssl("req", "-x509", "-new", "-key", at(name + ".key"), "-days", "2", "-subj", subject, "-addext",
                 "keyUsage=critical,keyCertSign,cRLSign", "-out", at(name + ".crt"))
        return at(name + ".crt")

    def signed(name, subject, extensions, by):
        _key(at(name + ".key"))
        with open(at(name + ".ext"), "w", encoding="ascii") as file:
            file.write(extensions + "\n")
        _openssl("req", "-new", "-key", at(name + ".key"), "-subj", subject, "-out", at(name + ".csr"))
        _openssl("x509", "-req", "-in", at(name + ".csr"), "-CA", at(by + ".crt"), "-CAkey", at(by + ".key"),
                 "-CAcreateserial", "-days", "2", "-extfile", at(name + ".ext"), "-out", at(name + ".crt"))
        return at(name + ".crt"), at(name + ".key")

    local = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth"
    ca = authority("ca", "/CN=test authority")
    other = authority("other-ca", "/CN=another authority")
    server = signed("server", "/CN=localhost", local, "ca")
    client = signed("client", f"/CN={client_name}", "extendedKeyUsage=clientAuth", "ca")
    wrong = signed("wrong-host", "/CN=other.example", "subjectAltName=DNS:other.example", "ca")
    stranger = signed("stranger", "/CN=localhost", local, "other-ca")
    return Certificates(ca, *server, *client, other, *wrong, *stranger)
