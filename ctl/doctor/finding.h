// What a check of `doctor` found.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ctl::doctor
{

/// In the order of urgency.
enum class Verdict : std::uint8_t { skip, ok, warn, fail };

struct Finding {
    Verdict verdict = Verdict::ok;
    std::string text;                 ///< what was found, without a dot at its end
    std::string advice{};             ///< one line for a shell; empty if all is well
    std::vector<std::string> notes{}; ///< more lines, such as records for the registrar
};
using Findings = std::vector<Finding>;

inline Finding ok(std::string text)
{
    return {Verdict::ok, std::move(text)};
}
inline Finding warn(std::string text, std::string advice)
{
    return {Verdict::warn, std::move(text), std::move(advice)};
}
inline Finding fail(std::string text, std::string advice)
{
    return {Verdict::fail, std::move(text), std::move(advice)};
}
/// `advice`: how to let the check be done.
inline Finding skip(std::string text, std::string advice = {})
{
    return {Verdict::skip, std::move(text), std::move(advice)};
}

/// `findings`, or that all is well if there are none.
inline Findings or_ok(Findings findings, std::string text)
{
    if (findings.empty()) {
        findings.push_back(ok(std::move(text)));
    }
    return findings;
}

} // namespace ctl::doctor
