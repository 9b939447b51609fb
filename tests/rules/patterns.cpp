// Calls of base::filled() and similar functions pass one piece per place of the pattern. The compiler checks
// each pattern, but not the number of pieces.
#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>

#include "tests/rules/source_tree.h"

namespace
{

/// The end of the literal whose opening quote is at `at`.
std::size_t end_of_literal(const std::string& text, std::size_t at)
{
    if (text[at] == '"' && at > 0 && text[at - 1] == 'R') {
        return text.find(")\"", at) + 2;
    }
    const char quote = text[at++];
    for (; text[at] != quote; ++at) {
        at += text[at] == '\\' ? 1U : 0U;
    }
    return at + 1;
}

/// A string becomes "" with a % for each place, a character becomes a space.
std::string outline_of_literal(const std::string& literal)
{
    std::string places;
    for (std::size_t at = 0; (at = literal.find("{}", at)) != std::string::npos; ++at) {
        places += '%';
    }
    return literal[0] == '"' ? '"' + places + '"' : " ";
}

/// The code without comments, its literals replaced as above.
std::string outline(const std::string& text)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (text.compare(at, 2, "//") == 0) {
            at = std::min(text.find('\n', at), text.size());
        } else if (c == '"' || (c == '\'' && std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0)) {
            const std::string literal = text.substr(at, end_of_literal(text, at) - at);
            at += literal.size();
            result += outline_of_literal(literal);
        } else {
            result += c;
            ++at;
        }
    }
    return result;
}

/// The number of pieces in the list whose opening brace is at `at`.
std::ptrdiff_t pieces_in(const std::string& code, std::size_t at)
{
    int depth = 0;
    std::ptrdiff_t commas = 0;
    do {
        const char c = code[at++];
        depth += c == '{' || c == '(' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ')' || c == ']' ? 1 : 0;
        commas += c == ',' && depth == 1 ? 1 : 0;
    } while (depth != 0);
    return commas + 1;
}

/// Reports each pattern whose pieces do not match its places. Returns the number of patterns with places.
std::size_t check_patterns(const std::string& path)
{
    static const std::regex sentence{R"re((?:"%*"\s*)+(,\s*\{)?)re"};
    const std::string code = outline(rules::read(rules::source_dir / path));
    std::size_t checked = 0;
    for (std::sregex_iterator at{code.begin(), code.end(), sentence}; at != std::sregex_iterator{}; ++at) {
        const std::string found = at->str();
        const auto places = std::count(found.begin(), found.end(), '%');
        const auto brace = static_cast<std::size_t>(at->position() + at->length()) - 1;
        if (places != 0) {
            ++checked;
            EXPECT_EQ(places, (*at)[1].matched ? pieces_in(code, brace) : 0)
                << path << ": " << code.substr(brace, 80);
        }
    }
    return checked;
}

TEST(Patterns, HaveOnePiecePerPlace)
{
    std::size_t checked = 0;
    for (const std::string& path : rules::files_in({"proto", "privsep", "daemon", "ctl"}, {".cpp", ".h"})) {
        checked += check_patterns(path);
    }
    EXPECT_GT(checked, 100U); // fewer: the search no longer finds them
}

} // namespace
