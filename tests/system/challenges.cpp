// ACME challenges from an HTTP request to a DNS answer: the real daemon, and curl as the ACME client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

const std::string value_a = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmt-M";
const std::string value_b = "aHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmt-M";
const std::string value_c = "bHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmt-M";
const std::string forbidden_json = "{\"error\":\"forbidden\"} 401";

/// An account as `nanodnsd --acme-json` prints it.
class Account
{
public:
    explicit Account(const std::string& name)
        : printed_(support::run(
                       {"sh", "-c", support::installation() + "/bin/nanodnsd --acme-json " + name + " 2>&1"})
                       .output)
    {
    }
    std::string user() const { return after("\"username\":\"", '"'); }
    std::string subdomain() const { return after("\"subdomain\":\"", '"'); }
    std::string key() const { return after("\"password\":\"", '"'); }
    /// The line of the config.
    std::string line() const { return "acme_hash=" + after("acme_hash=", '\n') + '\n'; }

private:
    std::string after(const std::string& before, char end) const
    {
        const std::size_t begin = printed_.find(before) + before.size();
        return printed_.substr(begin, printed_.find(end, begin) - begin);
    }

    std::string printed_;
};

class Challenges : public testing::Test
{
protected:
    /// "BODY STATUS"
    std::string post(const std::string& path, const std::string& body, std::vector<std::string> more) const
    {
        std::vector<std::string> command{"curl",          "-s",     "--max-time", "20", "-w",
                                         " %{http_code}", "--data", body};
        command.insert(command.end(), more.begin(), more.end());
        command.push_back("http://127.0.0.1:" + std::to_string(daemon_.http()) + path);
        return support::run(command).output;
    }
    std::string httpreq(const std::string& path, const std::string& host, const std::string& value,
                        const std::string& secret = "secret") const
    {
        return post(path, fields_of(host, value), {"-u", "user:" + secret});
    }
    static std::string fields_of(const std::string& host, const std::string& value)
    {
        return R"({"fqdn":"_acme-challenge.)" + host + R"(.dyn.example.org.","value":")" + value + "\"}";
    }
    std::string txt(const std::string& host) const
    {
        return daemon_.dig("_acme-challenge." + host + ".dyn.example.org", "TXT");
    }

    std::string acme_dns(const std::string& user, const std::string& key, const std::string& subdomain,
                         const std::string& value = value_a) const
    {
        return post("/update", R"({"subdomain":")" + subdomain + R"(","txt":")" + value + "\"}",
                    {"-H", "X-Api-User: " + user, "-H", "X-Api-Key: " + key});
    }

    Account www_{"www.dyn.example.org"};
    Account home_{"home.dyn.example.org"};
    Daemon daemon_{{.config = support::server_config() + "[@home]\ntoken = secret\nacme = yes\n" +
                              home_.line() + "[@office]\ntoken = other\n[@www]\na = 192.0.2.80\n" +
                              www_.line()}};
};

TEST_F(Challenges, OfHttpreqAreInTheDnsUntilTheyAreCleanedUp)
{
    EXPECT_EQ(httpreq("/present", "home", value_a), fields_of("home", value_a) + " 200");
    EXPECT_EQ(txt("home"), "\"" + value_a + "\"");
    EXPECT_EQ(httpreq("/acme/present", "HOME", value_b), fields_of("HOME", value_b) + " 200");
    EXPECT_THAT(txt("home"), testing::AllOf(testing::HasSubstr(value_a), testing::HasSubstr(value_b)));
    EXPECT_EQ(httpreq("/cleanup", "home", value_a), fields_of("home", value_a) + " 200");
    EXPECT_EQ(txt("home"), "\"" + value_b + "\"");
    EXPECT_EQ(httpreq("/cleanup", "home", value_a), fields_of("home", value_a) + " 200") << "it is not there";
    EXPECT_EQ(httpreq("/cleanup", "home", value_b), fields_of("home", value_b) + " 200");
    EXPECT_EQ(txt("home"), "");
}

