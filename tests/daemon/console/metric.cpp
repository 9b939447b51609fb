#include "daemon/console/metric.h"

#include <gtest/gtest.h>

namespace
{

using console::Metric;

TEST(Metric, IsTextInPrometheusFormat)
{
    const std::vector<Metric> metrics{
        {"serial", Metric::Kind::gauge, "Serial of the zone.", {{"", 7}}},
        {"dns_responses_total",
         Metric::Kind::counter,
         "DNS responses.",
         {{R"(rcode="NOERROR")", 3}, {R"(rcode="REFUSED")", 18'446'744'073'709'551'615U}}},
        {"empty_total", Metric::Kind::counter, "Has no samples."},
    };
    EXPECT_EQ(console::metrics_text(metrics), "# HELP nanodnsd_serial Serial of the zone.\n"
                                              "# TYPE nanodnsd_serial gauge\n"
                                              "nanodnsd_serial 7\n"
                                              "# HELP nanodnsd_dns_responses_total DNS responses.\n"
                                              "# TYPE nanodnsd_dns_responses_total counter\n"
                                              "nanodnsd_dns_responses_total{rcode=\"NOERROR\"} 3\n"
                                              "nanodnsd_dns_responses_total{rcode=\"REFUSED\"} "
                                              "18446744073709551615\n");
}

TEST(Metric, OfAHistogramHasBucketsASumAndACount)
{
    const Metric metric{"state_sync_seconds",
                        Metric::Kind::histogram,
                        "Syncs.",
                        {{R"(le="0.5")", 1, "_bucket"}, {"", 1'250'000, "_sum", true}, {"", 2, "_count"}}};
    EXPECT_EQ(console::metrics_text({metric}), "# HELP nanodnsd_state_sync_seconds Syncs.\n"
                                               "# TYPE nanodnsd_state_sync_seconds histogram\n"
                                               "nanodnsd_state_sync_seconds_bucket{le=\"0.5\"} 1\n"
                                               "nanodnsd_state_sync_seconds_sum 1.25\n"
                                               "nanodnsd_state_sync_seconds_count 2\n");
}

TEST(Metric, HasLabelsWithEscapedValues)
{
    EXPECT_EQ(console::label("host", "home.dyn.example"), R"(host="home.dyn.example")");
    EXPECT_EQ(console::label("host", "a\\034b\"c\nd"), R"(host="a\\034b\"c\nd")");
}

TEST(Metric, HasSecondsWithoutZerosAtTheEnd)
{
    EXPECT_EQ(console::seconds(0), "0");
    EXPECT_EQ(console::seconds(500), "0.0005");
    EXPECT_EQ(console::seconds(1), "0.000001");
    EXPECT_EQ(console::seconds(2'000'000), "2");
    EXPECT_EQ(console::seconds(10'100'000), "10.1");
}

} // namespace
