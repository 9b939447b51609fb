#include "proto/config/record_data.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "proto/base/text.h"
#include "proto/config/comments.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"

namespace config
{

namespace
{

constexpr std::size_t max_string = 255; // bytes; RFC 1035 section 3.3: one length byte
constexpr std::size_t max_tag = 15;     // bytes; the limit is from RFC 6844, RFC 8659 has none

/// The format of a value, for error messages.
constexpr const char* form_of(dns::Type type) noexcept
{
    switch (type) {
    case dns::Type::mx:
        return "PREFERENCE NAME, like 10 mail.example.org";
    case dns::Type::srv:
        return "PRIORITY WEIGHT PORT NAME, like 0 5 5060 sip.example.org";
    case dns::Type::txt:
        return "text, preferably in quotes";
    case dns::Type::caa:
        return "FLAGS TAG VALUE, like 0 issue \"ca.example.net\"";
    default:
        return "NAME, like home.example.org";
    }
}

/// Reads the fields of a value in order and appends them to the data. Only the first error is reported.
class FieldReader
{
public:
    FieldReader(std::string_view value, const char* form) noexcept : value_(value), form_(form) {}

    /// A number of one or two `bytes`.
    std::optional<std::uint64_t> number(std::size_t bytes, std::string_view what)
    {
        const std::uint64_t max = bytes == 1 ? 0xFF : 0xFFFF;
        const std::size_t begin = skip_blanks();
        const std::string_view text = word();
        const auto number = base::parse_decimal(text, max);
        if (!number) {
            report(begin, "found {}, expected {} from 0 to {} in {}", {shown(text), what, max, form_});
            return std::nullopt;
        }
        if (bytes == 2) {
            data_ += static_cast<char>(*number >> 8);
        }
        data_ += static_cast<char>(*number);
        return number;
    }

