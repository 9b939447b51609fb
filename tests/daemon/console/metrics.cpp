#include "daemon/console/metrics_request.h"
#include "daemon/console/metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace
{

using console::read_metrics_request;

std::string status_of(const std::string& request)
{
    const auto read = read_metrics_request(request);
    return read ? read->status : "more";
}

TEST(MetricsRequest, IsReadUpToItsEmptyLine)
{
    const std::string whole = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(status_of(whole.substr(0, size)), "more") << size;
    }
    EXPECT_EQ(status_of(whole), "200 OK");
    EXPECT_EQ(status_of("GET /metrics?a=b HTTP/1.0\n\n"), "200 OK");
    EXPECT_FALSE(read_metrics_request(whole)->is_head);
    EXPECT_TRUE(read_metrics_request("HEAD /metrics HTTP/1.1\r\n\r\n")->is_head);
}

TEST(MetricsRequest, IsRefusedForAnythingElse)
{
    const auto status = [](const std::string& line) { return status_of(line + "\r\n\r\n"); };
    EXPECT_EQ(status("GET / HTTP/1.1"), "404 Not Found");
    EXPECT_EQ(status("GET  HTTP/1.1"), "404 Not Found");
    EXPECT_EQ(status("GET /metrics/ HTTP/1.1"), "404 Not Found");
    EXPECT_EQ(status("GET /metrics x HTTP/1.1"), "404 Not Found");
    EXPECT_EQ(status("POST /metrics HTTP/1.1"), "405 Method Not Allowed");
    for (const char* line : {"", "GET", "GET /metrics", " HTTP/1.1", "GET /metrics HTTP/2"}) {
        EXPECT_EQ(status(line), "400 Bad Request") << line;
    }
    EXPECT_EQ(status_of(std::string(console::max_metrics_request, 'a')),
              "431 Request Header Fields Too Large");
}

TEST(MetricsText, HasEachMetricWithItsTypeAndLabels)
{
    const std::list<ipc::ProcessState> processes{
        {"supervisor", 0, 1, {}, {}, ""}, {"responder", 0, 2, {}, 7, ""}, {"responder", 1, 2, {}, 7, ""}};
    console::KeeperMetrics keeper;
    keeper.summary.serial = 1732;
    keeper.summary.hosts = 3;
    keeper.summary.with_address = 1;
    keeper.expected.push_back({"host=\"home.example\"", true});
    common::Tally<common::OfConsole> own;
    const console::Pages pages{std::vector<const std::uint64_t*>{}, own};
    console::MetricsText metrics;
    write_metrics({processes, pages, &keeper}, metrics);
    const std::string& text = metrics.text();
    for (const char* line :
         {"# TYPE nanodnsd_build_info gauge\nnanodnsd_build_info{version=\"",
          "# TYPE nanodnsd_serial gauge\nnanodnsd_serial 1732\n", "nanodnsd_hosts{state=\"none\"} 2\n",
          "nanodnsd_host_overdue{host=\"home.example\"} 1\n",
          "nanodnsd_process_start_time_seconds{process=\"supervisor\"} 0\n",
          "# TYPE nanodnsd_process_restarts_total counter\n",
          "nanodnsd_process_restarts_total{process=\"responder-2\"} 7\n"}) {
        EXPECT_THAT(text, testing::HasSubstr(line));
    }
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("restarts_total{process=\"supervisor\"}")));
    EXPECT_TRUE(text.ends_with('\n'));
}

} // namespace
