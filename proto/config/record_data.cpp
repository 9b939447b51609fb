#include "proto/config/record_data.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "proto/base/text.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"

namespace config
{

namespace
{

constexpr std::size_t max_string = 255; // RFC 1035 section 3.3: a length in one byte
constexpr std::size_t max_tag = 15;     // RFC 8659 section 4.1: letters and digits; RFC 6844 bounds them

/// For people.
constexpr const char* form_of(dns::Type type) noexcept
{
    switch (type) {
    case dns::Type::mx:
        return "PREFERENCE NAME, like 10 mail.example.org";
    case dns::Type::srv:
        return "PRIORITY WEIGHT PORT NAME, like 0 5 5060 sip.example.org";
    case dns::Type::txt:
        return "text, best in quotes";
    case dns::Type::caa:
        return "FLAGS TAG VALUE, like 0 issue \"ca.example.net\"";
    default:
        return "NAME, like home.example.org";
    }
}

constexpr bool begins_comment(char c) noexcept
{
    return c == '#' || c == ';';
}

/// Reads fields from the front of a value and makes data of them. Of complaints the first one counts.
class FieldReader
{
public:
    FieldReader(std::string_view value, const char* form) noexcept : value_(value), form_(form) {}

    /// A number of one or two bytes.
    std::optional<std::uint64_t> number(std::size_t bytes, std::string_view what)
    {
        const std::uint64_t max = bytes == 1 ? 0xFF : 0xFFFF;
        const std::size_t begin = skip_blanks();
        const std::string_view text = word();
        const auto number = base::parse_decimal(text, max);
        if (!number) {
            complain(begin, "found {}, expected {} from 0 to {} in {}", {shown(text), what, max, form_});
            return std::nullopt;
        }
        if (bytes == 2) {
            data_ += static_cast<char>(*number >> 8);
        }
        data_ += static_cast<char>(*number);
        return number;
    }

    /// Nothing where it is none; the root is one where it is `rootable`.
    std::optional<dns::Name> name(const dns::Name& domain, bool rootable = false)
    {
        const std::size_t begin = skip_blanks();
        const std::string_view text = word();
        dns::Name name;
        if (text.empty()) {
            complain(begin, "found nothing, expected a domain name in {}", {form_});
            return std::nullopt;
        }
        if (text != "." || !rootable) {
            auto read = read_name(text);
            if (const auto* complaint = std::get_if<Complaint>(&read)) {
                complain(begin + complaint->offset, "{}", {complaint->text});
                return std::nullopt;
            }
            name = std::get<dns::Name>(read);
            if (name.labels() == 1 && !text.ends_with('.')) {
                complain(begin, "{}", {single_label(text, domain)});
                return std::nullopt;
            }
        }
        data_ += base::as_text(name.wire());
        return name;
    }

    void tag()
    {
        const std::size_t begin = skip_blanks();
        const std::string_view text = word();
        const bool known = !text.empty() && text.size() <= max_tag && std::ranges::all_of(text, [](char c) {
            return base::is_letter(c) || base::is_digit(c);
        });
        if (!known) {
            complain(begin, "found {}, expected a tag of 1 to {} letters and digits in {}",
                     {shown(text), max_tag, form_});
            return;
        }
        data_ += static_cast<char>(text.size());
        data_ += text;
    }

    /// Of at most 255 bytes, behind its length.
    void counted_string()
    {
        const std::size_t begin = skip_blanks();
        const std::size_t length_at = data_.size();
        data_ += '\0';
        string();
        const std::size_t size = data_.size() - length_at - 1;
        if (size > max_string) {
            complain(begin,
                     "found a string of {} bytes, expected at most {}; split it into several, each in "
                     "quotes, which belong together",
                     {size, max_string});
            return;
        }
        data_[length_at] = static_cast<char>(size);
    }

    /// Bytes of a string in quotes or bare.
    void string()
    {
        skip_blanks();
        if (at_ == value_.size()) {
            complain(at_, "found nothing, expected {}", {form_});
        } else if (value_[at_] == '"') {
            quoted();
        } else {
            bare();
        }
    }

    bool at_end()
    {
        skip_blanks();
        return complaint_ || at_ == value_.size();
    }

    DataOrComplaint finish()
    {
        if (!at_end()) {
            const std::size_t begin = at_;
            const bool comment = begins_comment(value_[begin]);
            complain(begin, "found {}, expected the line to end in {}{}",
                     {shown(word()), form_, comment ? "; a comment needs a line of its own" : ""});
        }
        if (complaint_) {
            return std::move(*complaint_);
        }
        return RecordData{data_.begin(), data_.end()};
    }

