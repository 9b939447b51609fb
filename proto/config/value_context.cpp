#include "proto/config/value_context.h"

#include "proto/config/comments.h"

namespace config
{

void ValueContext::report(Position at, base::Pattern pattern, Pieces pieces) const
{
    errors_.add(at, "{}: {}", {option_.name, base::filled(pattern, pieces)});
}

void ValueContext::refuse(base::Pattern expected, Pieces pieces) const
{
    report(value_.at, "found {}, expected {}{}",
           {shown(value_.text), base::filled(expected, pieces), comment_hint(value_.text)});
}

void ValueContext::report_too_many(std::size_t max, std::string_view what) const
{
    report(value_.at, "found more than {} {}, expected at most {}", {max, what, max});
}

std::vector<Word> ValueContext::items(std::string_view expected, std::size_t max) const
{
    std::vector<Word> list;
    if (value_.text.empty()) {
        refuse("{}", {expected});
    }
    std::size_t at = 0;
    while (at < value_.text.size()) {
        const std::size_t end = std::min(value_.text.find_first_of(" \t", at), value_.text.size());
        const Word item = part(value_, at, end - at);
        if (starts_comment(item.text[0])) {
            report(item.at, "found {}, expected {}{}", {shown(item.text), expected, comment_hint(item.text)});
            break;
        }
        if (list.size() == max) {
            report(item.at, "found too many items, expected at most {}", {max});
            break;
        }
        list.push_back(item);
        at = std::min(value_.text.find_first_not_of(" \t", end), value_.text.size());
    }
    return list;
}

std::string_view comment_hint(std::string_view value) noexcept
{
    return find_comment(value) == value.npos ? "" : "; a comment must be on its own line";
}

} // namespace config
