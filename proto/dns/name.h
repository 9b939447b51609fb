// Domain names. All names, in wire form or text, are read here.
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

/// Stored in wire form: a label may contain any byte (RFC 2181 section 11), and the limits of RFC 1035 apply
/// to the stored bytes. Letters keep their case; comparison ignores it (RFC 4343). There is no "empty" name:
/// the default is the root.
class Name
{
public:
    static constexpr std::size_t max_wire_bytes = 255;            // RFC 1035 section 2.3.4
    static constexpr std::size_t max_label_bytes = 63;            // RFC 1035 section 2.3.4
    static constexpr std::uint8_t pointer_bits = 0xC0;            // of a pointer's first byte (section 4.1.4)
    static constexpr std::size_t max_labels = max_wire_bytes / 2; // a label has at least 2 bytes

    Name() = default;

    /// Reads a name at the reader's position. A pointer must point to before the part of the name that it
    /// ends, so reading terminates. If the name is malformed, the reader fails and the root is returned.
    static Name read(Reader& in, Compression compression = Compression::allowed) noexcept;

    /// A view of the uncompressed name at the reader's position, without a copy. If it is malformed, the view
    /// is empty and the reader fails.
    static Bytes read_in_place(Reader& in, LabelStarts& labels) noexcept;
    /// Skips a name and returns the number of its labels. The reader fails if the name is malformed, has a
    /// pointer that does not point backwards, or has more than `most` labels. The target of a pointer is not
    /// read.
    static std::size_t skip(Reader& in, std::size_t most = max_labels) noexcept;

    /// Presentation format of RFC 1035 section 5.1: labels separated by dots, `\.` and `\DDD` escapes, an
    /// optional trailing dot; "." is the root. Empty optional if the text is empty, has an empty label or a
    /// label of more than 63 bytes, or if the name has more than 255 bytes in wire form.
    static std::optional<Name> from_text(std::string_view text) noexcept;

    /// The name `below`.`apex`; empty optional if it would be longer than a name may be.
    static std::optional<Name> join(const Name& below, const Name& apex) noexcept;

    /// The name `label`.*this; empty optional if the label is empty, or label or name would be too long.
    std::optional<Name> child(std::string_view label) const noexcept;
    /// The name without its first label; the root's parent is the root.
    Name parent() const noexcept;

    Bytes wire() const noexcept { return {bytes_.data(), size_}; }
    bool is_root() const noexcept { return size_ == 1; }
    /// The number of labels, without the root's empty one.
    std::size_t labels() const noexcept;
    /// The first label's bytes; empty for the root.
    Bytes first_label() const noexcept { return {bytes_.data() + 1, bytes_[0]}; }

    /// Whether this is `ancestor` or lies below it, at a label boundary, ignoring case.
    bool is_at_or_below(const Name& ancestor) const noexcept;

    /// The same name with its letters in lower case (RFC 4034 section 6.2).
    Name lowered() const noexcept;

    /// Presentation format with a trailing dot. Bytes that are not printable ASCII become \DDD.
    std::string to_text() const;

    /// Ignores the case of ASCII letters (RFC 4343 section 3).
    friend bool operator==(const Name& left, const Name& right) noexcept;

private:
    static Name copy_of(Bytes wire) noexcept;

    std::array<std::uint8_t, max_wire_bytes> bytes_{};
    std::uint8_t size_ = 1; // the root's zero byte is always present
};

} // namespace dns