    void complain(std::size_t offset, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {})
    {
        if (!complaint_) {
            complaint_ = Complaint{offset, base::filled(pattern, pieces)};
        }
    }

private:
    std::size_t skip_blanks() noexcept
    {
        at_ = std::min(value_.find_first_not_of(" \t", at_), value_.size());
        return at_;
    }

    std::string_view word() noexcept
    {
        const std::size_t end = std::min(value_.find_first_of(" \t", at_), value_.size());
        const std::string_view text = value_.substr(at_, end - at_);
        at_ = end;
        return text;
    }

    static std::string single_label(std::string_view text, const dns::Name& domain)
    {
        const auto whole = domain.is_root() ? std::nullopt : domain.child(text);
        std::string meant = "home.dyn.example.org";
        if (whole) {
            meant = whole->lowered().to_text();
            meant.pop_back(); // the dot
        }
        return base::filled(
            "found {}, expected a whole name{}{}{}",
            {shown(text), whole ? "; did you mean " : ", like ", shown(meant), whole ? "?" : ""});
    }

    void quoted()
    {
        const std::size_t begin = at_++;
        while (at_ < value_.size() && value_[at_] != '"') {
            if (!byte()) {
                return;
            }
        }
        if (at_ == value_.size()) {
            complain(begin, "found a quote that is not closed, expected another at the end of the text");
            return;
        }
        ++at_;
        if (at_ < value_.size() && !is_blank(value_[at_])) {
            complain(at_, R"(found text behind a closing quote, expected a blank; a quote in text is \")");
        }
    }

    void bare()
    {
        if (begins_comment(value_[at_])) {
            complain(
                at_,
                "found {}, expected text, in quotes where it begins so; a comment needs a line of its own",
                {shown(value_.substr(at_, 1))});
            return;
        }
        while (at_ < value_.size() && !is_blank(value_[at_])) {
            const auto c = value_[at_];
            if (c == '"') {
                complain(at_, R"(found a quote within text, expected it at the beginning, or \")");
                return;
            }
            if (static_cast<unsigned char>(c) > '~') {
                complain(at_, "found {}, expected text in quotes where it is not ASCII",
                         {shown(value_.substr(at_, 1))});
                return;
            }
            if (!byte()) {
                return;
            }
        }
    }

    /// Takes one byte, escaped or not, to the data.
    bool byte()
    {
        if (value_[at_] != '\\') {
            data_ += value_[at_++];
            return true;
        }
        const std::string_view behind = value_.substr(at_ + 1);
        if (!behind.empty() && !base::is_digit(behind[0])) {
            data_ += behind[0];
            at_ += 2;
            return true;
        }
        constexpr std::size_t digits = 3;
        const auto number =
            behind.size() < digits ? std::nullopt : base::parse_decimal(behind.substr(0, digits), 255);
        if (!number) {
            complain(at_, R"(found {}, expected \", \\, or \ and three digits of at most 255)",
                     {shown(value_.substr(at_, digits + 1))});
            return false;
        }
        data_ += static_cast<char>(*number);
        at_ += digits + 1;
        return true;
    }

    std::string_view value_;
    const char* form_; ///< of the whole value, for people
    std::size_t at_ = 0;
    std::string data_; ///< bytes
    std::optional<Complaint> complaint_;
};

void mx(FieldReader& in, const dns::Name& domain)
{
    const auto preference = in.number(2, "a preference");
    const auto name = preference ? in.name(domain, true) : std::nullopt;
    if (name && name->is_root() && *preference != 0) {
        in.complain(0, "found preference {} with the target \".\", expected 0 (RFC 7505)", {*preference});
    }
}

} // namespace

DataOrComplaint read_data(dns::Type type, std::string_view value, const dns::Name& domain)
{
    FieldReader in{value, form_of(type)};
    switch (type) {
    case dns::Type::mx:
        mx(in, domain);
        break;
    case dns::Type::srv:
        for (const char* what : {"a priority", "a weight", "a port"}) {
            in.number(2, what);
        }
        in.name(domain, true);
        break;
    case dns::Type::txt:
        do {
            in.counted_string();
        } while (!in.at_end());
        break;
    case dns::Type::caa:
        in.number(1, "flags");
        in.tag();
        in.string();
        break;
    default: // CNAME and NS
        in.name(domain);
    }
    return in.finish();
}

} // namespace config
