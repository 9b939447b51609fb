"""What clients send, word by word, and what must come of it. Each client is a list of steps.

In a request, line ends are single, and these words are filled in: {target} the path of the page's URL, {basic} the
credentials none:TOKEN, {length} the length of the body, {user}, {key} and {subdomain} those of the host's acme-dns account,
{value} and {other} values of challenges. The replies of dyndns2 have no line end.

Of Fritz!Box, Synology, QNAP, DrayTek and MikroTik the URL and the credentials are known, but not the other header lines,
which stand for any: the daemon does not look at them.
"""
from base64 import b64encode
from dataclasses import dataclass, field

from scene import CLIENT4, TOKEN

HOST = "home.dyn.mydomain.test"
BASIC = b64encode(f"none:{TOKEN}".encode()).decode()
BASIC_WRONG = b64encode(b"none:wrong").decode()
VALUE = "XKrxpRBosdIKFzxW_CT3KLZNf6q0HG9i01zxXp5CPBs"
OTHER = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"
FQDN = f"_acme-challenge.{HOST}."


@dataclass
class Step:
    request: str
    status: int
    body: str  # a regular expression for the whole body
    dns: dict  # what DNS answers afterwards: name: its addresses
    txt: tuple = ()  # the values of the challenge, afterwards
    url: tuple = ()  # (section, number of the block) of the page's URL for {target}
    fill: dict = field(default_factory=dict)  # what the client writes for the URL's places


@dataclass
class Client:
    page: str
    steps: list
    hosts: str = ""  # instead of the page's section "On the server"


def form(agent, *more, version="1.1"):
    """A GET request by a client that says no more than these lines."""
    return "\n".join([f"GET {{target}} HTTP/{version}", "Host: ns.mydomain.test", f"User-Agent: {agent}", *more, "", ""])


def json(path, agent, body, *more):
    """A POST request. Braces of the body are single."""
    body = body.replace("{", "{{").replace("}", "}}")
    for word in ("user", "key", "subdomain", "value", "other"):
        body = body.replace(f"<{word}>", f"{{{word}}}")
    return "\n".join([f"POST {path} HTTP/1.1", "Host: ns.mydomain.test", f"User-Agent: {agent}", *more,
                      "Content-Length: {length}", "", body])


# Fritz!Box: values are not escaped. AVM's documents, and logs of servers.
FRITZ = form("Fritz!Box DDNS/1.0.2")
FRITZ_URL = ("Update URL", 1)


def fritz(ipv4, ipv6, prefix, body, **dns):
    fill = {"<domain>": HOST, "<ipaddr>": ipv4, "<ip6addr>": ipv6, "<ip6lanprefix>": prefix, "<pass>": TOKEN}
    return Step(FRITZ, 200, body, dns, url=FRITZ_URL, fill=fill)


def fritz_of_one_family(key, address, **dns):
    target = f"/api/update?hostname={HOST}&{key}={address}&token={TOKEN}"
    return Step(FRITZ.replace("{target}", target), 200, "ok updated", dns)


FRITZBOX = [
    fritz("192.0.2.7", "2001:db8:99::7", "2001:db8:1:200::/64", "ok updated", home="192.0.2.7 2001:db8:99::7",
          nas="192.0.2.7 2001:db8:1:200:1:2:3:4", pi="2001:db8:1:200:200:5eff:fe00:5301"),
    fritz("192.0.2.7", "2001:db8:99::7", "2001:db8:1:200::/64", "ok unchanged", home="192.0.2.7 2001:db8:99::7",
          nas="192.0.2.7 2001:db8:1:200:1:2:3:4", pi="2001:db8:1:200:200:5eff:fe00:5301"),
    fritz("192.0.2.8", "2001:db8:99::8", "2001:db8:2:300::/64", "ok updated", home="192.0.2.8 2001:db8:99::8",
          nas="192.0.2.8 2001:db8:2:300:1:2:3:4", pi="2001:db8:2:300:200:5eff:fe00:5301"),
    fritz("192.0.2.9", "2001:db8:99::9", "2001:db8:2:400::/56", "ok updated", home="192.0.2.9 2001:db8:99::9",
          nas="192.0.2.9 2001:db8:2:400:1:2:3:4", pi="2001:db8:2:400:200:5eff:fe00:5301"),
    # a link-local address of the router says nothing of the prefix
    fritz("192.0.2.9", "fe80::9", "2001:db8:2:500::/64", "ok updated", home="192.0.2.9",
          nas="192.0.2.9 2001:db8:2:500:1:2:3:4", pi="2001:db8:2:500:200:5eff:fe00:5301"),
    # without IPv6 the values are empty
    fritz("192.0.2.10", "", "", "ok updated", home="192.0.2.10", nas="192.0.2.10", pi=""),
]
WITHOUT_TOKEN = f"/api/update?hostname={HOST}&ipv4=192.0.2.66&ipv6=&ip6lanprefix="

# curl of pfSense, by its sources
PFSENSE = form("phpDynDNS/0.7", "Authorization: Basic {basic}", "Accept: */*")
PFSENSE_URL = ("The entry", 1)

