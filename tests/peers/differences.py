"""Recognises differences between our replies and those of others. differences.txt has the reasons.

A rule looks at the query and both replies, and returns the aspects that it explains, or nothing.
"""
from queries import ANY, AXFR, COOKIE, FLAGS, IXFR, MX, NSID, SRV

NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED, NOTAUTH, BADVERS, BADCOOKIE = 0, 1, 3, 4, 5, 9, 16, 23
QUERY, NOTIFY, UPDATE = 0, 4, 5
EVERY_CLASS = 255
EVERYTHING = {"rcode", "AA", "TC", "answer", "authority", "additional", "spelling"}
DNSSEC_TYPES = (25, 46, 47, 50)  # KEY, RRSIG, NSEC, NSEC3
ECHOED_FLAGS = ("AA", "TC", "RD", "RA", "Z", "AD", "CD")
RULES = []


def rule(*peers):
    """Registers a rule by its function's name, for the differences with `peers`."""

    def register(function):
        RULES.append((function.__name__.replace("_", "-"), peers, function))
        return function

    return register


def echoed(query, theirs):
    """Flags that the other server has copied from the query."""
    return {flag for flag in ECHOED_FLAGS if theirs.flags[flag] and query.flags & FLAGS[flag]}


def option(query, code):
    """The data of each such option of the query."""
    return [data for found, data in query.edns.options if found == code] if query.edns else []


def bad_cookie_length(query):
    """RFC 7873 section 5.2.2"""
    cookies = option(query, COOKIE)
    return bool(cookies) and len(cookies[0]) != 8 and not 16 <= len(cookies[0]) <= 40


@rule("nsd")
def question_missing_in_error(query, ours, theirs):
    if theirs.rcode != NOERROR and ours.question == "echoed" and theirs.question == 0:
        return {"question"}


@rule("nsd")
def opt_missing_in_error(query, ours, theirs):
    if ours.opt and not theirs.opt and theirs.rcode in (FORMERR, NOTIMP, NXDOMAIN, REFUSED) and (
            query.opcode != QUERY or bad_cookie_length(query)):
        return {"OPT", "EDNS", "NSID", "COOKIE"}


@rule("nsd")
def flags_echoed_in_error(query, ours, theirs):
    if theirs.rcode in (FORMERR, NOTIMP, NXDOMAIN, REFUSED, BADVERS) and (
            ours.rcode in (FORMERR, NOTIMP, BADVERS)):
        return echoed(query, theirs) - {flag for flag in ECHOED_FLAGS if ours.flags[flag]}


@rule("nsd")
def do_missing_in_badvers(query, ours, theirs):
    if ours.rcode == theirs.rcode == BADVERS and ours.edns == (0, 0x8000) and theirs.edns == (0, 0):
        return {"EDNS"}


@rule("knot")
def options_in_badvers(query, ours, theirs):
    if ours.rcode == theirs.rcode == BADVERS and query.edns.version != 0 and not ours.options:
        return {"NSID", "COOKIE"}


@rule("nsd")
def malformed_by_doubled_option(query, ours, theirs):
    if theirs.malformed and any(len(option(query, code)) > 1 for code in (NSID, COOKIE)):
        return {"malformed"}


@rule("nsd", "knot")
def transfer_not_refused(query, ours, theirs):
    if query.rdtype in (AXFR, IXFR) and query.opcode == QUERY and ours.rcode == REFUSED and (
            theirs.rcode in (NOTAUTH, NOTIMP)):
        return {"rcode"}


@rule("knot")
def cookie_always_demanded(query, ours, theirs):
    if (query.opcode == QUERY and theirs.rcode == BADCOOKIE and not query.over_tcp and option(query, COOKIE)
            and not bad_cookie_length(query) and theirs.has_no_records()):
        return EVERYTHING


@rule("knot")
def rd_echoed_in_notimp(query, ours, theirs):
    if ours.rcode == NOTIMP and query.opcode != QUERY:
        return echoed(query, theirs) & {"RD"}


@rule("nsd", "knot")
def notify_not_notimp(query, ours, theirs):
    if query.opcode == NOTIFY and ours.rcode == NOTIMP and (
            theirs.rcode in (NXDOMAIN, NOTAUTH, FORMERR, REFUSED)):
        return {"rcode"}


@rule("knot")
def update_not_notimp(query, ours, theirs):
    if query.opcode == UPDATE and ours.rcode == NOTIMP and theirs.rcode in (FORMERR, REFUSED, NOTAUTH):
        return {"rcode"}


@rule("knot")
def opcode_looked_at_last(query, ours, theirs):
    """After class, EDNS version and cookie."""
    if query.opcode != QUERY and ours.rcode == NOTIMP and (
            theirs.rcode == BADVERS and query.edns.version != 0
            or theirs.rcode == BADCOOKIE and option(query, COOKIE) and not query.over_tcp
            or theirs.rcode == FORMERR and bad_cookie_length(query)
            or theirs.rcode == REFUSED and query.rdclass != 1):
        return {"rcode", "NSID"}


