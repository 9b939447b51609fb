"""Debian's ddclient: protocols dyndns2, noip, duckdns and googledomains, over HTTP and HTTPS; and the file of its page."""
import scene
from scene import CLIENT4, CLIENT6, PASSWORD, TOKEN, ZONE, recipe

HOSTS = f"""[@home]
token = secret
[@office]
token = secret
[@odd]
token = {PASSWORD}
"""
COMMAND = 'use=cmd, cmd="curl -4fsS https://ns.mydomain.test/myip"'


class Ddclient(scene.Scene):
    hosts = HOSTS

    def ddclient(self, protocol, hosts, *settings, password="secret", server="ns.mydomain.test"):
        return self.run_with("\n".join(["timeout=10", *settings, f"protocol={protocol}", f"server={server}",
                                        "login=none", f"password='{password}'", hosts, ""]))

    def run_with(self, config):
        """Its output. Each call is a first start."""
        path = self.room / "ddclient.conf"
        path.write_text("syslog=no\n" + config)
        path.chmod(0o600)
        cache = self.room / "ddclient.cache"
        cache.unlink(missing_ok=True)
        return scene.complete("ddclient", "-daemon=0", "-noquiet", "-verbose", "-file", path, "-cache", cache,
                              "-pid", self.room / "ddclient.pid").stdout

    def full(self, *names):
        return ",".join(f"{name}.{ZONE}" for name in names)