ACME_SH = ("Accept: */*", "X-Api-User: {user}", "X-Api-Key: {key}", "Content-Type: application/x-www-form-urlencoded")
ACMEPROXY = ("Authorization: Basic {basic}", "Accept: application/json", "Content-Type: application/json")
GO = ("Content-Type: application/json", "X-Api-Key: {key}", "X-Api-User: {user}", "Accept-Encoding: gzip")
GO_HTTPREQ = ("Authorization: Basic {basic}", "Content-Type: application/json", "Accept-Encoding: gzip")


def acme_dns(agent, body, more):
    """Two values, of which both stay, and a wrong key."""
    def step(value, *after):
        request = json("/update", agent, body.replace("<value>", f"<{value}>"), *more)
        return Step(request, 200, '{{"txt":"{%s}"}}' % value, {}, after)
    wrong = json("/update", agent, body, *more).replace("{key}", "w" * 40)
    return [step("value", VALUE), step("other", VALUE, OTHER), step("other", VALUE, OTHER),
            Step(wrong, 401, '{{"error":"forbidden"}}', {}, (VALUE, OTHER))]


def httpreq(agent, body, more, ending=""):
    """present twice, and cleanup twice; the reply has what was sent, compact."""
    def step(path, value, *after):
        request = json(path, agent, body.replace("<value>", f"<{value}>") + ending, *more)
        return Step(request, 200, '{{"fqdn":"%s","value":"{%s}"}}' % (FQDN, value), {}, after)
    wrong = json("/present", agent, body, *more).replace("{basic}", BASIC_WRONG)
    return [step("/present", "value", VALUE), step("/present", "other", VALUE, OTHER),
            Step(wrong, 401, '{{"error":"forbidden"}}', {}, (VALUE, OTHER)),
            step("/cleanup", "value", OTHER), step("/cleanup", "other"), step("/cleanup", "other")]


WITH_ACME = f"[@home]\ntoken = {TOKEN}\nacme = yes\n"
GOACMEDNS = acme_dns("goacmedns (linux; amd64)", '{"SubDomain":"<subdomain>","Txt":"<value>"}', GO)
LEGO = httpreq("Go-http-client/1.1", '{"fqdn":"%s","value":"<value>"}' % FQDN, GO_HTTPREQ, "\n")

