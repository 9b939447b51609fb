// What a request says of the addresses and the prefix of its hosts, whatever the names of its parameters are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/base/address.h"
#include "proto/base/network.h"
#include "proto/http/client.h"
#include "proto/http/sentences.h"
#include "proto/ipc/update.h"

namespace http
{

inline constexpr std::uint8_t min_prefix_length = 16;   ///< bits
inline constexpr std::uint8_t max_prefix_length = 127;  ///< bits; an address with 128 has no prefix
inline constexpr std::uint8_t usual_prefix_length = 64; ///< of a prefix without a length

/// Reads the values of one request: addresses, `ADDRESS/LENGTH` of IPv6, `auto` (the client's own address),
/// `preserve` (keeps it) and empty ones. 0.0.0.0 and :: remove the records of their family: clients send them
/// to say that there is no address. Views of the values must outlive the reader.
class AddressReader
{
public:
    explicit AddressReader(const Client& client) noexcept : client_(client) {}

    /// A list of addresses of either family, separated by commas. An IPv4-mapped IPv6 address is the IPv4
    /// address. An empty list means the client's own address.
    void read_either(std::string_view list);
    /// An empty value removes the records.
    void read4(std::string_view value);
    void read6(std::string_view value);
    /// A prefix without a length has 64 bits. An empty value removes the prefix.
    void read_prefix(std::string_view value);
    /// Whether a value was read, other than an empty one of read6() that was left out.
    bool says_something() const noexcept { return says_something_; }
    /// Whether an address, a prefix, or `auto` was read.
    bool names_something() const noexcept { return names_something_; }

    /// Completes the values with each other and with the client's own address, and writes them to the
    /// proposal. What was not read is `missing`. Returns the first problem of all; then nothing is written.
    /// `asks_for_more`: the request asks for something else, too.
    std::optional<Problem> finish(ipc::Propose& proposal, bool asks_for_more);

private:
    template <typename Value>
    struct Said {
        std::optional<Value> value;
        std::string_view text; ///< of the value, as it was sent
        bool removes = false;
        bool keeps = false;
        bool wants_own = false;
        bool is_own = false;

        bool is_missing() const noexcept { return !value && !removes && !keeps; }
    };

    void read_item(std::string_view item);
    void set4(const base::Address4& address, std::string_view text);
    void set6(const base::Address6& address, std::string_view text);
    void set_prefix(const base::Prefix6& prefix, std::string_view text);
    void read_with_length(const base::Address6& address, std::string_view text, bool is_prefix);
    template <typename Value>
    bool read_word(std::string_view value, Said<Value>& said);
    void refuse(Sentence sentence, std::string_view value = {});

    void take_own_addresses();
    template <typename Address>
    void take_own(Said<Address>& said, const Address& own);
    void take_own_prefix();
    void complete_address6();
    void check_address4();
    bool asks_for_something() const noexcept;
    template <typename Value>
    static void write(const Said<Value>& said, ipc::ChangeOf<Value>& change);

    const Client& client_;
    Said<base::Address4> four_;
    Said<base::Address6> six_;
    Said<base::Prefix6> prefix_;
    bool wants_own_either_ = false;
    bool says_something_ = false;
    bool names_something_ = false;
    std::optional<Problem> problem_;
};

} // namespace http
