"""Debian's inadyn: its custom provider with every dialect, and its own dyndns, dynv6 and duckdns, over HTTP and HTTPS; and
the file of its page."""
import scene
from scene import CLIENT4, CLIENT6, PASSWORD, TOKEN, ZONE, recipe

HOSTS = f"""[@home]
token = secret
[@office]
token = secret
[@odd]
token = {PASSWORD}
[@keeper]
token = secret
missing = keep
"""
NIC = "/nic/update?hostname=%h&myip=%i"
API = "/api/update?hostname=%h&ipv4=%i&token=%p"


class Inadyn(scene.Scene):
    hosts = HOSTS
    ssl = "false"

    def inadyn(self, address, provider, hosts, *settings, password="secret", user="none"):
        """(exit status, log) of one update of the hosts to this address."""
        names = ", ".join(f'"{host}"' for host in hosts)
        config = "\n".join([
            "allow-ipv6 = true", "verify-address = false", provider + " {", f"    hostname = {{ {names} }}",
            f"    username = {user}", f'    password = "{password}"', f"    ssl = {self.ssl}",
            f'    checkip-command = "/bin/echo {address}"', *(f"    {line}" for line in settings), "}", ""])
        return self.run_with(config)

    def run_with(self, config):
        """(exit status, log)"""
        path = self.daemon.write("inadyn.conf", config)
        cache = self.room / "cache"
        cache.mkdir(exist_ok=True)
        for old in cache.iterdir():
            old.unlink()
        done = scene.complete("inadyn", "-1", "-n", "--force", "-l", "debug", "-f", path, "--cache-dir", cache,
                              "-P", self.room / "inadyn.pid")
        return done.returncode, done.stdout

    def custom(self, address, hosts, path=NIC, **how):
        return self.inadyn(address, "custom nanodnsd", hosts, "ddns-server = ns.mydomain.test",
                           f'ddns-path = "{path}"', **how)

    def succeeds(self, result):
        self.assertEqual(result[0], 0, result[1])

    def fails(self, result):
        self.assertNotEqual(result[0], 0, result[1])


