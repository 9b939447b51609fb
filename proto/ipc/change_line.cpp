#include "proto/ipc/change_line.h"

#include <algorithm>

#include "proto/base/bytes.h"
#include "proto/base/text.h"

namespace ipc
{

namespace
{

template <typename Value>
void write_record(const char* type, const RecordChange<Value>& change, std::string& text)
{
    const char* separator = text.empty() ? "" : ", ";
    if (change.is_removed) {
        base::append(text, "{}{} removed", {separator, type});
    } else if (change.now) {
        base::append(text, "{}{} {}", {separator, type, base::to_text(*change.now)});
        if (change.before) {
            base::append(text, " (was {})", {base::to_text(*change.before)});
        }
    }
}

void write_values(const std::vector<ChangeLine::Challenge>& values, const char* what, std::string& text)
{
    for (const ChangeLine::Challenge& value : values) {
        base::append(text, "{}TXT {} {}", {text.empty() ? "" : ", ", base::as_text(value), what});
    }
}

/// Of an update: "by dyndns2 from 192.0.2.7".
std::string text_of(const Origin& origin)
{
    if (origin.administrator) {
        const auto& [uid, is_claimed] = *origin.administrator;
        return uid ? base::filled("by an administrator, {} {}", {is_claimed ? "says uid" : "uid", *uid})
                   : "by an administrator";
    }
    return base::filled("by {} {}{}", {to_text(origin.dialect.value_or(Dialect::dyndns2)),
                                       origin.client ? "from " : "through a proxy",
                                       origin.client ? base::to_text(*origin.client) : std::string{}});
}

std::string text_of_changes(const ChangeLine& line)
{
    std::string text;
    write_record("A", line.a, text);
    write_record("AAAA", line.aaaa, text);
    write_record("prefix", line.prefix, text);
    write_values(line.added, "added", text);
    write_values(line.removed, "removed", text);
    return text.empty() ? "no address" : text;
}

void write_followers(const ChangeLine& line, std::string& text)
{
    if (line.all_followers == 0) {
        return;
    }
    base::append(text, ", with {} follower{} (", {line.all_followers, line.all_followers == 1 ? "" : "s"});
    const char* separator = "";
    for (const dns::Name& follower : line.followers) {
        base::append(text, "{}{}", {separator, follower.to_text()});
        separator = ", ";
    }
    text += line.all_followers > line.followers.size() ? std::string{separator} + "...)" : ")";
}

/// Reads a line from left to right. After an error, all of it is invalid.
class LineReader
{
public:
    explicit LineReader(std::string_view text) noexcept : left_(text) {}

    std::optional<ChangeLine> read()
    {
        line_.host = read_name(word(" "));
        if (eat("unchanged, ")) {
            line_.is_unchanged = true;
            read_cause();
        } else {
            read_changes();
        }
        return is_valid_ && left_.empty() ? std::optional{line_} : std::nullopt;
    }

private:
    bool eat(std::string_view literal) noexcept
    {
        const bool is_next = left_.starts_with(literal);
        left_.remove_prefix(is_next ? literal.size() : 0);
        return is_next;
    }
    /// The text up to one of these characters, which is not taken.
    std::string_view text_up_to(std::string_view ends) noexcept
    {
        const std::string_view text = left_.substr(0, left_.find_first_of(ends));
        left_.remove_prefix(text.size());
        return text;
    }
    /// The text up to the end, which is taken.
    std::string_view word(std::string_view end) noexcept
    {
        const std::string_view text = left_.substr(0, left_.find(end));
        left_.remove_prefix(text.size());
        is_valid_ = eat(end) && is_valid_;
        return text;
    }
    template <typename Value>
    Value taken(const std::optional<Value>& value)
    {
        is_valid_ = is_valid_ && value;
        return value.value_or(Value{});
    }
    dns::Name read_name(std::string_view text) { return taken(dns::Name::from_text(text)); }
    std::uint32_t read_number()
    {
        constexpr std::uint64_t most = 0xFFFFFFFF;
        return static_cast<std::uint32_t>(taken(base::parse_decimal(text_up_to(" ,)"), most)));
    }

