#include "proto/dns/name.h"

#include <algorithm>

#include "proto/base/text.h"

namespace dns
{

namespace
{

/// Joins labels to a name in wire form. It never writes more than a name may have.
class Assembler
{
public:
    bool label(Bytes bytes) noexcept
    {
        // the label needs a length byte, and one byte is reserved for the root
        if (bytes.empty() || bytes.size() > Name::max_label_bytes ||
            bytes.size() + 2 > Name::max_wire_bytes - size_) {
            return false;
        }
        wire_[size_++] = static_cast<std::uint8_t>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), wire_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += bytes.size();
        return true;
    }

    /// The labels followed by the root's zero byte: always a valid uncompressed name.
    Bytes finish() noexcept
    {
        wire_[size_] = 0;
        return {wire_.data(), size_ + 1};
    }

private:
    std::array<std::uint8_t, Name::max_wire_bytes> wire_{};
    std::size_t size_ = 0;
};

/// The bytes of one label that is read from presentation format (RFC 1035 section 5.1).
class LabelText
{
public:
    bool add(std::uint8_t byte) noexcept
    {
        if (size_ == bytes_.size()) {
            return false;
        }
        bytes_[size_++] = byte;
        return true;
    }
    Bytes bytes() const noexcept { return {bytes_.data(), size_}; }
    void clear() noexcept { size_ = 0; }

private:
    std::array<std::uint8_t, Name::max_label_bytes> bytes_{};
    std::size_t size_ = 0;
};

/// Removes one escaped byte from the front of `text`, which starts after the backslash, and returns it.
std::optional<std::uint8_t> unescape(std::string_view& text) noexcept
{
    if (text.empty()) {
        return std::nullopt;
    }
    if (!base::is_digit(text[0])) {
        const auto byte = static_cast<std::uint8_t>(text[0]);
        text.remove_prefix(1);
        return byte;
    }
    const auto value = text.size() < 3 ? std::nullopt : base::parse_decimal(text.substr(0, 3), 255);
    if (!value) {
        return std::nullopt;
    }
    text.remove_prefix(3);
    return static_cast<std::uint8_t>(*value);
}

bool equal_bytes(Bytes left, Bytes right) noexcept
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](std::uint8_t a, std::uint8_t b) { return base::lower(a) == base::lower(b); });
}

void append_byte(std::string& text, std::uint8_t byte)
{
    if (byte == '.' || byte == '\\') {
        text += '\\';
        text += static_cast<char>(byte);
    } else if (byte > ' ' && byte <= '~') {
        text += static_cast<char>(byte);
    } else {
        text += '\\';
        text += static_cast<char>('0' + byte / 100);
        text += static_cast<char>('0' + byte / 10 % 10);
        text += static_cast<char>('0' + byte % 10);
    }
}

/// Collects a name's labels through its pointers. Afterwards `in` is after the name; the targets of pointers
/// are read with a separate reader.
bool assemble(Reader& in, Compression compression, Assembler& name) noexcept
{
    Reader elsewhere = in;
    Reader* at = &in;
    std::size_t part_start = in.position();
    while (true) {
        const std::uint8_t length = at->u8();
        if (!at->ok()) {
            return false;
        }
        if (length == 0) {
            return true;
        }
        if (length <= Name::max_label_bytes) {
            if (!name.label(at->take(length))) {
                return false;
            }
            continue;
        }
        const std::size_t target = static_cast<std::size_t>(length & ~Name::pointer_bits) << 8 | at->u8();
        const bool is_pointer =
            (length & Name::pointer_bits) == Name::pointer_bits; // 01 and 10: RFC 6891 section 5
        if (!at->ok() || !is_pointer || compression == Compression::forbidden || target >= part_start) {
            return false;
        }
        elsewhere = Reader{in.whole()};
        elsewhere.take(target);
        at = &elsewhere;
        part_start = target;
    }
}

} // namespace

