// Metrics in Prometheus's text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace console
{

struct Metric {
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    const char* name = ""; ///< without "nanodnsd_"
    Kind kind = Kind::counter;
    const char* help = "";
};

struct Sample {
    std::string_view
        labels; ///< such as process="keeper"; values come from our own tables, never from a packet
    std::uint64_t value = 0;
    const char* suffix = "";         ///< of the metric's name, for a histogram
    bool is_in_microseconds = false; ///< the text has seconds
};

/// Takes all metrics, one after the other, and after each its samples.
class MetricSink
{
public:
    MetricSink() = default;
    MetricSink(const MetricSink&) = delete;
    MetricSink& operator=(const MetricSink&) = delete;
    virtual ~MetricSink() = default;

    void begin(const Metric& metric) noexcept;
    void add(const Sample& sample);
    void add(std::uint64_t value) { add(Sample{"", value}); }
    /// With one label.
    void add(const char* name, std::string_view label_value, std::uint64_t value);

private:
    virtual void take(const Metric& metric, const Sample& sample, bool is_first) = 0;

    Metric metric_;
    bool has_samples_ = false;
};

/// A metric without samples is left out.
class MetricsText final : public MetricSink
{
public:
    const std::string& text() const noexcept { return text_; }
    void clear()
    {
        text_.clear();
        text_.reserve(16384); // most are smaller, and one that grew would leave smaller ones in the heap
    }

private:
    void take(const Metric& metric, const Sample& sample, bool is_first) override;

    std::string text_;
};

/// name="value", escaped.
std::string label(const char* name, std::string_view value);
/// Microseconds as seconds, without zeros at the end: "0.0005", "2".
std::string seconds(std::uint64_t microseconds);

} // namespace console