    /// Empty after an error. `may_be_root`: whether "." is allowed.
    std::optional<dns::Name> name(dns::Type type, const dns::Name& domain, bool may_be_root = false)
    {
        const std::size_t begin = skip_blanks();
        const std::string_view text = word();
        dns::Name name;
        if (text.empty()) {
            report(begin, "found nothing, expected a domain name in {}", {form_});
            return std::nullopt;
        }
        if (text != "." || !may_be_root) {
            auto read = read_name(text);
            if (const auto* error = std::get_if<ValueError>(&read)) {
                report(begin + error->offset, "{}{}",
                       {error->text, is_address(text) ? why_no_address(type) : ""});
                return std::nullopt;
            }
            name = std::get<dns::Name>(read);
            if (name.labels() == 1 && !text.ends_with('.')) {
                report(begin, "{}", {single_label(text, domain)});
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
        const bool valid = !text.empty() && text.size() <= max_tag && std::ranges::all_of(text, [](char c) {
            return base::is_letter(c) || base::is_digit(c);
        });
        if (!valid) {
            report(begin, "found {}, expected a tag of 1 to {} letters and digits in {}",
                   {shown(text), max_tag, form_});
            return;
        }
        data_ += static_cast<char>(text.size());
        data_ += text;
    }

    /// A length byte and at most 255 bytes.
    void counted_string()
    {
        const std::size_t begin = skip_blanks();
        const std::size_t length_at = data_.size();
        data_ += '\0';
        string();
        const std::size_t size = data_.size() - length_at - 1;
        if (size > max_string) {
            report(begin,
                   "found a string of {} bytes, expected at most {}; split it into several quoted "
                   "strings, which clients join",
                   {size, max_string});
            return;
        }
        data_[length_at] = static_cast<char>(size);
    }

    /// A string, quoted or not, without a length byte.
    void string()
    {
        skip_blanks();
        if (at_ == value_.size()) {
            report(at_, "found nothing, expected {}", {form_});
        } else if (value_[at_] == '"') {
            quoted();
        } else {
            bare();
        }
    }

    bool at_end()
    {
        skip_blanks();
        return error_ || at_ == value_.size();
    }

    DataOrError finish()
    {
        if (!at_end()) {
            const std::size_t begin = at_;
            const bool comment = starts_comment(value_[begin]);
            report(begin, "found {}, expected the end of the line after {}{}",
                   {shown(word()), form_, comment ? "; a comment must be on its own line" : ""});
        }
        if (error_) {
            return std::move(*error_);
        }
        return RecordData{data_.begin(), data_.end()};
    }

    void report(std::size_t offset, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {})
    {
        if (!error_) {
            error_ = ValueError{offset, base::filled(pattern, pieces)};
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
        std::string suggestion = "home.dyn.example.org";
        if (whole) {
            suggestion = whole->lowered().to_text();
            suggestion.pop_back(); // the trailing dot
        }
        return base::filled(
            "found {}, expected a full domain name{}{}{}",
            {shown(text), whole ? "; did you mean " : ", like ", shown(suggestion), whole ? "?" : ""});
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
            report(begin, "found an opening quote, expected a closing quote at the end of the text");
            return;
        }
        ++at_;
        if (at_ < value_.size() && !is_blank(value_[at_])) {
            report(at_, R"(found text after a closing quote, expected a space; write \" inside of text)");
        }
    }

    void bare()
    {
        if (starts_comment(value_[at_])) {
            report(at_,
                   "found {}, expected text (in quotes if it starts like this); a comment must be on its own "
                   "line",
                   {shown(value_.substr(at_, 1))});
            return;
        }
        while (at_ < value_.size() && !is_blank(value_[at_])) {
            const auto c = value_[at_];
            if (c == '"') {
                report(at_,
                       R"(found a quote inside of text, expected it at the start; write \" inside of text)");
                return;
            }
            if (static_cast<unsigned char>(c) > '~') {
                report(at_, "found {}, expected quotes around text that is not ASCII",
                       {shown(value_.substr(at_, 1))});
                return;
            }
            if (!byte()) {
                return;
            }
        }
    }

    /// Appends one byte, escaped or not, to the data. False after an error.
    bool byte()
    {
        if (value_[at_] != '\\') {
            data_ += value_[at_++];
            return true;
        }
        const std::string_view escape = value_.substr(at_ + 1);
        if (!escape.empty() && !base::is_digit(escape[0])) {
            data_ += escape[0];
            at_ += 2;
            return true;
        }
        constexpr std::size_t digits = 3;
        const auto number =
            escape.size() < digits ? std::nullopt : base::parse_decimal(escape.substr(0, digits), 255);
        if (!number) {
            report(at_, R"(found {}, expected \", \\, or \ and three decimal digits from 000 to 255)",
                   {shown(value_.substr(at_, digits + 1))});
            return false;
        }
        data_ += static_cast<char>(*number);
        at_ += digits + 1;
        return true;
    }

    std::string_view value_;
    const char* form_; ///< the format of the whole value, for error messages
    std::size_t at_ = 0;
    std::string data_;
    std::optional<ValueError> error_;
};

void mx(FieldReader& in, const dns::Name& domain)
{
    const auto preference = in.number(2, "a preference");
    const auto name = preference ? in.name(dns::Type::mx, domain, true) : std::nullopt;
    if (name && name->is_root() && *preference != 0) {
        in.report(0, "found preference {} with target \".\", expected preference 0 (RFC 7505)",
                  {*preference});
    }
}

} // namespace

std::string_view why_no_address(dns::Type type) noexcept
{
    switch (type) {
    case dns::Type::mx:
        return ": an MX record holds the name of a host, which has the address (RFC 1035 section 3.3.9, RFC "
               "2181 section 10.3)";
    case dns::Type::srv:
        return ": an SRV record holds the name of a host, which has the address (RFC 2782)";
    case dns::Type::cname:
        return ": a CNAME record holds a name (RFC 1035 section 3.3.1); use a= or aaaa= for an address";
    default:
        return ": an NS record holds the name of a host, which has the address (RFC 1035 section 3.3.11, RFC "
               "2181 section 10.3)";
    }
}

DataOrError read_data(dns::Type type, std::string_view value, const dns::Name& domain)
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
        in.name(type, domain, true);
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
        in.name(type, domain);
    }
    return in.finish();
}

} // namespace config
