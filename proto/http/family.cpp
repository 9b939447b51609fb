#include "proto/http/family.h"

#include <algorithm>

#include "proto/base/address_kinds.h"
#include "proto/base/text.h"
#include "proto/http/list.h"

namespace http
{

using base::Address4;
using base::Address6;
using base::Prefix6;

namespace
{

/// An address with what follows a '/' or a '%'.
struct Split {
    std::optional<Address4> four;
    std::optional<Address6> six;
    std::optional<std::string_view> length; ///< what follows the '/'
    bool has_zone_index = false;
};

Split split(std::string_view text)
{
    Split result;
    const std::size_t slash = text.find('/');
    const std::size_t percent = text.find('%');
    const std::string_view address = text.substr(0, std::min(slash, percent));
    if (percent == std::string_view::npos) {
        result.four = base::parse_address4(address);
    }
    result.six = base::parse_address6(address);
    result.has_zone_index = result.six && percent < slash;
    if (slash != std::string_view::npos) {
        result.length = text.substr(slash + 1);
    }
    return result;
}

/// IPv4-mapped (RFC 4291 section 2.5.5.2) is the IPv4 address.
void undo_mapping(Split& split)
{
    if (split.six && !split.length && base::Address{*split.six}.is4()) {
        split.four = base::Address{*split.six}.as4();
        split.six.reset();
    }
}

} // namespace

void AddressReader::refuse(Sentence sentence, std::string_view value)
{
    if (!problem_) {
        problem_ = Problem{sentence, std::string{value}};
    }
}

/// True if it was `auto`, `preserve` or empty.
template <typename Value>
bool AddressReader::read_word(std::string_view value, Said<Value>& said)
{
    says_something_ = true;
    if (value.empty()) {
        said.removes = true;
        return true;
    }
    if (value == "preserve") {
        said.keeps = true;
        return true;
    }
    names_something_ = true;
    said.wants_own = said.wants_own || value == "auto";
    return value == "auto";
}

void AddressReader::read_either(std::string_view list)
{
    says_something_ = true;
    bool is_empty = true;
    for_each_item(list, [&](std::string_view item) {
        is_empty = false;
        read_item(item);
    });
    wants_own_either_ = wants_own_either_ || is_empty;
}

void AddressReader::read_item(std::string_view item)
{
    if (item == "preserve") {
        four_.keeps = true;
        six_.keeps = true;
        return;
    }
    names_something_ = true;
    if (item == "auto") {
        wants_own_either_ = true;
        return;
    }
    Split parts = split(item);
    undo_mapping(parts);
    if (parts.has_zone_index) {
        refuse(Sentence::zone_index);
    } else if (parts.four) {
        if (parts.length) {
            refuse(Sentence::length_of_address4, item);
        }
        set4(*parts.four, item);
    } else if (!parts.six) {
        refuse(Sentence::no_address, item);
    } else if (parts.length) {
        read_with_length(*parts.six, item, false);
    } else {
        set6(*parts.six, item);
    }
}

void AddressReader::read4(std::string_view value)
{
    if (read_word(value, four_)) {
        return;
    }
    const Split parts = split(value);
    if (!parts.four) {
        refuse(Sentence::no_address4, value);
    } else if (parts.length) {
        refuse(Sentence::length_of_address4, value);
    } else {
        set4(*parts.four, value);
    }
}

void AddressReader::read6(std::string_view value)
{
    if (read_word(value, six_)) {
        return;
    }
    const Split parts = split(value);
    if (!parts.six) {
        refuse(Sentence::no_address6, value);
    } else if (parts.has_zone_index) {
        refuse(Sentence::zone_index);
    } else if (parts.length) {
        read_with_length(*parts.six, value, false);
    } else {
        set6(*parts.six, value);
    }
}

void AddressReader::read_prefix(std::string_view value)
{
    if (read_word(value, prefix_)) {
        return;
    }
    const Split parts = split(value);
    if (!parts.six || parts.has_zone_index) {
        refuse(Sentence::no_prefix, value);
    } else if (parts.length) {
        read_with_length(*parts.six, value, true);
    } else if (base::is_unspecified(*parts.six)) {
        prefix_.removes = true;
    } else {
        set_prefix(base::prefix_of(*parts.six, usual_prefix_length), value);
    }
}

/// The address alone with a length of 128; the prefix alone if all bits after the length are zero.
void AddressReader::read_with_length(const Address6& address, std::string_view text, bool is_prefix)
{
    const std::string_view digits = text.substr(text.find('/') + 1);
    if (digits.empty() || !base::is_digit(digits.front())) {
        return refuse(is_prefix ? Sentence::no_prefix : Sentence::no_address6, text);
    }
    if (!std::ranges::all_of(digits, base::is_digit)) {
        return refuse(Sentence::glued_suffix, text);
    }
    const auto length = static_cast<std::uint8_t>(base::parse_decimal(digits, 128).value_or(0));
    if (length == 128 && !is_prefix) {
        return set6(address, text);
    }
    if (length < min_prefix_length || length > max_prefix_length) {
        return refuse(Sentence::bad_length, text);
    }
    const Prefix6 prefix = base::prefix_of(address, length);
    if (!base::can_be_of_host(prefix.address)) {
        return refuse(is_prefix ? Sentence::impossible_address : Sentence::no_address6, text);
    }
    set_prefix(prefix, text);
    if (!is_prefix && prefix.address != address) {
        set6(address, text);
    }
}

void AddressReader::set4(const Address4& address, std::string_view text)
{
    if (four_.value.value_or(address) != address) {
        refuse(Sentence::two_addresses4);
    }
    four_.value = address;
    four_.text = text;
}

void AddressReader::set6(const Address6& address, std::string_view text)
{
    if (six_.value.value_or(address) != address) {
        refuse(Sentence::two_addresses6);
    }
    six_.value = address;
    six_.text = text;
}

void AddressReader::set_prefix(const Prefix6& prefix, std::string_view text)
{
    if (!base::can_be_of_host(prefix.address)) {
        refuse(Sentence::impossible_address, text);
    }
    if (prefix_.value.value_or(prefix) != prefix) {
        refuse(Sentence::two_prefixes);
    }
    prefix_.value = prefix;
    prefix_.text = text;
}

void AddressReader::check_address4()
{
    if (!four_.value) {
        return;
    }
    if (base::is_unspecified(*four_.value)) {
        four_.value.reset();
        four_.removes = true;
    } else if (!base::can_be_of_host(*four_.value)) {
        refuse(Sentence::impossible_address, four_.text);
    }
}

/// An interface identifier gets the prefix. Any other address that no host can have counts as missing beside
/// a prefix: routers send their link-local address there, and a host with a suffix ignores the value.
void AddressReader::complete_address6()
{
    if (!six_.value) {
        return;
    }
    if (base::is_unspecified(*six_.value)) {
        six_.value.reset();
        six_.removes = true;
        return;
    }
    if (base::can_be_of_host(*six_.value)) {
        return;
    }
    constexpr Address6 loopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    const std::uint8_t length = prefix_.value ? prefix_.value->length : usual_prefix_length;
    const bool is_identifier = !base::Address{*six_.value}.is4() &&
                               base::is_unspecified(base::prefix_of(*six_.value, length).address);
    if (!prefix_.value) {
        return refuse(is_identifier && *six_.value != loopback ? Sentence::lone_identifier
                                                               : Sentence::impossible_address,
                      six_.text);
    }
    if (!is_identifier) {
        return six_.value.reset();
    }
    six_.value = base::with_suffix(*prefix_.value, *six_.value);
    six_.is_own = prefix_.is_own;
}

/// Only where the request says nothing else of the family.
template <typename Address>
void AddressReader::take_own(Said<Address>& said, const Address& own)
{
    if (!said.is_missing()) {
        return;
    }
    if (!base::can_be_of_host(own)) {
        return refuse(Sentence::own_unreachable, base::to_text(client_.address));
    }
    said.value = own;
    said.is_own = true;
}

void AddressReader::take_own_addresses()
{
    const bool wants4 = four_.wants_own && four_.is_missing();
    const bool wants6 = six_.wants_own && six_.is_missing();
    const bool wants_either = wants_own_either_ && (four_.is_missing() || six_.is_missing());
    if (!(wants4 || wants6 || wants_either)) {
        return;
    }
    if (!client_.is_known) {
        return refuse(Sentence::own_unknown);
    }
    if (client_.address.is4()) {
        six_.keeps = six_.keeps || wants6;
        if (wants4 || wants_either) {
            take_own(four_, client_.address.as4());
        }
        return;
    }
    four_.keeps = four_.keeps || wants4;
    if (wants6 || wants_either) {
        take_own(six_, client_.address.as6());
    }
}

void AddressReader::take_own_prefix()
{
    if (!prefix_.wants_own || !prefix_.is_missing()) {
        return;
    }
    if (!client_.is_known) {
        return refuse(Sentence::own_unknown);
    }
    if (client_.address.is4()) {
        return refuse(Sentence::own_not_prefix);
    }
    if (!base::can_be_of_host(client_.address.as6())) {
        return refuse(Sentence::own_unreachable, base::to_text(client_.address));
    }
    prefix_.value = base::prefix_of(client_.address.as6(), usual_prefix_length);
    prefix_.is_own = true;
}

bool AddressReader::asks_for_something() const noexcept
{
    return four_.value || six_.value || prefix_.value || four_.removes || six_.removes || prefix_.removes;
}

template <typename Value>
void AddressReader::write(const Said<Value>& said, ipc::ChangeOf<Value>& change)
{
    if (said.value) {
        change = {ipc::Change::set, *said.value, said.is_own};
    } else if (said.removes) {
        change.change = ipc::Change::remove;
    } else {
        change.change = said.keeps ? ipc::Change::keep : ipc::Change::missing;
    }
}

std::optional<Problem> AddressReader::finish(ipc::Propose& proposal, bool asks_for_more)
{
    check_address4();
    take_own_prefix();
    complete_address6();
    take_own_addresses();
    if (!asks_for_something() && !asks_for_more && four_.wants_own) {
        refuse(Sentence::own_not_4);
    }
    if (!asks_for_something() && !asks_for_more && six_.wants_own) {
        refuse(Sentence::own_not_6);
    }
    if (!problem_) {
        write(four_, proposal.ipv4);
        write(six_, proposal.ipv6);
        write(prefix_, proposal.prefix);
    }
    return problem_;
}

} // namespace http
