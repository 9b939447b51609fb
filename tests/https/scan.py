"""What TLS offers, as openssl, sslscan and gnutls-cli find it. RFC numbers: 5246 is TLS 1.2, 8446 is TLS 1.3.

scan.py BUILD-FOLDER [TEST...]
"""
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import xml.etree.ElementTree

from tls_scene import NAME, SERVER, SERVER4, TlsScene, scene

AUTHORITY = "/etc/ssl/certs/ca-certificates.crt"
REQUEST = f"GET /health HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
OFFERED = {
    "TLSv1.2": {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    "TLSv1.3": {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"},
}


class Scan(TlsScene):
    def connect(self, *options, given=REQUEST, **how):
        """What `openssl s_client` prints. It sends `given`, and reads up to the end."""
        command = ["openssl", "s_client", "-connect", SERVER, "-servername", NAME, "-ign_eof", *options]
        return subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                                        timeout=scene.PATIENCE, **how).stdout

    def gnutls(self, priority, *options):
        return scene.complete("gnutls-cli", "--priority", priority, f"--x509cafile={AUTHORITY}", *options, NAME)

    def use_files_in(self, folder):
        """Reloads with server.pem and server.key of this folder."""
        self.daemon.write("nanodnsd.conf", scene.SERVER.format(folder=folder) + self.hosts)
        before = len(self.log())
        self.daemon.process.send_signal(signal.SIGHUP)
        self.serves_after(before)

    def assert_refused(self, *options):
        output = self.connect(*options)
        self.assertRegex(output, "(?i)alert|no protocols available|unexpected eof")
        self.assertIn("Cipher is (NONE)", output)


class Sslscan(Scan):
    def test_versions_ciphers_and_groups(self):
        found = xml.etree.ElementTree.fromstring(scene.run("sslscan", "--no-colour", "--xml=-", f"{NAME}:443"))[0]
        enabled = {f"{each.get('type')} {each.get('version')}" for each in found.iter("protocol")
                   if each.get("enabled") == "1"}
        self.assertEqual(enabled, {"tls 1.2", "tls 1.3"})
        for version, ciphers in OFFERED.items():
            self.assertEqual({each.get("cipher") for each in found.iter("cipher")
                              if each.get("sslversion") == version}, ciphers)
        groups = {each.get("name") for each in found.iter("group")}
        self.assertEqual(groups, {"x25519", "secp256r1 (NIST P-256)"})
        self.assertEqual(found.find("renegotiation").attrib, {"supported": "0", "secure": "0"})
        self.assertEqual({each.get("vulnerable") for each in found.iter("heartbleed")}, {"0"})

    def test_ciphers_of_an_rsa_certificate(self):
        scene.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out",
                  "server.pem", "-days", "2", "-subj", f"/CN={NAME}", cwd=self.daemon.folder)
        self.use_files_in(self.daemon.folder)
        found = xml.etree.ElementTree.fromstring(scene.run("sslscan", "--no-colour", "--xml=-", f"{NAME}:443"))[0]
        self.assertEqual({each.get("cipher") for each in found.iter("cipher") if each.get("sslversion") == "TLSv1.2"},
                         {cipher.replace("ECDSA", "RSA") for cipher in OFFERED["TLSv1.2"]})