TEST_F(Challenges, KeepTheirTwoNewestValues)
{
    for (const std::string& value : {value_a, value_b, value_c}) {
        EXPECT_EQ(httpreq("/present", "home", value), fields_of("home", value) + " 200");
    }
    const std::string values = txt("home");
    EXPECT_EQ(values.find(value_a), std::string::npos);
    EXPECT_THAT(values, testing::AllOf(testing::HasSubstr(value_b), testing::HasSubstr(value_c)));
}

TEST_F(Challenges, NeedAHostThatTheSecretOpensForThem)
{
    EXPECT_EQ(httpreq("/present", "home", value_a, "wrong"), forbidden_json);
    EXPECT_EQ(httpreq("/present", "office", value_a, "other"), forbidden_json) << "it has no acme=yes";
    EXPECT_EQ(httpreq("/present", "unknown", value_a), forbidden_json);
    EXPECT_EQ(httpreq("/present", "home.elsewhere", value_a), forbidden_json);
    EXPECT_EQ(httpreq("/present", "www", value_a), forbidden_json);
    EXPECT_EQ(txt("home") + txt("office") + txt("www"), "");
    EXPECT_EQ(httpreq("/present", "www", value_a, www_.key()), fields_of("www", value_a) + " 200");
    EXPECT_EQ(txt("www"), "\"" + value_a + "\"");
    EXPECT_EQ(daemon_.dig("www.dyn.example.org", "A"), "192.0.2.80");
}

// The token of the host is never in the hands of the ACME client.
TEST_F(Challenges, OfAcmeDnsAreInTheDnsOfTheirAccount)
{
    EXPECT_EQ(acme_dns(www_.user(), www_.key(), www_.subdomain()), R"({"txt":")" + value_a + "\"} 200");
    EXPECT_EQ(txt("www"), "\"" + value_a + "\"");
    EXPECT_EQ(acme_dns(home_.user(), home_.key(), home_.subdomain(), value_b),
              R"({"txt":")" + value_b + "\"} 200");
    EXPECT_EQ(txt("home"), "\"" + value_b + "\"");
    EXPECT_EQ(txt("www"), "\"" + value_a + "\"");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=" + home_.key()),
              "403 forbidden");
}

TEST_F(Challenges, OfAcmeDnsNeedUserKeyAndSubdomainThatBelongTogether)
{
    EXPECT_EQ(acme_dns(home_.user(), www_.key(), www_.subdomain()), forbidden_json);
    EXPECT_EQ(acme_dns(www_.user(), home_.key(), www_.subdomain()), forbidden_json);
    EXPECT_EQ(acme_dns(www_.user(), www_.key(), home_.subdomain()), forbidden_json);
    EXPECT_EQ(acme_dns(www_.subdomain(), www_.key(), www_.user()), forbidden_json);
    EXPECT_EQ(acme_dns(home_.user(), "secret", home_.subdomain()), forbidden_json) << "a token is no key";
    EXPECT_EQ(acme_dns(www_.user(), "", www_.subdomain()), forbidden_json);
    EXPECT_EQ(acme_dns(www_.user(), www_.key(), www_.subdomain(), "short"), R"({"error":"bad_txt"} 400)");
    EXPECT_EQ(txt("home") + txt("www"), "");
}

TEST_F(Challenges, DoNotComeFromHalfARequest)
{
    const std::vector<std::string> basic{"-u", "user:secret"};
    const std::string whole = fields_of("home", value_a);
    EXPECT_EQ(post("/present", whole.substr(0, whole.size() - 1), basic).substr(0, 33),
              R"({"error":"malformed_json_payload")");
    EXPECT_EQ(post("/present", whole, {}), forbidden_json);
    EXPECT_EQ(post("/present", whole, {"-H", "Authorization: Basic no!base64"}), forbidden_json);
    EXPECT_EQ(post("/register", "{}", {}),
              R"({"error":"registration is closed; see nanodnsd --acme-json"} 403)");
    EXPECT_EQ(txt("home"), "");
}

} // namespace
