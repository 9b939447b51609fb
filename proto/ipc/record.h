// Records without variants: a message is encoded where it is, and what arrives is taken as its own kind. That
// is much less code than a variant of many kinds, which messages are moved to and from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

template <typename Message, typename Variant>
inline constexpr bool is_kind_of = false;
template <typename Message, typename... Kinds>
inline constexpr bool is_kind_of<Message, std::variant<Kinds...>> = (std::is_same_v<Message, Kinds> || ...);

template <typename Message, typename Variant>
concept KindOf = is_kind_of<Message, Variant>;

/// A message of one of the kinds in `Variant`, by reference. It is encoded as the message.
template <typename Variant>
class MessageRef
{
public:
    template <KindOf<Variant> Message>
    MessageRef(const Message& message) noexcept // NOLINT: implicit
        : message_(&message), write_(&write_as<Message>)
    {
    }
    void write(base::Writer& out) const { write_(message_, out); }

private:
    template <typename Message>
    static void write_as(const void* message, base::Writer& out)
    {
        write_record(*static_cast<const Message*>(message), out);
    }

    const void* message_;
    void (*write_)(const void* message, base::Writer& out);
};

template <typename Variant>
void write_record(const MessageRef<Variant>& message, base::Writer& out)
{
    message.write(out);
}

/// The message in a record that has to be of this kind.
template <typename Message>
std::optional<Message> decode_one(Bytes record)
{
    base::Reader in{record};
    std::optional<Message> result;
    if (in.u8() == Message::tag) {
        Decoder{in}(result.emplace());
    }
    if (!in.finished()) {
        result.reset();
    }
    return result;
}

/// Calls `take` with the message in `record`, which has to be of one of the kinds in `Variant`. False if
/// `take` says so, or if the record is malformed.
template <typename Variant, typename Take>
bool take_record(Bytes record, const Take& take)
{
    base::Reader in{record};
    const std::uint8_t tag = in.u8();
    const auto take_as = [&]<typename Message>(std::in_place_type_t<Message>) {
        if (tag != Message::tag) {
            return false;
        }
        Message message;
        Decoder{in}(message);
        return in.finished() && take(message);
    };
    return [&]<std::size_t... Index>(std::index_sequence<Index...>)
    {
        return (take_as(std::in_place_type<std::variant_alternative_t<Index, Variant>>) || ...);
    }
    (std::make_index_sequence<std::variant_size_v<Variant>>{});
}

} // namespace ipc