    static std::optional<base::Address4> parse(std::string_view text, const base::Address4& /*kind*/)
    {
        return base::parse_address4(text);
    }
    static std::optional<base::Address6> parse(std::string_view text, const base::Address6& /*kind*/)
    {
        return base::parse_address6(text);
    }
    static std::optional<base::Prefix6> parse(std::string_view text, const base::Prefix6& /*kind*/)
    {
        const std::size_t slash = std::min(text.find('/'), text.size());
        const auto address = base::parse_address6(text.substr(0, slash));
        const auto length = base::parse_decimal(text.substr(std::min(slash + 1, text.size())), 128);
        return address && length ? std::optional{base::Prefix6{*address, static_cast<std::uint8_t>(*length)}}
                                 : std::nullopt;
    }
    template <typename Value>
    void read_record(RecordChange<Value>& change)
    {
        if (eat("removed")) {
            change.is_removed = true;
            return;
        }
        change.now = taken(parse(text_up_to(" ,"), Value{}));
        if (eat(" (was ")) {
            change.before = taken(parse(word(")"), Value{}));
        }
    }
    void read_value()
    {
        const std::string_view text = word(" ");
        ChangeLine::Challenge value{};
        is_valid_ = is_valid_ && text.size() == value.size();
        std::copy_n(text.begin(), std::min(text.size(), value.size()), value.begin());
        (eat("added") ? line_.added : line_.removed).push_back(value);
        is_valid_ = is_valid_ && (left_.starts_with(',') || eat("removed"));
    }
    void read_changes()
    {
        do {
            if (eat("A ")) {
                read_record(line_.a);
            } else if (eat("AAAA ")) {
                read_record(line_.aaaa);
            } else if (eat("prefix ")) {
                read_record(line_.prefix);
            } else if (eat("TXT ")) {
                read_value();
            } else {
                eat("no address, ");
                break;
            }
        } while (is_valid_ && eat(", "));
        read_followers();
        if (!left_.starts_with("serial ")) {
            read_cause();
            is_valid_ = eat(", ") && is_valid_;
        } else {
            line_.cause = Cause::several;
        }
        read_end();
    }
    void read_followers()
    {
        if (!eat("with ")) {
            return;
        }
        line_.all_followers = read_number();
        is_valid_ = eat(line_.all_followers == 1 ? " follower (" : " followers (") && is_valid_;
        for (bool is_last = false; is_valid_ && !is_last;) {
            std::string_view name = word(" "); // it ends with a dot, and then "," or "),"
            is_valid_ = is_valid_ && name.ends_with(',');
            name.remove_suffix(name.empty() ? 0 : 1);
            is_last = name.ends_with(')');
            name.remove_suffix(is_last ? 1 : 0);
            if (name != "...") {
                line_.followers.push_back(read_name(name));
            }
        }
    }
    void read_cause()
    {
        if (eat("its lifetime expired")) {
            line_.cause = Cause::expiry;
        } else if (eat("by an administrator")) {
            Administrator& by = line_.origin.administrator.emplace();
            by.is_claimed = eat(", says uid ");
            if (by.is_claimed || eat(", uid ")) {
                by.uid = read_number();
            }
        } else {
            is_valid_ = eat("by ") && is_valid_;
            read_dialect(word(" "));
            if (!eat("through a proxy")) {
                is_valid_ = eat("from ") && is_valid_;
                line_.origin.client = taken(base::parse_address(text_up_to(",")));
            }
        }
    }
    void read_dialect(std::string_view name)
    {
        for (std::uint8_t number = 1; valid(Dialect{number}); ++number) {
            if (to_text(Dialect{number}) == name) {
                line_.origin.dialect = Dialect{number};
            }
        }
    }
    void read_end()
    {
        is_valid_ = eat("serial ") && is_valid_;
        line_.serial = read_number();
        if (eat(" (the last ") || eat(" (")) {
            line_.left_out = read_number();
            word(")");
        }
    }

    std::string_view left_;
    ChangeLine line_;
    bool is_valid_ = true;
};

} // namespace

std::string to_text(const ChangeLine& line)
{
    std::string text = line.host.to_text();
    if (line.is_unchanged) {
        base::append(text, " unchanged, {}", {text_of(line.origin)});
        return text;
    }
    base::append(text, " {}", {text_of_changes(line)});
    write_followers(line, text);
    if (line.cause != Cause::several) {
        base::append(text, ", {}",
                     {line.cause == Cause::expiry ? "its lifetime expired" : text_of(line.origin)});
    }
    base::append(text, ", serial {}", {line.serial});
    if (line.left_out != 0 || line.cause == Cause::several) {
        const bool is_last = line.cause == Cause::several;
        base::append(text, " ({}{}{} changes of this host were not logged)",
                     {is_last ? "the last " : "", line.left_out, is_last ? "" : " earlier"});
    }
    return text;
}

std::string to_short_text(ChangeLine line)
{
    std::string text = to_text(line);
    while (text.size() > longest_change_line && !line.followers.empty()) {
        line.followers.pop_back();
        text = to_text(line);
    }
    return text;
}

/// What was read must be written as the same line, so the reader need not check all of it.
std::optional<ChangeLine> read_change_line(std::string_view text)
{
    auto line = LineReader{text}.read();
    return line && to_text(*line) == text ? std::move(line) : std::nullopt;
}

} // namespace ipc