class Dyndns2(Ddclient):
    """Over HTTP, and in the class below over HTTPS."""

    ssl = "ssl=no"

    def update(self, hosts, *settings, **how):
        return self.ddclient("dyndns2", hosts, self.ssl, *settings, **how)

    def test_one_host_and_then_no_change(self):
        said = self.update(self.full("home"), "use=ip", "ip=192.0.2.7")
        self.assertIn(f"SUCCESS:  updating home.{ZONE}: good: IP address set to 192.0.2.7", said)
        self.has(home="192.0.2.7")
        self.assertIn(f"updating home.{ZONE}: nochg", self.update(self.full("home"), "use=ip", "ip=192.0.2.7"))
        self.has(home="192.0.2.7")

    def test_several_hosts_in_one_request_keep_the_other_family(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        said = self.update(self.full("home", "office"), "use=ip", "ip=192.0.2.8")
        for name in ("home", "office"):
            self.assertIn(f"SUCCESS:  updating {name}.{ZONE}: good: IP address set to 192.0.2.8", said)
        self.has(home="192.0.2.8 2001:db8::7", office="192.0.2.8")

    def test_ipv6_keeps_ipv4(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        said = self.update(self.full("home"), "use=ip", "ip=2001:db8::8")
        self.assertIn(f"SUCCESS:  updating home.{ZONE}: good: IP address set to 2001:db8::8", said)
        self.has(home="192.0.2.7 2001:db8::8")

    def test_both_families_are_two_runs(self):
        self.update(self.full("home"), "use=ip", "ip=192.0.2.9")
        self.update(self.full("home"), "use=ip", "ip=2001:db8::9")
        self.has(home="192.0.2.9 2001:db8::9")

    def test_usev6_alone_sends_an_empty_myip_and_sets_the_own_address(self):
        for server, own in (("ns4.mydomain.test", CLIENT4), ("ns6.mydomain.test", CLIENT6)):
            with self.subTest(server):
                self.set("home", "secret")
                said = self.update(self.full("home"), "usev6=ipv6", "ipv6=2001:db8::1", server=server)
                self.assertIn(f"SUCCESS:  updating home.{ZONE}: good", said)
                self.has(home=own)

    def test_own_address_from_checkip(self):
        checkip = f"{'http' if self.ssl == 'ssl=no' else 'https'}://ns4.mydomain.test/checkip"
        said = self.update(self.full("home"), "use=web", f"web={checkip}")
        self.assertIn(f"IP address set to {CLIENT4}", said)
        self.has(home=CLIENT4)

    def test_wrong_password_changes_nothing(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        said = self.update(self.full("home", "office"), "use=ip", "ip=192.0.2.66", password="wrong")
        self.assertIn("authorization failed", said)
        self.assertNotIn("SUCCESS", said)
        self.has(home="192.0.2.7", office="")

    def test_host_of_another_password_has_its_own_verdict(self):
        said = self.update(self.full("home", "odd"), "use=ip", "ip=192.0.2.10")
        self.assertIn(f"SUCCESS:  updating home.{ZONE}: good", said)
        self.assertIn(f"FAILED:   updating odd.{ZONE}: nohost", said)
        self.has(home="192.0.2.10", odd="")

    def test_password_with_odd_characters(self):
        self.assertIn("SUCCESS", self.update(self.full("odd"), "use=ip", "ip=192.0.2.11", password=PASSWORD))
        self.has(odd="192.0.2.11")


class Dyndns2OverHttps(Dyndns2):
    ssl = "ssl=yes"


class ProtocolsThatForceHttps(Ddclient):
    def test_noip_with_several_hosts(self):
        said = self.ddclient("noip", self.full("home", "office"), "use=ip", "ip=192.0.2.12")
        for name in ("home", "office"):
            self.assertIn(f"SUCCESS:  updating {name}.{ZONE}: good: IP address set to 192.0.2.12", said)
        self.has(home="192.0.2.12", office="192.0.2.12")
        self.assertIn("nochg", self.ddclient("noip", self.full("home"), "use=ip", "ip=192.0.2.12"))

    def test_noip_with_its_own_server_and_odd_password(self):
        said = self.ddclient("noip", self.full("odd"), "use=ip", "ip=2001:db8::12", password=PASSWORD,
                             server="dynupdate.no-ip.com")
        self.assertIn(f"SUCCESS:  updating odd.{ZONE}: good: IP address set to 2001:db8::12", said)
        self.has(odd="2001:db8::12")

    def test_noip_with_a_wrong_password(self):
        self.assertIn("authorization failed",
                      self.ddclient("noip", self.full("home"), "use=ip", "ip=192.0.2.66", password="wrong"))
        self.has(home="")

    def test_duckdns_by_label_and_by_name(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        for host, address in (("home", "192.0.2.13"), (self.full("home"), "192.0.2.14")):
            said = self.ddclient("duckdns", host, "use=ip", f"ip={address}")
            self.assertIn(f"SUCCESS:  updating {host}: good: IP address set to {address}", said)
            self.has(home=f"{address} 2001:db8::7")

    def test_duckdns_with_ipv6_in_its_ip(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        self.assertIn("SUCCESS", self.ddclient("duckdns", "home", "use=ip", "ip=2001:db8::13"))
        self.has(home="192.0.2.7 2001:db8::13")

    def test_duckdns_with_a_wrong_token(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        said = self.ddclient("duckdns", "home", "use=ip", "ip=192.0.2.66", password="wrong")
        self.assertNotIn("SUCCESS", said)
        self.has(home="192.0.2.7")

    def test_googledomains(self):
        self.ddclient("googledomains", self.full("home", "office"), "use=ip", "ip=192.0.2.15",
                      server="domains.google.com")
        self.has(home="192.0.2.15", office="192.0.2.15")
        self.ddclient("googledomains", self.full("odd"), "use=ip", "ip=2001:db8::15", password=PASSWORD)
        self.has(odd="2001:db8::15")
        said = self.ddclient("googledomains", self.full("home"), "use=ip", "ip=192.0.2.66", password="wrong")
        self.assertIn("authorization failed", said)
        self.has(home="192.0.2.15")


class Page(Ddclient):
    """The file of the page, and what the page says to change in it."""

    hosts = recipe("ddclient", "On the server") + f"[@nas]\ntoken = {TOKEN}\n"

    def update(self, *changes):
        config = recipe("ddclient", "/etc/ddclient.conf")
        for old, new in changes:
            self.assertIn(old, config)
            config = config.replace(old, new)
        return self.run_with(config)

    def succeeds(self, said, *names):
        for name in names:
            self.assertIn(f"SUCCESS:  updating {name}.{ZONE}: good", said)

    def test_the_file(self):
        self.set("home", TOKEN, ipv6="2001:db8::7")
        self.succeeds(self.update(), "home")
        self.has(home=f"{CLIENT4} 2001:db8::7")

    def test_plain_http(self):
        self.succeeds(self.update(("ssl=yes", "ssl=no"), ("https:", "http:")), "home")
        self.has(home=CLIENT4)

    def test_wrong_token(self):
        self.assertIn("authorization failed", self.update((TOKEN, "wrong")))
        self.has(home="")

    def test_several_hosts(self):
        self.succeeds(self.update((f"\nhome.{ZONE}", f"\nhome.{ZONE},nas.{ZONE}")), "home", "nas")
        self.has(home=CLIENT4, nas=CLIENT4)

    def test_ipv6_by_a_second_run(self):
        self.update()
        self.succeeds(self.update(("curl -4", "curl -6")), "home")
        self.has(home=f"{CLIENT4} {CLIENT6}")

    def test_interface_instead(self):
        self.succeeds(self.update((COMMAND, "use=if, if=lo")), "home")
        self.has(home=CLIENT4)

    def test_checkip_instead_may_report_ipv6(self):
        self.succeeds(self.update((COMMAND, "use=web, web=https://ns.mydomain.test/checkip")), "home")
        self.has(home=CLIENT6)


if __name__ == "__main__":
    scene.main()