class Http(Inadyn):
    """Over HTTP, and in the class below over HTTPS."""

    def test_one_host_and_then_no_change(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        for _ in range(2):
            self.succeeds(self.custom("192.0.2.7", [f"home.{ZONE}"]))
            self.has(home="192.0.2.7 2001:db8::7")

    def test_several_hosts_are_a_request_each(self):
        self.succeeds(self.custom("192.0.2.8", [f"home.{ZONE}", f"office.{ZONE}"]))
        self.has(home="192.0.2.8", office="192.0.2.8")

    def test_several_hosts_in_one_name(self):
        """A list in the path, as users of several names at one provider write it."""
        self.succeeds(self.custom("192.0.2.8", [f"home.{ZONE}"], NIC.replace("%h", f"%h,office.{ZONE}")))
        self.has(home="192.0.2.8", office="192.0.2.8")

    def test_ipv6_with_encoded_colons_keeps_ipv4(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        self.succeeds(self.custom("2001:db8::8", [f"home.{ZONE}"]))
        self.has(home="192.0.2.7 2001:db8::8")

    def test_both_families_in_one_request(self):
        self.succeeds(self.custom("192.0.2.9", [f"home.{ZONE}"], NIC + "&myipv6=2001:db8::9"))
        self.has(home="192.0.2.9 2001:db8::9")

    def test_own_address(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        self.succeeds(self.custom("192.0.2.66", [f"home.{ZONE}"], "/nic/update?hostname=%h&myip="))
        own = self.addresses("home")
        self.assertIn(own, ([CLIENT4, "2001:db8::7"], [CLIENT6]))

    def test_own_address_from_checkip(self):
        secure = "https" if self.ssl == "true" else "http"
        status, said = self.inadyn("", "custom nanodnsd", [f"home.{ZONE}"], "ddns-server = ns.mydomain.test",
                                   f'ddns-path = "{NIC}"', f'checkip-command = "/usr/bin/curl -s {secure}://ns4.mydomain.test/checkip"')
        self.assertEqual(status, 0, said)
        self.has(home=CLIENT4)

    def test_wrong_password(self):
        self.set("home", "secret", ipv4="192.0.2.7")
        for path in (NIC, API):
            self.fails(self.custom("192.0.2.66", [f"home.{ZONE}"], path, password="wrong"))
            self.has(home="192.0.2.7")

    def test_host_that_is_unknown_or_outside(self):
        for name in (f"unknown.{ZONE}", "home.mydomain.test"):
            self.fails(self.custom("192.0.2.66", [name]))

    def test_password_with_odd_characters(self):
        self.succeeds(self.custom("192.0.2.10", [f"odd.{ZONE}"], password=PASSWORD))
        self.has(odd="192.0.2.10")

    def test_api_removes_the_other_family_unless_the_host_keeps_it(self):
        for name, left in (("home", "192.0.2.11"), ("keeper", "192.0.2.11 2001:db8::7")):
            self.set(name, "secret", ipv6="2001:db8::7")
            self.succeeds(self.custom("192.0.2.11", [f"{name}.{ZONE}"], API))
            self.has(**{name: left})

    def test_duckdns_by_its_path(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        self.succeeds(self.custom("192.0.2.12", ["home"], "/update?domains=%h&token=%p&ip=%i"))
        self.has(home="192.0.2.12 2001:db8::7")
        self.fails(self.custom("192.0.2.66", ["home"], "/update?domains=%h&token=%p&ip=%i", password="wrong"))
        self.has(home="192.0.2.12 2001:db8::7")


class Https(Http):
    ssl = "true"


class ProvidersThatAreBuiltIn(Inadyn):
    """The names of their servers lead to the daemon here, as an own DNS entry would at home."""

    ssl = "true"

    def test_duckdns(self):
        self.set("home", "secret", ipv6="2001:db8::7")
        self.succeeds(self.inadyn("192.0.2.13", "provider duckdns.org", ["home"], user="secret"))
        self.has(home="192.0.2.13 2001:db8::7")

    def test_dynv6(self):
        self.set("keeper", "secret", ipv6="2001:db8::7")
        self.succeeds(self.inadyn("192.0.2.14", "provider default@ipv4.dynv6.com", [f"keeper.{ZONE}"], user="secret"))
        self.has(keeper=f"{CLIENT4} 2001:db8::7")  # it sends ipv4=auto to one name, and ipv6=auto to the other
        self.succeeds(self.inadyn("2001:db8::14", "provider default@dynv6.com", [f"keeper.{ZONE}"], user="secret"))
        self.has(keeper=f"{CLIENT4} {CLIENT6}")

    def test_noip(self):
        self.succeeds(self.inadyn("192.0.2.15", "provider no-ip.com", [f"home.{ZONE}"], user="none"))
        self.has(home="192.0.2.15")

    def test_googledomains(self):
        self.succeeds(self.inadyn("192.0.2.16", "provider domains.google.com", [f"home.{ZONE}"]))
        self.has(home="192.0.2.16")


class Page(Inadyn):
    """The file of the page, and what the page says to change in it."""

    hosts = recipe("inadyn", "On the server") + f"[@nas]\ntoken = {TOKEN}\n"

    def config(self, *changes):
        config = recipe("inadyn", "/etc/inadyn.conf")
        for old, new in changes:
            self.assertIn(old, config)
            config = config.replace(old, new)
        return config

    def test_the_file(self):
        self.set("home", TOKEN, ipv6="2001:db8::7")
        self.succeeds(self.run_with(self.config()))
        self.has(home=f"{CLIENT4} 2001:db8::7")

    def test_plain_http(self):
        self.succeeds(self.run_with(self.config(("\n}", "\nssl = false\n}"), ("https:", "http:"))))
        self.has(home=CLIENT4)

    def test_wrong_token(self):
        self.fails(self.run_with(self.config((TOKEN, "wrong"))))
        self.has(home="")

    def test_several_hosts(self):
        self.succeeds(self.run_with(self.config((f"home.{ZONE}", f"{{ home.{ZONE}, nas.{ZONE} }}"))))
        self.has(home=CLIENT4, nas=CLIENT4)

    def test_ipv6_by_a_second_section(self):
        second = self.config(("period = 300\n", ""), ("nanodnsd {", "nanodnsd:6 {"), ("curl -4", "curl -6"))
        self.succeeds(self.run_with("allow-ipv6 = true\n" + self.config() + second))
        self.has(home=f"{CLIENT4} {CLIENT6}")

    def test_its_own_check_may_report_ipv6(self):
        """It takes the first address that the name of the server has."""
        check = "checkip-server = ns.mydomain.test\ncheckip-path = /checkip\n"
        command = '    checkip-command = "/usr/bin/curl -4fsS https://ns.mydomain.test/myip"\n'
        self.succeeds(self.run_with(self.config((command, check))))
        self.has(home=CLIENT6)


if __name__ == "__main__":
    scene.main()