CLIENTS = {
    "fritzbox": Client("fritzbox", FRITZBOX + [
        Step(FRITZ.replace("{target}", WITHOUT_TOKEN), 403, "authorization required",
             {"home": "192.0.2.10", "nas": "192.0.2.10"}),
        Step(FRITZ.replace("{target}", WITHOUT_TOKEN + "&token=wrong"), 403, "forbidden", {"home": "192.0.2.10"})]),
    "fritzbox_with_two_urls": Client("fritzbox", [
        fritz_of_one_family("ipv4", "192.0.2.7", home="192.0.2.7"),
        fritz_of_one_family("ipv6", "2001:db8::7", home="192.0.2.7 2001:db8::7"),
        fritz_of_one_family("ipv4", "192.0.2.8", home="192.0.2.8 2001:db8::7")],
        hosts=f"[@home]\ntoken = {TOKEN}\nmissing = keep\n"),
    "openwrt_with_uclient_fetch": Client("openwrt", [
        Step(form("uclient-fetch").replace("{target}", f"/nic/update?hostname={HOST}&myip={address}&username=none"
                                           f"&password={TOKEN}"), 200, f"good {address}", {"home": after})
        for address, after in (("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "192.0.2.7 2001:db8::7"))]),
    "openwrt_with_its_dynv6": Client("openwrt", [
        Step(form("Wget/1.21.4", "Accept: */*", "Accept-Encoding: identity", "Connection: Keep-Alive").replace(
            "{target}", f"/api/update?hostname={HOST}&token={TOKEN}&{key}={address}"), 200, "ok updated", {"home": after})
        for key, address, after in (("ipv4", "192.0.2.7", "192.0.2.7"),
                                    ("ipv6", "2001:db8::7", "192.0.2.7 2001:db8::7"))],
        hosts=f"[@home]\ntoken = {TOKEN}\nmissing = keep\n"),
    "pfsense": Client("pfsense", [
        Step(PFSENSE, 200, "good 192.0.2.7", {"home": "192.0.2.7"}, url=PFSENSE_URL, fill={"%IP%": "192.0.2.7"}),
        Step(PFSENSE, 200, "nochg 192.0.2.7", {"home": "192.0.2.7"}, url=PFSENSE_URL, fill={"%IP%": "192.0.2.7"}),
        Step(PFSENSE, 200, "good 2001:db8::7", {"home": "192.0.2.7 2001:db8::7"}, url=PFSENSE_URL,
             fill={"%IP%": "2001:db8::7"}),
        Step(PFSENSE.replace("{basic}", BASIC_WRONG), 401, "badauth", {"home": "192.0.2.7 2001:db8::7"},
             url=PFSENSE_URL, fill={"%IP%": "192.0.2.66"})]),
    "unifi": Client("unifi", [
        Step(f"GET {{target}} HTTP/1.0\nHost: ns.mydomain.test\nAuthorization: Basic {{basic}}\n"
             "User-Agent: inadyn/2.9.1 https://github.com/troglobit/inadyn/issues\n\n", 200, f"good {address}", {"home": address}, url=("The entry", 1),
             fill={"%h": HOST, "%i": sent})
        for sent, address in (("203.0.113.7", "203.0.113.7"), ("192.168.1.2", CLIENT4))]),
    "synology": Client("synology-qnap", [
        Step(form("Synology DDNS client", "Accept: */*"), 200, f"{word} 192.0.2.7", {"home": "192.0.2.7"},
             url=("Synology DSM", 1), fill={"__HOSTNAME__": HOST, "__MYIP__": "192.0.2.7", "__USERNAME__": "none",
                                            "__PASSWORD__": TOKEN}) for word in ("good", "nochg")]),
    "qnap": Client("synology-qnap", [
        Step(form("QNAP DDNS client", "Accept: */*"), 200, "good 192.0.2.7", {"home": "192.0.2.7"}, url=("QNAP", 1),
             fill={"%HOST%": HOST, "%IP%": "192.0.2.7", "%USER%": "none", "%PASS%": TOKEN})]),
    "draytek": Client("draytek", [
        Step(form("Vigor", "Authorization: Basic {basic}", "Connection: close"), 200, "good 192.0.2.7",
             {"home": "192.0.2.7"}, url=("The profile", 1), fill={"###IP###": "192.0.2.7"})]),
    "mikrotik": Client("mikrotik", [
        Step(form("Mikrotik/7.x Fetch", "Authorization: Basic {basic}").replace(
            "{target}", f"/nic/update?hostname={HOST}&myip={sent}"), status, body, {"home": after})
        for sent, status, body, after in (
            ("192.0.2.7", 200, "good 192.0.2.7", "192.0.2.7"),
            ("192.0.2.8/24", 400, "dnserr .*", "192.0.2.7"),
            ("2001:db8:5::1/64", 200, "good 2001:db8:5::1", "192.0.2.7 2001:db8:5::1"))]),
    "ddclient_4": Client("ddclient", [
        Step(form("ddclient/4.0.0", "Authorization: Basic {basic}", "Connection: close").replace(
            "{target}", f"/nic/update?system=dyndns&hostname={HOST}&myip=192.0.2.7,2001:db8::7"),
            200, f"{word} 192.0.2.7,2001:db8::7", {"home": "192.0.2.7 2001:db8::7"}) for word in ("good", "nochg")]),
    "duckdns": Client("duckdns", [
        Step(form("curl/8.5.0", "Accept: */*"), 200, "OK", {"home": CLIENT4}, url=("The request", 1)),
        Step(form("curl/8.5.0", "Accept: */*").replace(
            "{target}", f"/update?domains=home&token={TOKEN}&ip=192.0.2.7&ipv6=2001:db8::7&verbose=true"), 200,
            "OK\n192.0.2.7\n2001:db8::7\nUPDATED", {"home": "192.0.2.7 2001:db8::7"}),
        Step(form("curl/8.5.0", "Accept: */*").replace(
            "{target}", f"/update?domains=home&token={TOKEN}&ipv6=2001:db8::8"), 200, "OK",
            {"home": "192.0.2.7 2001:db8::8"}),
        Step(form("curl/8.5.0", "Accept: */*").replace("{target}", "/update?domains=home&token=wrong&ip=192.0.2.66"),
             403, "KO", {"home": "192.0.2.7 2001:db8::8"})]),
    "acme_sh_with_acmedns": Client("acme.sh", acme_dns(
        "acme.sh/3.0.7 (https://github.com/acmesh-official/acme.sh)", '{"subdomain":"<subdomain>", "txt": "<value>"}',
        ACME_SH)),
    "proxmox": Client("acme.sh", acme_dns("ProxmoxACME/0.9", '{"subdomain":"<subdomain>", "txt": "<value>"}', ACME_SH)),
    "acme_sh_with_acmeproxy": Client("acme.sh", httpreq(
        "acme.sh/3.0.7 (https://github.com/acmesh-official/acme.sh)", '{"fqdn": "%s", "value": "<value>"}' % FQDN,
        ACMEPROXY), hosts=WITH_ACME),
    "caddy_with_acmedns": Client("caddy", GOACMEDNS),
    "caddy_with_acmeproxy": Client("caddy", LEGO, hosts=WITH_ACME),
    "traefik_with_httpreq": Client("traefik", LEGO),
    "lego_with_acme_dns": Client("certbot", GOACMEDNS),
    "cert_manager": Client("cert-manager", GOACMEDNS),
    "nginx_proxy_manager": Client("nginx-proxy-manager", acme_dns(
        "python-requests/2.31.0", '{"subdomain": "<subdomain>", "txt": "<value>"}',
        ("Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive", "X-Api-User: {user}",
         "X-Api-Key: {key}"))),
    "acme_dns_that_registers": Client("certbot", [
        Step(json("/register", "goacmedns (linux; amd64)", "", "Content-Type: application/json"), 403,
             '{{"error":"registration is closed; see nanodnsd --acme-json"}}', {})]),
}
