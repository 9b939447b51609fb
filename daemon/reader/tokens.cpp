#include "daemon/reader/tokens.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unistd.h>

#include "daemon/common/token_digest.h"
#include "privsep/fail.h"
#include "privsep/random.h"
#include "proto/base/secret.h"

namespace reader
{

namespace
{

/// The longest token, a line end of two bytes, and one more byte, which shows that there is a second line.
using Room = std::array<char, base::Token::max_bytes + 3>;

struct WipedRoom {
    WipedRoom() = default;
    WipedRoom(const WipedRoom&) = delete;
    WipedRoom& operator=(const WipedRoom&) = delete;
    ~WipedRoom() { base::wipe({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}); }
    Room bytes{};
};

/// Reads until a line end or the end of the input, but at most as much as fits.
std::string_view read_some_line(int fd, Room& room)
{
    std::string_view text;
    while (text.size() < room.size() && text.find('\n') == std::string_view::npos) {
        const ssize_t size = ::read(fd, room.data() + text.size(), room.size() - text.size());
        privsep::require(size >= 0, "reading the token");
        if (size == 0) {
            break;
        }
        text = {room.data(), text.size() + static_cast<std::size_t>(size)};
    }
    return text;
}

/// Whether `token=` accepts this token, so that token= and token_hash= can replace each other.
bool can_be_configured(std::string_view token)
{
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; };
    return !token.empty() && token.size() <= base::Token::max_bytes && !token.starts_with(' ') &&
           !token.ends_with(' ') && std::ranges::none_of(token, is_control);
}

} // namespace

std::string hash_line(int fd)
{
    WipedRoom room;
    std::string_view text = read_some_line(fd, room.bytes);
    const std::size_t end = text.find('\n');
    if (end != std::string_view::npos && end + 1 != text.size()) {
        privsep::fail("found more than one line, expected one token");
    }
    text = text.substr(0, end);
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    if (!can_be_configured(text)) {
        privsep::fail("expected one line with a token of 1 to 255 bytes, without control characters, and "
                      "without spaces at its ends");
    }
    const auto salt = privsep::random_bytes<ipc::Salt>();
    return "token_hash=" + to_text(common::hash_token(*base::Token::from(text), salt));
}

void print_secret(int fd, std::string text)
{
    std::string line;
    line.reserve(text.size() + 1);
    line.append(text).append("\n");
    base::wipe(text);
    const ssize_t size = ::write(fd, line.data(), line.size());
    const bool is_written = size == static_cast<ssize_t>(line.size());
    base::wipe(line);
    privsep::require(is_written, "writing the token");
}

} // namespace reader
