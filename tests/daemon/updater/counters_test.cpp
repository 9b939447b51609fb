// What the updater counts of requests, by dialect and outcome.
#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{

namespace
{

using common::OfUpdater;
using common::UpdateOutcome;
using ipc::Dialect;

constexpr std::string_view as_duckdns = "GET /update?domains=home&token=secret&ip=192.0.2.1 HTTP/1.0\r\n\r\n";
constexpr std::string_view as_api = "GET /api/update?hostname=home&token=secret HTTP/1.0\r\n\r\n";

} // namespace

class UpdaterCounters : public UpdaterFixture
{
protected:
    void ask(std::string_view request, ipc::Verdict verdict)
    {
        Browser client = browse(request);
        settle(next_proposal().id, verdict);
        reply(client);
    }
    void ask(std::string_view request)
    {
        Browser client = browse(request);
        reply(client);
    }
    std::uint64_t of(Dialect dialect, UpdateOutcome outcome) const
    {
        return counted(common::slot_of(dialect, outcome));
    }
    std::uint64_t of(common::OfConnections what) const
    {
        return counters[common::connection_slots + static_cast<std::size_t>(what)];
    }
    std::uint64_t all_updates() const
    {
        std::uint64_t sum = 0;
        for (auto slot = static_cast<std::size_t>(OfUpdater::updates);
             slot < static_cast<std::size_t>(OfUpdater::end); ++slot) {
            sum += counters[slot];
        }
        return sum;
    }
};

TEST_F(UpdaterCounters, AreOfADialectAndAnOutcome)
{
    start();
    ask(as_duckdns, ipc::Verdict::committed);
    ask(as_duckdns, ipc::Verdict::refused);
    ask(as_api, ipc::Verdict::unchanged);
    ask(as_api, ipc::Verdict::unavailable);
    EXPECT_EQ(of(Dialect::duckdns, UpdateOutcome::changed), 1U);
    EXPECT_EQ(of(Dialect::duckdns, UpdateOutcome::refused), 1U);
    EXPECT_EQ(of(Dialect::api, UpdateOutcome::unchanged), 1U);
    EXPECT_EQ(of(Dialect::api, UpdateOutcome::unavailable), 1U);
    EXPECT_EQ(all_updates(), 4U);
}

TEST_F(UpdaterCounters, CountInvalidRequestsAndNoOthersThatAreAnsweredWithoutTheKeeper)
{
    start();
    ask("GET /api/update?hostname=home HTTP/1.0\r\n\r\n"); // no secret
    ask("GET /nothing HTTP/1.0\r\n\r\n");
    ask("nonsense\r\n\r\n");
    ask("GET /health HTTP/1.0\r\n\r\n");
    EXPECT_EQ(of(Dialect::api, UpdateOutcome::invalid), 1U);
    EXPECT_EQ(counted(OfUpdater::of_no_dialect), 2U);
    EXPECT_EQ(all_updates(), 3U);
}

// A look is no update: it counts only if it is refused.
TEST_F(UpdaterCounters, HaveADialectForThePage)
{
    has_page = true;
    start();
    const auto form = [](const std::string& body) {
        return "POST / HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    };
    Browser set = browse(form("host=home&token=secret&do=set&ip=192.0.2.1"));
    settle(next_proposal().id, ipc::Verdict::committed);
    settle(next_look().id, ipc::Verdict::unavailable); // for the records, after the update
    reply(set);
    Browser guess = browse(form("host=home&token=guess"));
    settle(next_look().id, ipc::Verdict::refused);
    reply(guess);
    ask(form("host=home")); // no token
    ask("POST / HTTP/1.0\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n");
    ask("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(of(Dialect::page, UpdateOutcome::changed), 1U);
    EXPECT_EQ(of(Dialect::page, UpdateOutcome::refused), 1U);
    EXPECT_EQ(of(Dialect::page, UpdateOutcome::invalid), 2U);
    EXPECT_EQ(all_updates(), 4U);
}

TEST_F(UpdaterCounters, CountConnections)
{
    start();
    ask("GET /health HTTP/1.0\r\n\r\n");
    Browser waits = browse();
    turn_until_quiet();
    EXPECT_EQ(of(common::OfConnections::open), 1U);
    EXPECT_EQ(of(common::OfConnections::finished), 1U);
}

} // namespace updater