Name Name::read(Reader& in, Compression compression) noexcept
{
    if (compression == Compression::forbidden) {
        LabelStarts unused;
        return copy_of(read_in_place(in, unused));
    }
    Assembler assembler;
    if (!assemble(in, compression, assembler)) {
        in.fail();
        return {};
    }
    return copy_of(assembler.finish());
}

/// The name of these bytes; the root if `wire` is empty, because reading failed.
Name Name::copy_of(Bytes wire) noexcept
{
    Name name;
    if (!wire.empty()) {
        std::copy(wire.begin(), wire.end(), name.bytes_.begin());
        name.size_ = static_cast<std::uint8_t>(wire.size());
    }
    return name;
}

std::optional<Name> Name::from_text(std::string_view text) noexcept
{
    if (text == ".") {
        return Name{};
    }
    Assembler assembler;
    LabelText label;
    while (!text.empty()) {
        auto byte = std::optional{static_cast<std::uint8_t>(text[0])};
        text.remove_prefix(1);
        if (*byte == '.') {
            if (!assembler.label(label.bytes())) {
                return std::nullopt;
            }
            label.clear();
            continue;
        }
        if (*byte == '\\') {
            byte = unescape(text);
        }
        if (!byte || !label.add(*byte)) {
            return std::nullopt;
        }
    }
    const bool ends_in_dot = label.bytes().empty();
    if (!ends_in_dot && !assembler.label(label.bytes())) {
        return std::nullopt;
    }
    const Bytes wire = assembler.finish();
    if (wire.size() == 1) { // "" is not a name; the root is "."
        return std::nullopt;
    }
    Reader in{wire};
    return read(in, Compression::forbidden);
}

std::optional<Name> Name::join(const Name& below, const Name& apex) noexcept
{
    const std::size_t size = below.size_ - 1U + apex.size_;
    if (size > max_wire_bytes) {
        return std::nullopt;
    }
    Name name = below;
    std::copy_n(apex.bytes_.begin(), apex.size_, name.bytes_.begin() + below.size_ - 1);
    name.size_ = static_cast<std::uint8_t>(size);
    return name;
}

std::optional<Name> Name::child(std::string_view label) const noexcept
{
    Assembler assembler;
    if (!assembler.label(base::as_bytes(label))) {
        return std::nullopt;
    }
    Reader in{assembler.finish()};
    return join(read(in, Compression::forbidden), *this);
}

Name Name::parent() const noexcept
{
    if (is_root()) {
        return {};
    }
    Reader in{wire().subspan(1U + bytes_[0])};
    return read(in, Compression::forbidden);
}

std::size_t Name::labels() const noexcept
{
    std::size_t count = 0;
    for (std::size_t at = 0; bytes_[at] != 0; at += 1U + bytes_[at]) {
        ++count;
    }
    return count;
}

bool Name::is_at_or_below(const Name& ancestor) const noexcept
{
    if (ancestor.size_ > size_) {
        return false;
    }
    const std::size_t boundary = size_ - static_cast<std::size_t>(ancestor.size_);
    std::size_t at = 0;
    while (at < boundary) {
        at += 1U + bytes_[at];
    }
    return at == boundary && equal_bytes(wire().subspan(boundary), ancestor.wire());
}

Name Name::lowered() const noexcept
{
    Name name = *this;
    // length bytes are less than 'A', so lower() does not change them
    std::transform(name.bytes_.begin(), name.bytes_.begin() + size_, name.bytes_.begin(),
                   [](std::uint8_t byte) { return base::lower(byte); });
    return name;
}

std::string Name::to_text() const
{
    if (is_root()) {
        return ".";
    }
    std::string text;
    for (std::size_t at = 0; bytes_[at] != 0; at += 1U + bytes_[at]) {
        for (const std::uint8_t byte : wire().subspan(at + 1, bytes_[at])) {
            append_byte(text, byte);
        }
        text += '.';
    }
    return text;
}

bool operator==(const Name& left, const Name& right) noexcept
{
    return equal_bytes(left.wire(), right.wire());
}

} // namespace dns
