#include "proto/config/values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "proto/base/text.h"
#include "proto/config/names.h"
#include "proto/config/record_data.h"
#include "proto/config/suffix.h"
#include "proto/config/value_context.h"
#include "proto/config/value_lists.h"

namespace config
{

namespace
{

/// RFC 4291 section 2.5.6: fe80::/10. An address with a scope, as fe80::1%eth0, is such an address, too.
/// IPv4 link-local addresses (RFC 3927) need no scope.
bool is_link_local(std::string_view text) noexcept
{
    const auto address = base::parse_address6(text.substr(0, text.find('%')));
    return address && address->bytes[0] == 0xFE && (address->bytes[1] & 0xC0) == 0x80;
}

/// The predecessor used strtoul(3), which accepts a sign, so an old config may have one.
constexpr std::string_view without_plus(std::string_view digits) noexcept
{
    return digits.starts_with('+') ? digits.substr(1) : digits;
}

constexpr std::uint64_t unit_seconds(char unit) noexcept
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

constexpr bool is_control(char c) noexcept
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

/// False if `text` is not exactly two hexadecimal digits for each of `bytes`.
bool read_hex(std::string_view text, base::MutableBytes bytes) noexcept
{
    if (text.size() != 2 * bytes.size()) {
        return false;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = base::hex_digit(text[2 * i]);
        const int low = base::hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

/// Reads one value. There is one operator() for each kind.
class ValueReader : ValueContext
{
public:
    using ValueContext::ValueContext;

    void operator()(const Number& kind) const
    {
        if (const auto number = base::parse_decimal(without_plus(value().text), kind.max);
            number && *number >= kind.min) {
            kind.store(config(), *number);
            return;
        }
        if (kind.may_be_off && value().text == "off") {
            kind.store(config(), Number::off);
            return;
        }
        refuse("a number from {} to {}{}", {kind.min, kind.max, kind.may_be_off ? ", or off" : ""});
    }

    void operator()(const Time& kind) const
    {
        if (const auto time = parse_time(value().text, kind.max); time && *time >= kind.min) {
            kind.store(config(), *time);
            return;
        }
        if (kind.may_be_never && value().text == "never") {
            kind.store(config(), base::never);
            return;
        }
        refuse("a time from {}s to {}s, like 90s, 5m, 12h or 1d{}",
               {kind.min.count(), kind.max.count(), kind.may_be_never ? ", or never" : ""});
    }

    void operator()(const DomainName& kind) const { store_name(read_name(value().text), kind.store); }
    void operator()(const Mailbox& kind) const { store_name(read_mailbox(value().text), kind.store); }

    void operator()(const NameList& kind) const
    {
        auto& names = kind.list(config());
        auto& places = kind.places(config());
        names.clear();
        places.clear();
        for (const Word& item : items("domain names separated by spaces", kind.max)) {
            const auto name = read_name(item.text);
            if (const auto* error = std::get_if<ValueError>(&name)) {
                const auto reason = is_address(item.text) ? why_no_address(dns::Type::ns) : "";
                report(part(item, error->offset, 0).at, "{}{}", {error->text, reason});
            } else if (add_once(names, std::get<dns::Name>(name))) {
                places.push_back(item.at);
            }
        }
    }

    void operator()(const AddressList& kind) const
    {
        auto& addresses = kind.list(config());
        addresses.clear();
        for (const Word& item : items("IPv4 or IPv6 addresses separated by spaces", kind.max)) {
            if (is_link_local(item.text)) {
                report(item.at,
                       "found {}, expected an address that is not link-local: such an address is valid only "
                       "with an interface",
                       {shown(item.text)});
            } else if (const auto address = base::parse_address(item.text)) {
                add_once(addresses, *address);
            } else {
                report(item.at, "found {}, expected an IPv4 or IPv6 address", {shown(item.text)});
            }
        }
    }

    void operator()(const Account& kind) const
    {
        constexpr std::size_t max_bytes =
            255; // Linux's LOGIN_NAME_MAX without the terminating null (limits.h)
        const std::string_view name = value().text;
        if (name.empty() || name.size() > max_bytes || std::ranges::any_of(name, is_blank)) {
            refuse("a {} name of 1 to 255 bytes without spaces", {option().name});
        } else if (name == kind.forbidden) {
            refuse("a {} other than {}", {option().name, kind.forbidden});
        } else {
            kind.store(config(), name);
        }
    }

    void operator()(const Choice& kind) const
    {
        std::string_view words = kind.words;
        for (std::size_t which = 0; !words.empty(); ++which) {
            const std::string_view word = words.substr(0, words.find_first_of(", "));
            if (word == value().text) {
                kind.store(config(), which);
                return;
            }
            words.remove_prefix(word.size());
            for (const std::string_view between : {", ", " or "}) {
                words.remove_prefix(words.starts_with(between) ? between.size() : 0);
            }
        }
        refuse("{}", {kind.words});
    }

    void operator()(const PlainText& kind) const
    {
        const std::string_view text = value().text;
        const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
        if (text.empty() || text.size() > kind.max || !printable) {
            refuse("printable ASCII text of 1 to {} bytes", {kind.max});
        } else {
            kind.store(config(), text, value().at);
        }
    }

    void operator()(const SocketPath& kind) const
    {
        const std::string_view text = value().text;
        const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
        if (text != "off" && (!text.starts_with('/') || text.size() > kind.max || !printable)) {
            refuse("an absolute path of at most {} bytes, or off", {kind.max});
        } else {
            kind.store(config(), text);
        }
    }

    /// The value is a secret, so an error contains only its length.
    void operator()(const HexSecret& kind) const
    {
        base::SipKey secret{};
        auto& list = kind.list(config());
        if (!read_hex(value().text, secret)) {
            report(value().at, "found {} bytes, expected {} hexadecimal digits (0 to 9, a to f)",
                   {value().text.size(), 2 * secret.size()});
        } else if (list.size() == kind.max) {
            report_too_many(kind.max, "secrets");
        } else {
            list.reserve(kind.max); // reallocation would leave copies in freed memory
            list.push_back(secret);
        }
        base::wipe(secret);
    }

    void operator()(const TokenText& kind) const
    {
        constexpr std::string_view expected = ", expected 1 to 255 bytes";
        static_assert(base::Token::max_bytes == 255);
        const std::string_view text = value().text;
        if (text.empty()) {
            report(value().at, "found nothing{}; remove this line if you want no token", {expected});
        } else if (const std::size_t tab = text.find('\t'); tab != std::string_view::npos) {
            report(part(value(), tab, 0).at, "found a tab, expected printable text");
        } else if (text.size() > base::Token::max_bytes) {
            report(value().at, "found {} bytes{}", {text.size(), expected});
        } else if (has_room(kind)) {
            kind.list(config()).push_back({base::CompactToken{base::as_bytes(text)}, false, value().at});
        }
    }

    /// An error does not quote the value: a weak token can be found from its hash.
    void operator()(const HashText& kind) const
    {
        if (const auto hash = base::parse_token_hash(value().text); !hash) {
            report(value().at, "found {} bytes, expected {} and 64 Base64 digits, as printed by nanodnsd {}",
                   {value().text.size(), base::TokenHash::scheme,
                    option().name == "token_hash" ? "--hash-token" : "--acme-json"});
        } else if (has_room(kind)) {
            kind.list(config()).push_back(Secret::of(*hash, value().at));
        }
    }

    void operator()(const NetworkList& kind) const { read_networks(kind, *this); }
    void operator()(const HostNames& kind) const { read_host_names(kind, *this); }
    void operator()(const Suffix& kind) const
    {
        const auto read = read_suffix(value().text);
        if (const auto* const error = std::get_if<ValueError>(&read)) {
            refuse("{}", {error->text});
        } else {
            kind.store(config(), std::get<base::Address6>(read));
        }
    }

    void operator()(const HostAddress4& kind) const
    {
        if (const auto address = base::parse_address4(value().text)) {
            add_address(kind.list(config()), *address, kind.max);
        } else if (base::parse_address6(value().text)) {
            refuse("an IPv4 address; use aaaa= for an IPv6 address");
        } else {
            refuse("an IPv4 address");
        }
    }

    void operator()(const HostAddress6& kind) const
    {
        if (const auto address = base::parse_address6(value().text)) {
            add_address(kind.list(config()), *address, kind.max);
        } else if (base::parse_address4(value().text)) {
            refuse("an IPv6 address; use a= for an IPv4 address");
        } else {
            refuse("an IPv6 address");
        }
    }

    /// RFC 2181 section 5: an RRset has no duplicates, so a second identical record is ignored.
    void operator()(const HostRecord& kind) const
    {
        auto read = read_data(kind.type, value().text, config().server.domain);
        if (const auto* error = std::get_if<ValueError>(&read)) {
            report(part(value(), error->offset, 0).at, "{}", {error->text});
            return;
        }
        auto& data = std::get<RecordData>(read);
        auto& records = config().hosts.back().records;
        std::size_t count = 0;
        for (const Record& record : records) {
            if (record.type == kind.type && record.data == data) {
                return;
            }
            count += record.type == kind.type ? 1 : 0;
        }
        if (count == kind.max) {
            report_too_many(kind.max, "records of this type");
            return;
        }
        records.push_back({kind.type, std::move(data), value().at});
    }

private:
    /// For one more secret.
    template <typename Kind>
    bool has_room(const Kind& kind) const
    {
        const bool has_room = kind.list(config()).size() < kind.max;
        if (!has_room) {
            report_too_many(kind.max, "secrets");
        }
        return has_room;
    }

    void store_name(const NameOrError& read, void (*store)(Config&, const dns::Name&)) const
    {
        if (const auto* error = std::get_if<ValueError>(&read)) {
            report(part(value(), error->offset, 0).at, "{}{}", {error->text, comment_hint(value().text)});
            return;
        }
        store(config(), std::get<dns::Name>(read));
    }

    /// RFC 2181 section 5: an RRset has no duplicates, so a second identical address is ignored.
    template <typename Address>
    void add_address(std::vector<Address>& list, const Address& address, std::size_t max) const
    {
        if (add_once(list, address) && list.size() > max) {
            list.pop_back();
            report_too_many(max, "addresses of this type");
        }
    }
};

} // namespace

void read_value(const Option& option, const Word& value, Config& config, Errors& errors)
{
    if (const auto control = find_control(value.text)) {
        errors.add(part(value, *control, 0).at, "{}: found a control character, expected printable text",
                   {option.name});
        return;
    }
    std::visit(ValueReader{option, value, config, errors}, option.kind);
}

std::optional<base::Seconds> parse_time(std::string_view text, base::Seconds max) noexcept
{
    std::uint64_t factor = 1;
    if (!text.empty() && unit_seconds(text.back()) != 0) {
        factor = unit_seconds(text.back());
        text.remove_suffix(1);
    }
    const auto count =
        base::parse_decimal(without_plus(text), static_cast<std::uint64_t>(max.count()) / factor);
    if (!count) {
        return std::nullopt;
    }
    return base::Seconds{static_cast<std::int64_t>(*count * factor)};
}

std::optional<std::size_t> find_control(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) { // std::find_if() makes a call for each byte of the config
        if (is_control(text[i]) && text[i] != '\t') {
            return i;
        }
    }
    return std::nullopt;
}

} // namespace config