@rule("knot")
def no_nsid_in_badcookie(query, ours, theirs):
    if ours.rcode == theirs.rcode == BADCOOKIE and option(query, NSID) and NSID not in ours.options:
        return {"NSID"}


@rule("nsd", "knot")
def first_cookie_counts(query, ours, theirs):
    """Two cookies: the second comes back, or one is of a bad length."""
    cookies = option(query, COOKIE)
    others = [cookie[:8] for cookie in cookies[1:]]
    if theirs.options.get(COOKIE, b"")[:8] in others and (
            (ours.rcode == FORMERR) == (theirs.rcode == FORMERR)):
        return {"COOKIE"}
    if len(cookies) > 1 and (ours.rcode == FORMERR) == bad_cookie_length(query) and (
            (ours.rcode == FORMERR) != (theirs.rcode == FORMERR)):
        return {"OPT", "EDNS", "NSID", "COOKIE", *EVERYTHING}


@rule("knot")
def type_0_not_implemented(query, ours, theirs):
    if query.rdtype == 0 and theirs.rcode == NOTIMP and ours.rcode in (NOERROR, NXDOMAIN, REFUSED):
        return {"rcode", "AA", "answer", "authority", "additional", "spelling"}


@rule("nsd", "knot")
def alias_not_followed_for_dnssec(query, ours, theirs):
    if query.rdtype in DNSSEC_TYPES and "CNAME" in ours.types("answer") and not theirs.answer and (
            theirs.types("authority") == {"SOA"}):
        return {"answer", "authority", "additional", "rcode", "spelling"}


@rule("nsd", "knot")
def alias_repeated(query, ours, theirs):
    """An alias whose target is its own name."""
    if ours.types("answer") == {"CNAME"} and ours.answer.keys() == theirs.answer.keys() and (
            set(ours.answer.values()) == {1}):
        return {"answer"}


@rule("nsd", "knot")
def owner_spelled_as_in_zone(query, ours, theirs):
    """Our owners are suffixes of the question's name with the same spelling, or are in lower case."""
    asked = query.dname.to_text()
    answers, others = ours.spelling
    if (all(asked.endswith(owner) or owner == owner.lower() != asked.lower() for owner in answers)
            and all(asked.endswith(owner) or owner == owner.lower() for owner in others)):
        return {"spelling"}


@rule("nsd", "knot")
def class_any_authoritative(query, ours, theirs):
    if query.rdclass == EVERY_CLASS and theirs.flags["AA"] and not ours.flags["AA"]:
        return {"AA"}


@rule("nsd")
def class_any_without_soa(query, ours, theirs):
    if (query.rdclass == EVERY_CLASS and ours.types("authority") == {"SOA"} and not theirs.authority
            and ours.answer == theirs.answer and ours.types("answer") <= {"CNAME"}):
        return {"authority"}


@rule("nsd", "knot")
def any_minimal_over_tcp(query, ours, theirs):
    if query.rdtype == ANY and query.over_tcp and theirs.answer and theirs.answer < ours.answer:
        return {"answer", "additional", "spelling"}


@rule("knot")
def any_with_addresses(query, ours, theirs):
    if query.rdtype == ANY and ours.answer == theirs.answer and (
            ours.types("answer") & {"MX", "SRV", "NS"} and not ours.additional):
        return {"additional", "spelling"}


@rule("nsd")
def addresses_of_mx_left_out(query, ours, theirs):
    if ours.types("answer") & {"MX", "SRV"} and ours.additional and not theirs.additional:
        return {"additional", "spelling"}


@rule("knot")
def any_other_rrset(query, ours, theirs):
    if query.rdtype == ANY and not query.over_tcp and (
            len(ours.types("answer")) == len(theirs.types("answer")) == 1):
        return {"answer", "additional", "spelling"}


@rule("knot")
def addresses_repeated(query, ours, theirs):
    if query.rdtype in (MX, SRV) and ours.answer == theirs.answer and ours.additional and (
            max(ours.additional.values()) == 1 and max(theirs.additional.values()) > 1):
        return {"additional"}


@rule("nsd", "knot")
def names_in_data_not_compressed(query, ours, theirs):
    """Over UDP: the records do not fit, or not all of the addresses that go with them do."""
    if query.rdtype not in (MX, ANY) or query.over_tcp or theirs.types("answer") != {"MX"}:
        return None
    if ours.flags["TC"] and not theirs.flags["TC"] and not ours.answer:
        return {"TC", "answer", "additional", "spelling"}
    if ours.answer == theirs.answer and set(ours.additional) < set(theirs.additional) and (
            ours.size > query.room() - 16):
        return {"additional", "spelling"}


def explain(query, ours, theirs, peer, differing):
    """(key, aspects) of each rule that explains a part of the difference."""
    for key, peers, function in RULES:
        explained = peer in peers and differing and function(query, ours, theirs)
        if explained and differing & explained:
            yield key, explained


def reasons(path):
    """{key: reason} of the lines `KEY: reason`; a line that begins with a blank continues one."""
    found = {}
    for line in path.read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        if line.startswith(" "):
            found[key] += " " + line.strip()
        else:
            key, _, text = line.partition(": ")
            found[key] = text
    return found
