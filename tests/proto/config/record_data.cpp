// Every type of record in presentation format: its wire form, or its error and the column.
#include "proto/config/record_data.h"

#include <string>

#include <gtest/gtest.h>

#include "proto/base/text.h"
#include "tests/proto/config/texts.h"

namespace
{

using config::DataOrError;
using config::RecordData;

const dns::Name domain = *dns::Name::from_text("dyn.example.org");

/// The bytes as hexadecimal digits, or "column text" of the error; the column counts from 0.
std::string hex(const DataOrError& read)
{
    if (const auto* error = std::get_if<config::ValueError>(&read)) {
        return std::to_string(error->offset) + ' ' + error->text;
    }
    return base::to_hex(std::get<RecordData>(read));
}

/// The same with the bytes as text.
std::string text(const DataOrError& read)
{
    if (const auto* data = std::get_if<RecordData>(&read)) {
        return std::string{base::as_text(*data)};
    }
    return hex(read);
}

std::string txt(const std::string& value)
{
    return text(config::read_data(dns::Type::txt, value, domain));
}

std::string mx(const std::string& value)
{
    return hex(config::read_data(dns::Type::mx, value, domain));
}

std::string srv(const std::string& value)
{
    return hex(config::read_data(dns::Type::srv, value, domain));
}

std::string caa(const std::string& value)
{
    return text(config::read_data(dns::Type::caa, value, domain));
}

std::string name(const std::string& value)
{
    return text(config::read_data(dns::Type::cname, value, domain));
}

// RFC 1035 section 3.3: a character-string is a length byte and that many bytes.
TEST(TxtData, HasStringsWithTheirLengths)
{
    EXPECT_EQ(txt("one"), "\003one");
    EXPECT_EQ(txt("one two\tthree"), "\003one\003two\005three");
    EXPECT_EQ(txt(R"("one two"  "three")"), "\007one two\005three");
    EXPECT_EQ(txt(R"(bare "in quotes" bare)"), "\004bare\011in quotes\004bare");
    EXPECT_EQ(txt(R"("")"), std::string(1, '\0'));
    EXPECT_EQ(txt(R"("" "")"), std::string(2, '\0'));
    EXPECT_EQ(txt("v=DMARC1;p=none;#"), "\021v=DMARC1;p=none;#");
    EXPECT_EQ(txt("\"# ; \t\""), "\005# ; \t");
    EXPECT_EQ(txt("~!"), "\002~!");
}

// RFC 1035 section 5.1: \X is that character, \DDD that byte.
TEST(TxtData, DecodesEscapesInsideAndOutsideOfQuotes)
{
    EXPECT_EQ(txt(R"("\"\\\;")"), "\003\"\\;");
    EXPECT_EQ(txt(R"(a\"b\\c\ d)"), "\007a\"b\\c d");
    EXPECT_EQ(txt(R"("\000\065\255")"), std::string("\003\0A\xFF", 4));
    EXPECT_EQ(txt(R"(\0651)"), "\002A1");
    EXPECT_EQ(txt(R"(\#\;)"), "\002#;");
}

TEST(TxtData, RefusesOtherEscapes)
{
    const std::string expected = R"(, expected \", \\, or \ and three decimal digits from 000 to 255)";
    EXPECT_EQ(txt(R"("ab\256")"), R"(3 found "\x5c256")" + expected);
    EXPECT_EQ(txt(R"(a \25)"), R"(2 found "\x5c25")" + expected);
    EXPECT_EQ(txt(R"("\25")"), R"(1 found "\x5c25"")" + expected);
    EXPECT_EQ(txt(R"("\1a1")"), R"(1 found "\x5c1a1")" + expected);
    EXPECT_EQ(txt(R"(a\)"), R"(1 found "\x5c")" + expected);
}

TEST(TxtData, AcceptsBytesThatAreNotAsciiOnlyInQuotes)
{
    EXPECT_EQ(txt("\"\xC3\xA4\xFF\""), "\003\xC3\xA4\xFF");
    EXPECT_EQ(txt("a\xC3\xA4"), "1 found \"\\xc3\", expected quotes around text that is not ASCII");
}

TEST(TxtData, MustHaveQuotesAroundWholeStrings)
{
    EXPECT_EQ(txt(R"(a "b)"), "2 found an opening quote, expected a closing quote at the end of the text");
    EXPECT_EQ(txt(R"(")"), "0 found an opening quote, expected a closing quote at the end of the text");
    EXPECT_EQ(txt(R"("a\")"), "0 found an opening quote, expected a closing quote at the end of the text");
    EXPECT_EQ(txt(R"("a"b)"),
              R"(3 found text after a closing quote, expected a space; write \" inside of text)");
    EXPECT_EQ(txt(R"("a""b")"),
              R"(3 found text after a closing quote, expected a space; write \" inside of text)");
    EXPECT_EQ(txt(R"(a"b")"),
              R"(1 found a quote inside of text, expected it at the start; write \" inside of text)");
}

TEST(TxtData, RefusesTextThatLooksLikeAComment)
{
    const std::string expected =
        ", expected text (in quotes if it starts like this); a comment must be on its own line";
    EXPECT_EQ(txt("a # b"), "2 found \"#\"" + expected);
    EXPECT_EQ(txt(";"), "0 found \";\"" + expected);
}

TEST(TxtData, HasAtLeastOneString)
{
    EXPECT_EQ(txt(""), "0 found nothing, expected text, preferably in quotes");
}

// RFC 1035 section 3.3: the length is one byte.
TEST(TxtData, AcceptsAStringOf255BytesAndRefusesOneOf256)
{
    const std::string longest(255, 'x');
    EXPECT_EQ(txt('"' + longest + '"'), '\xFF' + longest);
    EXPECT_EQ(txt(longest + ' ' + longest), '\xFF' + longest + '\xFF' + longest);
    EXPECT_EQ(txt("ab " + longest + 'x'), "3 found a string of 256 bytes, expected at most 255; split it "
                                          "into several quoted strings, which clients join");
    EXPECT_EQ(txt('"' + longest + "\\065\"").substr(0, 30), "0 found a string of 256 bytes,");
    EXPECT_EQ(txt('"' + longest.substr(1) + "\\065\""), '\xFF' + longest.substr(1) + 'A');
}

// RFC 1035 section 3.3.9
TEST(MxData, IsAPreferenceAndAName)
{
    EXPECT_EQ(mx("10 mail.example.org"), "000a046d61696c076578616d706c65036f726700");
    EXPECT_EQ(mx("65535 \t A.B."), "ffff0161016200");
    EXPECT_EQ(mx("0 mail."), "0000046d61696c00");
}

// RFC 7505 section 3: preference 0 and the root.
TEST(MxData, MayBeTheNullMx)
{
    EXPECT_EQ(mx("0 ."), "000000");
    EXPECT_EQ(mx("00 ."), "000000");
    EXPECT_EQ(mx("10 ."), "0 found preference 10 with target \".\", expected preference 0 (RFC 7505)");
}

TEST(MxData, ReportsErrorsAtTheirColumn)
{
    const std::string form = " in PREFERENCE NAME, like 10 mail.example.org";
    EXPECT_EQ(mx(""), "0 found nothing, expected a preference from 0 to 65535" + form);
    EXPECT_EQ(mx("mail.example.org"),
              "0 found mail.example.org, expected a preference from 0 to 65535" + form);
    EXPECT_EQ(mx("65536 a.b"), "0 found 65536, expected a preference from 0 to 65535" + form);
    EXPECT_EQ(mx("-1 a.b"), "0 found -1, expected a preference from 0 to 65535" + form);
    EXPECT_EQ(mx("10"), "2 found nothing, expected a domain name" + form);
    EXPECT_EQ(mx("10  a..b"),
              "6 found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot");
    EXPECT_EQ(mx("10 *.b"), "3 found \"*\" in a name, expected letters, digits, \"-\" or \"_\"");
    EXPECT_EQ(mx("10 a.b c.d"), "7 found c.d, expected the end of the line after" + form.substr(3));
    EXPECT_EQ(mx("10 a.b # first"), "7 found \"#\", expected the end of the line after" + form.substr(3) +
                                        "; a comment must be on its own line");
}

// RFC 2782: priority, weight, port, target
TEST(SrvData, IsThreeNumbersAndAName)
{
    EXPECT_EQ(srv("1 2 5060 SIP.b"), "0001000213c403736970016200");
    EXPECT_EQ(srv("65535 65535 65535 a.b"), "ffffffffffff0161016200");
    EXPECT_EQ(srv("0 0 0 ."), "00000000000000"); // "no such service"
}

TEST(SrvData, ReportsErrorsAtTheirColumn)
{
    const std::string form = " from 0 to 65535 in PRIORITY WEIGHT PORT NAME, like 0 5 5060 sip.example.org";
    EXPECT_EQ(srv(""), "0 found nothing, expected a priority" + form);
    EXPECT_EQ(srv("1 x 3 a.b"), "2 found x, expected a weight" + form);
    EXPECT_EQ(srv("1 2 65536 a.b"), "4 found 65536, expected a port" + form);
    EXPECT_EQ(srv("1 2 3"), "5 found nothing, expected a domain name in PRIORITY WEIGHT PORT NAME, like 0 5 "
                            "5060 sip.example.org");
    EXPECT_EQ(srv("1 2 3 4"), "6 found 4, expected a full domain name; did you mean 4.dyn.example.org?");
    EXPECT_EQ(srv("1 2 3 a.b 5"), "10 found 5, expected the end of the line after PRIORITY WEIGHT PORT NAME, "
                                  "like 0 5 5060 sip.example.org");
}

// RFC 8659 section 4.1: flags, the length and the bytes of the tag, and the value to the end
TEST(CaaData, IsFlagsATagAndAValue)
{
    EXPECT_EQ(caa("0 issue ca.example.net"), std::string("\0\005issueca.example.net", 21));
    EXPECT_EQ(caa(R"(128 issuewild ";")"), "\x80\011issuewild;");
    EXPECT_EQ(caa(R"(255 a123456789ABCDE "")"), "\xFF\017a123456789ABCDE");
    EXPECT_EQ(caa(R"(1 iodef "mailto:\"a\" \065")"), "\001\005iodefmailto:\"a\" A");
    const std::string value(1000, 'x'); // not a character-string: it has no length byte
    EXPECT_EQ(caa("1 issue " + value), "\001\005issue" + value);
}

TEST(CaaData, ReportsErrorsAtTheirColumn)
{
    const std::string form = R"( in FLAGS TAG VALUE, like 0 issue "ca.example.net")";
    EXPECT_EQ(caa("256 issue x"), "0 found 256, expected flags from 0 to 255" + form);
    EXPECT_EQ(caa("issue x"), "0 found issue, expected flags from 0 to 255" + form);
    EXPECT_EQ(caa("0"), "1 found nothing, expected a tag of 1 to 15 letters and digits" + form);
    EXPECT_EQ(caa("0 issue-mail x"),
              "2 found issue-mail, expected a tag of 1 to 15 letters and digits" + form);
    EXPECT_EQ(caa("0 a123456789abcdef x"),
              "2 found a123456789abcdef, expected a tag of 1 to 15 letters and digits" + form);
    EXPECT_EQ(caa("0 issue"), "7 found nothing, expected FLAGS TAG VALUE, like 0 issue \"ca.example.net\"");
    EXPECT_EQ(
        caa("0 issue ;"),
        "8 found \";\", expected text (in quotes if it starts like this); a comment must be on its own line");
    EXPECT_EQ(caa("0 issue \"a\" b"), "12 found b, expected the end of the line after" + form.substr(3));
}

TEST(NameData, IsAFullNameInLowerCase)
{
    EXPECT_EQ(name("Home.Example.ORG"), std::string("\004home\007example\003org\0", 18));
    EXPECT_EQ(name("home.example.org."), std::string("\004home\007example\003org\0", 18));
    EXPECT_EQ(name("home."), std::string("\004home\0", 6));
}

// Names in the config are full names, so a single label is probably a mistake.
TEST(NameData, RefusesASingleLabelWithoutADotAndSuggestsTheFullName)
{
    EXPECT_EQ(name("Home"), "0 found Home, expected a full domain name; did you mean home.dyn.example.org?");
    EXPECT_EQ(hex(config::read_data(dns::Type::cname, "home", {})),
              "0 found home, expected a full domain name, like home.dyn.example.org");
    const std::string label(63, 'x');
    const auto longest = *dns::Name::from_text(label + '.' + label + '.' + label + '.' + label.substr(2));
    EXPECT_EQ(hex(config::read_data(dns::Type::cname, "home", longest)),
              "0 found home, expected a full domain name, like home.dyn.example.org");
    EXPECT_EQ(mx("10 mail"), "3 found mail, expected a full domain name; did you mean mail.dyn.example.org?");
}

TEST(NameData, ReportsErrorsAtTheirColumn)
{
    EXPECT_EQ(name(""), "0 found nothing, expected a domain name in NAME, like home.example.org");
    EXPECT_EQ(name("."), "0 found ., expected a domain name");
    EXPECT_EQ(name("a.b/c"), "3 found / in a name, expected letters, digits, \"-\" or \"_\"");
    EXPECT_EQ(name("a.b c.d"), "4 found c.d, expected the end of the line after NAME, like home.example.org");
}

TEST(NameData, IsNoAddress)
{
    const std::string host = ", expected a domain name: an ";
    EXPECT_EQ(name("192.0.2.1"),
              "0 found the address 192.0.2.1, expected a domain name: a CNAME record holds a name "
              "(RFC 1035 section 3.3.1); use a= or aaaa= for an address");
    EXPECT_EQ(
        mx("10  2001:db8::1"),
        "4 found the address 2001:db8::1" + host +
            "MX record holds the name of a host, which has the address (RFC 1035 section 3.3.9, RFC 2181 "
            "section 10.3)");
    EXPECT_EQ(srv("0 5 5060 192.0.2.1."),
              "9 found the address 192.0.2.1." + host +
                  "SRV record holds the name of a host, which has the address (RFC 2782)");
    EXPECT_EQ(
        text(config::read_data(dns::Type::ns, "::1", domain)),
        "0 found the address ::1" + host +
            "NS record holds the name of a host, which has the address (RFC 1035 section 3.3.11, RFC 2181 "
            "section 10.3)");
    EXPECT_EQ(mx("10 192.0.2.1.example.org").size(), 2 * (2U + 23U)); // a name
}

TEST(HostRecords, HaveErrorsWithLineAndColumn)
{
    using config_test::errors_of_key;
    EXPECT_EQ(errors_of_key("[@h]", "txt= a \"b"),
              "6:8 txt: found an opening quote, expected a closing quote at the end of the text\n");
    EXPECT_EQ(errors_of_key("[@h]", "  mx = 10 mail").substr(0, 23), "6:11 mx: found mail, ex");
    EXPECT_EQ(errors_of_key("[@h]", "caa=0 *").substr(0, 18), "6:7 caa: found \"*\"");
    EXPECT_EQ(errors_of_key("[@h]", "srv=0 0 x").substr(0, 17), "6:9 srv: found x,");
    EXPECT_EQ(errors_of_key("[@h]", "cname=a..b").substr(0, 20), "6:9 cname: found an ");
    EXPECT_EQ(errors_of_key("[@h]", "ns=").substr(0, 21), "6:4 ns: found nothing");
    EXPECT_EQ(errors_of_key("[@h]", "txt=a\x01"),
              "6:6 txt: found a control character, expected printable text\n");
    EXPECT_EQ(errors_of_key("[server]", "mx=10 a.b"),
              "6:1 found unknown key mx in [server], expected it in [@host]\n");
}

TEST(HostRecords, KeepTheirOrderAndPositions)
{
    const auto parsed = config::parse(config_test::with("[@h]\nmx=10 a.b\ntxt=x\n[@i]\n[@j]\n mx = 5 a.b\n"));
    ASSERT_EQ(config_test::list(parsed.errors), "");
    const auto& records = parsed.config.hosts[0].records;
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].type, dns::Type::mx);
    EXPECT_EQ(records[0].at.line, 6U);
    EXPECT_EQ(records[0].at.column, 4U);
    EXPECT_EQ(records[1].type, dns::Type::txt);
    EXPECT_EQ(records[1].data, (RecordData{1, 'x'}));
    EXPECT_TRUE(parsed.config.hosts[1].records.empty());
    ASSERT_EQ(parsed.config.hosts[2].records.size(), 1U);
    EXPECT_EQ(parsed.config.hosts[2].records[0].at.column, 7U);
}

TEST(HostRecords, HaveTheTypeOfTheirKey)
{
    const auto parsed = config::parse(config_test::with(
        "[@h]\ntxt=x\nmx=1 a.b\ncaa=0 issue x\nsrv=0 0 1 a.b\n[@i]\ncname=a.b\n[@j]\nns=a.b\n"));
    ASSERT_EQ(config_test::list(parsed.errors), "");
    std::string types;
    for (const auto& host : parsed.config.hosts) {
        for (const auto& record : host.records) {
            types += std::to_string(static_cast<unsigned>(record.type)) + ' ';
        }
    }
    EXPECT_EQ(types, "16 15 257 33 5 2 ");
}

// RFC 2181 section 5: an RRset has no duplicates.
TEST(HostRecords, AreStoredOnceIfTheyAreDuplicates)
{
    const auto parsed = config::parse(config_test::with("[@h]\nmx=10 a.b\nmx=010 A.B.\nmx=11 a.b\n"
                                                        "txt=x\ntxt=\"x\"\ntxt=X\n"
                                                        "[@i]\ncname=a.b\ncname=a.b\n"));
    ASSERT_EQ(config_test::list(parsed.errors), "");
    EXPECT_EQ(parsed.config.hosts[0].records.size(), 4U);
    EXPECT_EQ(parsed.config.hosts[1].records.size(), 1U);
}

TEST(HostRecords, AreAtMost100OfAType)
{
    std::string text = config_test::with("[@h]\n");
    for (int i = 0; i < 100; ++i) {
        text += "txt=" + std::to_string(i) + "\nmx=" + std::to_string(i) + " a.b\n";
    }
    const auto parsed = config::parse(text + "txt=7\n");
    EXPECT_EQ(config_test::list(parsed.errors), "");
    EXPECT_EQ(parsed.config.hosts[0].records.size(), 200U);
    EXPECT_EQ(config_test::errors_of(text + "txt=100\n"),
              "206:5 txt: found more than 100 records of this type, expected at most 100\n");
}

} // namespace
