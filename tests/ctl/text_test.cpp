#include <csignal>
#include <gtest/gtest.h>

#include "ctl/doctor/capture.h"
#include "ctl/fields.h"
#include "ctl/json.h"
#include "ctl/program.h"
#include "ctl/table.h"
#include "ctl/terminal.h"
#include "ctl/times.h"
#include "tests/ctl/console.h"

namespace
{

using base::Seconds;
using ctl_test::now;
using ctl_test::utc;

TEST(CtlTimes, AreInTheLargestUnit)
{
    EXPECT_EQ(ctl::span(Seconds{-1}), "0 s");
    EXPECT_EQ(ctl::span(Seconds{0}), "0 s");
    EXPECT_EQ(ctl::span(Seconds{59}), "59 s");
    EXPECT_EQ(ctl::span(Seconds{60}), "1 min");
    EXPECT_EQ(ctl::span(Seconds{3599}), "59 min");
    EXPECT_EQ(ctl::span(Seconds{3600}), "1 h");
    EXPECT_EQ(ctl::span(Seconds{86399}), "23 h");
    EXPECT_EQ(ctl::span(Seconds{86400}), "1 d");
    EXPECT_EQ(ctl::span(base::never), "12725829 d");
    EXPECT_EQ(ctl::long_span(Seconds{59}), "59 s");
    EXPECT_EQ(ctl::long_span(Seconds{3599}), "59 min");
    EXPECT_EQ(ctl::long_span(Seconds{3659}), "1 h");
    EXPECT_EQ(ctl::long_span(Seconds{3660}), "1 h 1 min");
    EXPECT_EQ(ctl::long_span(Seconds{3 * 86400 + 4 * 3600 + 59}), "3 d 4 h");
    EXPECT_EQ(ctl::long_span(Seconds{3 * 86400 + 59}), "3 d");
}

TEST(CtlTimes, AreRelative)
{
    EXPECT_EQ(ctl::relative(now, now), "now");
    EXPECT_EQ(ctl::relative(now - Seconds{1}, now), "1 s ago");
    EXPECT_EQ(ctl::relative(now + Seconds{240}, now), "in 4 min");
}

TEST(CtlTimes, AreRfc3339)
{
    EXPECT_EQ(ctl::rfc3339(utc(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(ctl::rfc3339(utc(951782399)), "2000-02-28T23:59:59Z");
    EXPECT_EQ(ctl::rfc3339(utc(951782400)), "2000-02-29T00:00:00Z");
    EXPECT_EQ(ctl::rfc3339(utc(4102444799)), "2099-12-31T23:59:59Z");
    EXPECT_EQ(ctl::rfc3339(utc(253402300799)), "9999-12-31T23:59:59Z");
    EXPECT_EQ(ctl::rfc3339(base::UnixTime{base::never}), "9999-12-31T23:59:59Z");
}

TEST(CtlJson, EscapesWhatMustBeEscaped)
{
    ctl::Json json;
    json.open_list().value("\"\\/\n\t\x01\x7F").value("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
    // an overlong form, a surrogate, a cut sequence, a lone continuation, and past the last character
    json.value("\xC0\xAF").value("\xED\xA0\x80").value("a\xE2\x82").value("\x80").value("\xF4\x90\x80\x80");
    EXPECT_EQ(json.close_list().text(),
              "[\"\\\"\\\\/\\n\\u0009\\u0001\\u007f\",\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\","
              R"("\ufffd\ufffd","\ufffd\ufffd\ufffd","a\ufffd\ufffd","\ufffd","\ufffd\ufffd\ufffd\ufffd"])");
}

TEST(CtlJson, PutsCommasBetween)
{
    ctl::Json json;
    json.open_object().member("a", 1U).key("b").open_list().open_object().close_object().open_list();
    json.close_list().value(true).null().value(std::optional<int>{}).value(UINT64_MAX).close_list();
    json.member("c", std::string{"x"}).member("t", now).close_object();
    EXPECT_EQ(json.text(), R"({"a":1,"b":[{},[],true,null,null,18446744073709551615],"c":"x",)"
                           R"("t":"2026-11-28T12:00:00Z"})");
}

TEST(CtlTable, LeavesOutColumnsThatDoNotFit)
{
    ctl::Table table{{{"A"}, {"NUMBER", ctl::Align::right}, {"LAST"}}};
    table.add({"abc", "7", ""});
    table.add({"", "", "x"});
    const std::string whole = "A    NUMBER  LAST\nabc       7\n-         -  x\n";
    EXPECT_EQ(table.text(0), whole);
    EXPECT_EQ(table.text(17), whole);
    EXPECT_EQ(table.text(16), "A    NUMBER\nabc       7\n-         -\n");
    EXPECT_EQ(table.text(11), "A    NUMBER\nabc       7\n-         -\n");
    EXPECT_EQ(table.text(10), "A\nabc\n-\n");
    EXPECT_EQ(table.text(1), "A\nabc\n-\n");
    EXPECT_EQ(table.text(12, 2), "  A\n  abc\n  -\n");
    EXPECT_EQ(table.text(13, 2), "  A    NUMBER\n  abc       7\n  -         -\n");
    EXPECT_EQ(table.text(1, 2), "  A\n  abc\n  -\n");
}

ctl::Terminal terminal_with(const std::map<std::string, std::string>& variables, bool is_terminal = true,
                            unsigned columns = 0)
{
    return ctl::terminal_for(is_terminal, columns, [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

TEST(CtlTerminal, HasColoursUnlessTheEnvironmentSaysNo)
{
    EXPECT_TRUE(terminal_with({}).has_colours);
    EXPECT_TRUE(terminal_with({{"TERM", "xterm"}, {"NO_COLOR", ""}}).has_colours);
    EXPECT_FALSE(terminal_with({{"TERM", "dumb"}}).has_colours);
    EXPECT_FALSE(terminal_with({{"NO_COLOR", "1"}}).has_colours);
    EXPECT_FALSE(terminal_with({}, false).has_colours);
}

TEST(CtlTerminal, HasAWidth)
{
    EXPECT_EQ(terminal_with({{"COLUMNS", "40"}}, true, 20).columns, 20U);
    EXPECT_EQ(terminal_with({{"COLUMNS", "40"}}).columns, 40U);
    for (const char* odd : {"", "0", "x", "99999"}) {
        EXPECT_EQ(terminal_with({{"COLUMNS", odd}}).columns, 80U) << odd;
    }
    EXPECT_EQ(terminal_with({{"COLUMNS", "40"}}, false, 20).columns, ctl::Terminal::any_width);
}

TEST(CtlNames, AreRelativeToTheZone)
{
    const ctl::Names names{ctl_test::named("@")};
    const auto label = [&](const char* host) {
        const auto name = names.read(host);
        return name ? names.label(*name) : "none";
    };
    EXPECT_EQ(label("@"), "@");
    EXPECT_EQ(label("dyn.mydomain.test"), "@");
    EXPECT_EQ(label("Home"), "home");
    EXPECT_EQ(label("*.home"), "*.home");
    EXPECT_EQ(label("a.b.DYN.mydomain.test."), "a.b");
    EXPECT_EQ(label("elsewhere.test."), "elsewhere.test");
    EXPECT_EQ(label("elsewhere.test"), "elsewhere.test") << "below the zone";
    EXPECT_EQ(ctl::Names::whole(*names.read("elsewhere.test")), "elsewhere.test.dyn.mydomain.test");
    EXPECT_EQ(label(""), "none");
    EXPECT_EQ(label("a..b"), "none");
    EXPECT_EQ(label(std::string(64, 'x').c_str()), "none");
    EXPECT_EQ(names.read_pattern("*"), "");
    EXPECT_EQ(names.read_pattern("@"), "dyn.mydomain.test");
    EXPECT_EQ(names.read_pattern("*me"), "*me.dyn.mydomain.test");
    EXPECT_EQ(names.read_pattern("*.Dyn.mydomain.test"), "*.Dyn.mydomain.test");
}

// The kernel keeps no status then.
TEST(CtlProgram, HasNotSucceededIfItCannotBeWaitedFor)
{
    auto* const before_test = std::signal(SIGCHLD, SIG_IGN);
    EXPECT_FALSE(ctl::run({{"/bin/false"}, {}}).is_success());
    EXPECT_FALSE(ctl::doctor::capture({"/bin/false"}, std::chrono::minutes{1}).ended.is_success());
    std::signal(SIGCHLD, before_test);
    EXPECT_EQ(ctl::run({{"/bin/false"}, {}}).text(), "exited with status 1");
}

} // namespace
