// Domain names: the only place that reads one, from the wire or from text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/dns/label_starts.h"

namespace dns
{

using base::Bytes;
using base::Reader;

/// Whether a name on the wire may use pointers (RFC 1035 section 4.1.4).
enum class Compression : std::uint8_t { allowed = 1, forbidden = 2 };

/// Held as wire bytes, so a label may contain any byte (RFC 2181 section 11) and RFC 1035's limits are
/// limits on what is stored. Letters keep their case; comparing folds it (RFC 4343). There is no "empty"
/// name: the default is the root.
class Name
{
public:
    static constexpr std::size_t max_wire_bytes = 255; // RFC 1035 section 2.3.4
    static constexpr std::size_t max_label_bytes = 63; // RFC 1035 section 2.3.4
    static constexpr std::uint8_t pointer_bits =
        0xC0; ///< of a byte with which a pointer begins (section 4.1.4)
    static constexpr std::size_t max_labels = max_wire_bytes / 2; // each has a length and a byte

    Name() = default;

    /// Reads a name at the reader's position. A pointer must lead below the start of the name (or of the
    /// part of it) that it stands in, so reading ends. On malformed input the reader fails and the root
    /// is returned.
    static Name read(Reader& in, Compression compression = Compression::allowed) noexcept;

    /// The bytes of an uncompressed name at the reader's position, where they are: what a hot path does
    /// with a name that it need not keep. Empty if it is malformed; then the reader fails.
    static Bytes read_in_place(Reader& in, LabelStarts& labels) noexcept;
    /// Passes over a name; returns how many labels it has. Malformed ones, pointers that do not lead back,
    /// and more labels than `most` make the reader fail, but what a pointer leads to is not looked at.
    static std::size_t skip(Reader& in, std::size_t most = max_labels) noexcept;

    /// Presentation format of RFC 1035 section 5.1: labels between dots, `\.` and `\DDD` escapes, an
    /// optional trailing dot; "." is the root. Nothing if it is empty, has an empty label, a label of
    /// more than 63 bytes, or more than 255 bytes on the wire.
    static std::optional<Name> from_text(std::string_view text) noexcept;

    /// `below` put in front of `apex`; nothing if that is longer than a name may be.
    static std::optional<Name> join(const Name& below, const Name& apex) noexcept;

    /// One label in front of this name; nothing if the label is empty or anything gets too long.
    std::optional<Name> child(std::string_view label) const noexcept;
    /// The name without its first label; the root's parent is the root.
    Name parent() const noexcept;

    Bytes wire() const noexcept { return {bytes_.data(), size_}; }
    bool is_root() const noexcept { return size_ == 1; }
    /// Without the root's empty label.
    std::size_t labels() const noexcept;
    /// The first label's bytes; empty for the root.
    Bytes first_label() const noexcept { return {bytes_.data() + 1, bytes_[0]}; }

    /// Whether this is `ancestor` or lies below it, at a label boundary, ignoring case.
    bool is_at_or_below(const Name& ancestor) const noexcept;

    /// The same name with its letters in lower case (RFC 4034 section 6.2).
    Name lowered() const noexcept;

    /// Presentation format with a trailing dot; what is no printable ASCII becomes \DDD.
    std::string to_text() const;

    /// Ignores the case of ASCII letters (RFC 4343 section 3).
    friend bool operator==(const Name& left, const Name& right) noexcept;

private:
    static Name copy_of(Bytes wire) noexcept;

    std::array<std::uint8_t, max_wire_bytes> bytes_{};
    std::uint8_t size_ = 1; // the root's zero byte is always there
};

} // namespace dns