class Openssl(Scan):
    def test_older_versions_are_refused(self):
        for version in ("-tls1", "-tls1_1"):
            output = self.connect(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertIn("SSL alert number 70", output)  # protocol_version

    def test_other_ciphers_and_groups_are_refused(self):
        for cipher in ("AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES256-GCM-SHA384",
                       "ECDHE-ECDSA-AES256-CCM", "AECDH-AES256-SHA", "NULL"):
            self.assert_refused("-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
        self.assert_refused("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256")
        for group in ("P-384", "P-521", "X448"):
            self.assert_refused("-tls1_3", "-groups", group)
            self.assert_refused("-tls1_2", "-groups", group)

    def test_each_cipher_with_each_group(self):
        for groups, printed in (("X25519:P-256", "X25519, 253 bits"), ("P-256", "ECDH, prime256v1, 256 bits")):
            for version, option in (("-tls1_2", "-cipher"), ("-tls1_3", "-ciphersuites")):
                for cipher in OFFERED[f"TLSv1.{version[-1]}"]:
                    output = self.connect(version, "-groups", groups, option, cipher)
                    self.assertIn(f"New, TLSv1.{version[-1]}, Cipher is {cipher}", output)
                    self.assertIn(f"Server Temp Key: {printed}", output)
                    self.assertIn("HTTP/1.1 200", output)

    def test_protocol_of_the_application(self):
        for offered in ("http/1.1", "h2,http/1.1"):
            self.assertIn("ALPN protocol: http/1.1", self.connect("-alpn", offered))
        for version in ("-tls1_2", "-tls1_3"):
            self.assertIn("alert number 120", self.connect(version, "-alpn", "h2"))  # no_application_protocol
        self.assertIn("No ALPN negotiated", self.connect())

    def test_no_renegotiation(self):
        """The client asks for it by a line with R."""
        reading, writing = os.pipe()
        with open(reading, "rb") as given, open(writing, "wb", buffering=0) as giving:
            giving.write(b"R\n")
            done = subprocess.run(["openssl", "s_client", "-connect", SERVER, "-tls1_2"], stdin=given,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                                  timeout=scene.PATIENCE)
        output = done.stdout
        self.assertIn("RENEGOTIATING", output)
        self.assertIn("no renegotiation", output)
        self.serves_tls()

    def test_no_client_certificate_is_asked_for(self):
        for version in ("-tls1_2", "-tls1_3"):
            output = self.connect(version, "-msg")
            self.assertIn("ServerHello", output)
            self.assertNotIn("CertificateRequest", output)

    def test_no_early_data(self):
        session = self.daemon.folder / "session"
        output = self.connect("-tls1_3", "-sess_out", session)
        self.assertIn("Max Early Data: 0", output)
        early = self.daemon.write("early", REQUEST)
        output = self.connect("-tls1_3", "-sess_in", session, "-early_data", early)
        self.assertNotIn("Early data was accepted", output)

    def test_the_longest_chain(self):
        """64 KiB, which OpenSSL sends in one message."""
        authority = (self.folder / "ca.pem").read_text()
        chain = (self.folder / "server.pem").read_text()
        number = (65536 - len(chain)) // len(authority)
        self.daemon.write("server.pem", chain + number * authority)
        self.daemon.write("server.key", (self.folder / "server.key").read_text())
        self.use_files_in(self.daemon.folder)
        for version in ("-tls1_2", "-tls1_3"):
            output = self.connect(version)
            self.assertIn(f"\n{number:2} s:", output)  # the chain's last certificate
            self.assertIn("HTTP/1.1 200", output)

    def test_no_compression(self):
        """OpenSSL here cannot offer it, so its ClientHello is changed: to DEFLATE (1) and none (0)."""
        context = self.context(ssl.TLSVersion.TLSv1_2)
        written = ssl.MemoryBIO()
        client = context.wrap_bio(ssl.MemoryBIO(), written, server_hostname=NAME)
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        hello = written.read()[9:]  # behind the headers of the record and of the handshake
        at = 2 + 32  # version, random
        at += 1 + hello[at]  # session
        at += 2 + struct.unpack_from("!H", hello, at)[0]  # ciphers
        self.assertEqual(hello[at:at + 2], b"\1\0")
        hello = hello[:at] + b"\2\1\0" + hello[at + 2:]
        message = b"\1" + struct.pack("!I", len(hello))[1:] + hello
        with socket.create_connection((SERVER4, 443), scene.PATIENCE) as raw:
            raw.sendall(b"\x16\3\1" + struct.pack("!H", len(message)) + message)
            reply = raw.recv(4096)
        self.assertEqual((reply[0], reply[5]), (0x16, 2))  # a ServerHello
        at = 9 + 2 + 32
        at += 1 + reply[at] + 2  # session, cipher
        self.assertEqual(reply[at], 0)


class Resumption(Scan):
    """By tickets, whose keys are in the memory of updater-tls alone."""

    def session_of(self, version):
        session = self.daemon.folder / f"session{version}"
        self.assertIn(f"New, TLSv1.{version[-1]}", self.connect(version, "-sess_out", session))
        return session

    def test_with_both_versions(self):
        for version in ("-tls1_2", "-tls1_3"):
            session = self.session_of(version)
            output = self.connect(version, "-sess_in", session)
            self.assertIn(f"Reused, TLSv1.{version[-1]}", output)
            self.assertIn("HTTP/1.1 200", output)
            self.assertIn("TLS session ticket:", output)

    def test_with_gnutls(self):
        for version in ("1.2", "1.3"):
            done = self.gnutls(f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "--resume")
            self.assertIn("This is a resumed session", done.stdout)

    def test_tickets_end_with_the_process(self):
        for version in ("-tls1_2", "-tls1_3"):
            session = self.session_of(version)
            before = len(self.log())
            os.kill(self.children()["updater-tls"], signal.SIGKILL)
            self.logs(" serves\n", self.logs("nanodnsd: updater-tls (pid ", self.logs("was killed by signal 9", before)))
            output = self.connect(version, "-sess_in", session)
            self.assertIn(f"New, TLSv1.{version[-1]}", output)
            self.assertIn("HTTP/1.1 200", output)

    def test_tickets_end_with_a_reload(self):
        sessions = {version: self.session_of(version) for version in ("-tls1_2", "-tls1_3")}
        self.reconfigure(self.hosts)
        for version, session in sessions.items():
            self.assertIn(f"New, TLSv1.{version[-1]}", self.connect(version, "-sess_in", session))


class Gnutls(Scan):
    def test_groups_and_ciphers(self):
        for version in ("1.2", "1.3"):
            for group, more in (("X25519", ":+GROUP-SECP256R1"), ("SECP256R1", "")):
                for cipher in ("AES-256-GCM", "AES-128-GCM", "CHACHA20-POLY1305"):
                    done = self.gnutls(f"NORMAL:-VERS-ALL:+VERS-TLS{version}:-GROUP-ALL:+GROUP-{group}{more}:"
                                       f"-CIPHER-ALL:+{cipher}", "--alpn=http/1.1")
                    self.assertIn("Handshake was completed", done.stdout)
                    self.assertRegex(done.stdout, rf"Description: \(TLS{version}-X.509\)-\(ECDHE-{group}\)-.*\({cipher}\)")
                    self.assertIn("Application protocol: http/1.1", done.stdout)

    def test_the_rest_is_refused(self):
        for priority in ("NORMAL:-VERS-ALL:+VERS-TLS1.1", "NORMAL:-GROUP-ALL:+GROUP-SECP384R1",
                         "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-CBC",
                         "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA", "NORMAL:-CIPHER-ALL:+AES-256-CCM"):
            done = self.gnutls(priority)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("Handshake was completed", done.stdout)

    def test_what_the_debug_client_finds(self):
        found = dict(re.findall(r"^ *(\S.*?)\.\.\. (\S+)$", scene.run("gnutls-cli-debug", "-p", "443", NAME), re.MULTILINE))
        for text in ("for TLS 1.0 (RFC2246) support", "for TLS 1.1 (RFC4346) support", "for anonymous authentication support",
                     "for RSA key exchange support", "for ephemeral Diffie-Hellman support",
                     "for AES-CBC cipher (RFC3268) support", "for AES-CCM cipher (RFC6655) support",
                     "for 3DES-CBC cipher (RFC2246) support", "for MD5 MAC support", "for SHA1 MAC support",
                     "for heartbeat (RFC6520) support"):
            self.assertEqual(found[text], "no", text)
        for text in ("for TLS 1.2 (RFC5246) support", "for TLS 1.3 (RFC8446) support",
                     "for safe renegotiation (RFC5746) support", "for ext master secret (RFC7627) support",
                     "whether the server supports session resumption", "for AES-GCM cipher (RFC5288) support",
                     "for CHACHA20-POLY1305 cipher (RFC7905) support"):
            self.assertEqual(found[text], "yes", text)


if __name__ == "__main__":
    scene.main()
