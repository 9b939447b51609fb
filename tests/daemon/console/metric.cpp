#include "daemon/console/metric.h"

#include <gtest/gtest.h>

namespace
{

using console::Metric;
using console::MetricsText;

TEST(Metrics, AreTextInPrometheusFormat)
{
    MetricsText metrics;
    metrics.begin({"serial", Metric::Kind::gauge, "Serial of the zone."});
    metrics.add({"", 7});
    metrics.begin({"dns_responses_total", Metric::Kind::counter, "DNS responses."});
    metrics.add({R"(rcode="NOERROR")", 3});
    metrics.add({R"(rcode="REFUSED")", 18'446'744'073'709'551'615U});
    metrics.begin({"empty_total", Metric::Kind::counter, "Has no samples."});
    metrics.begin({"last_total", Metric::Kind::counter, "Has one."});
    metrics.add({"", 1});
    EXPECT_EQ(metrics.text(), "# HELP nanodnsd_serial Serial of the zone.\n"
                              "# TYPE nanodnsd_serial gauge\n"
                              "nanodnsd_serial 7\n"
                              "# HELP nanodnsd_dns_responses_total DNS responses.\n"
                              "# TYPE nanodnsd_dns_responses_total counter\n"
                              "nanodnsd_dns_responses_total{rcode=\"NOERROR\"} 3\n"
                              "nanodnsd_dns_responses_total{rcode=\"REFUSED\"} 18446744073709551615\n"
                              "# HELP nanodnsd_last_total Has one.\n"
                              "# TYPE nanodnsd_last_total counter\n"
                              "nanodnsd_last_total 1\n");
}

TEST(Metrics, HaveHistogramsWithBucketsASumAndACount)
{
    MetricsText metrics;
    metrics.begin({"state_sync_seconds", Metric::Kind::histogram, "Syncs."});
    metrics.add({R"(le="0.5")", 1, "_bucket"});
    metrics.add({"", 1'250'000, "_sum", true});
    metrics.add({"", 2, "_count"});
    EXPECT_EQ(metrics.text(), "# HELP nanodnsd_state_sync_seconds Syncs.\n"
                              "# TYPE nanodnsd_state_sync_seconds histogram\n"
                              "nanodnsd_state_sync_seconds_bucket{le=\"0.5\"} 1\n"
                              "nanodnsd_state_sync_seconds_sum 1.25\n"
                              "nanodnsd_state_sync_seconds_count 2\n");
}

TEST(Metrics, HasLabelsWithEscapedValues)
{
    EXPECT_EQ(console::label("host", "home.dyn.example"), R"(host="home.dyn.example")");
    EXPECT_EQ(console::label("host", "a\\034b\"c\nd"), R"(host="a\\034b\"c\nd")");
}

TEST(Metrics, HasSecondsWithoutZerosAtTheEnd)
{
    EXPECT_EQ(console::seconds(0), "0");
    EXPECT_EQ(console::seconds(500), "0.0005");
    EXPECT_EQ(console::seconds(1), "0.000001");
    EXPECT_EQ(console::seconds(2'000'000), "2");
    EXPECT_EQ(console::seconds(10'100'000), "10.1");
}

} // namespace
