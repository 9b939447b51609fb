#include "ctl/doctor/doctor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "ctl/doctor/check.h"
#include "ctl/doctor/collect.h"
#include "ctl/json.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

/// Of one check.
constexpr std::size_t most_findings = 10;

struct Word {
    std::string_view text;
    std::optional<Colour> colour;
};

Word word_for(Verdict verdict)
{
    constexpr std::array<Word, 4> words{
        {{"skip", std::nullopt}, {"ok", Colour::green}, {"warn", Colour::yellow}, {"FAIL", Colour::red}}};
    return words.at(static_cast<std::size_t>(verdict));
}

/// The most urgent first; what is too much becomes one line.
Findings shortened(Findings findings)
{
    const auto is_more_urgent = [](const Finding& one, const Finding& other) {
        return one.verdict > other.verdict;
    };
    std::stable_sort(findings.begin(), findings.end(), is_more_urgent);
    if (findings.size() > most_findings) {
        const Verdict verdict = findings[most_findings].verdict;
        const std::size_t more = findings.size() - most_findings;
        findings.resize(most_findings);
        findings.push_back({verdict, base::filled("{} more", {more})});
    }
    return findings;
}

std::size_t count(const Report& report, Verdict verdict)
{
    std::size_t number = 0;
    for (const Checked& check : report) {
        number += static_cast<std::size_t>(
            std::count_if(check.findings.begin(), check.findings.end(),
                          [&](const Finding& finding) { return finding.verdict == verdict; }));
    }
    return number;
}

std::string counted(std::size_t number, std::string_view what)
{
    return base::filled("{} {}{}", {number, what, number == 1 ? "" : "s"});
}

/// The advice and the notes. Several findings with the same advice have it once, below the last.
void append_lines(std::string& text, const std::string& indent, const Findings& findings, std::size_t at)
{
    const Finding& finding = findings[at];
    const bool is_repeated = at + 1 < findings.size() && findings[at + 1].advice == finding.advice;
    if (!finding.advice.empty() && !is_repeated) {
        text += indent + finding.advice + '\n';
    }
    for (const std::string& note : finding.notes) {
        text += indent + note + '\n';
    }
}

} // namespace

Report examine(const Facts& facts)
{
    Report report;
    for (const Check& check : checks()) {
        report.push_back({check.name, shortened(check.look(facts))});
    }
    return report;
}

std::string as_text(const Report& report, const Terminal& terminal)
{
    constexpr std::size_t verdict_width = 6;
    std::size_t name_width = 0;
    for (const Checked& check : report) {
        name_width = std::max(name_width, check.name.size() + 2);
    }
    const std::string indent(verdict_width + name_width, ' ');
    std::string text;
    for (const Checked& check : report) {
        for (std::size_t i = 0; i < check.findings.size(); ++i) {
            const Finding& finding = check.findings[i];
            const Word word = word_for(finding.verdict);
            text += word.colour ? terminal.coloured(word.text, *word.colour) : std::string{word.text};
            text.append(verdict_width - word.text.size(), ' ');
            text += check.name;
            text.append(name_width - check.name.size(), ' ');
            text += finding.text + '\n';
            append_lines(text, indent, check.findings, i);
        }
    }
    return text;
}

std::string as_json(const Report& report)
{
    Json json;
    json.open_object().member("version", 1);
    json.member("failures", count(report, Verdict::fail)).member("warnings", count(report, Verdict::warn));
    json.key("checks").open_list();
    for (const Checked& check : report) {
        for (const Finding& finding : check.findings) {
            json.open_object().member("check", check.name);
            json.member("verdict", base::to_lower(word_for(finding.verdict).text))
                .member("text", finding.text);
            json.member("advice", finding.advice.empty() ? std::nullopt : std::optional{finding.advice});
            json.key("notes").open_list();
            for (const std::string& note : finding.notes) {
                json.value(note);
            }
            json.close_list().close_object();
        }
    }
    json.close_list().close_object();
    return json.take() + '\n';
}

Result outcome(const Report& report, bool strict)
{
    const std::size_t failures = count(report, Verdict::fail);
    const std::size_t warnings = count(report, Verdict::warn);
    if (failures == 0 && (!strict || warnings == 0)) {
        return std::nullopt;
    }
    return Failure{Exit::failed, base::filled("doctor found {} and {}",
                                              {counted(failures, "failure"), counted(warnings, "warning")})};
}

Result doctor(const Context& context)
{
    const Report report = examine(collect(context));
    context.print(context.invocation.json ? as_json(report) : as_text(report, context.terminal));
    return outcome(report, context.invocation.strict);
}

} // namespace ctl::doctor
