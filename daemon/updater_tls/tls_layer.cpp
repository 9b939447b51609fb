#include "daemon/updater_tls/tls_layer.h"

#include <algorithm>
#include <array>
#include <openssl/err.h>
#include <string>
#include <utility>

#include "proto/base/text.h"
#include "proto/http/request.h"

namespace updater_tls
{

using common::ConnectionId;
using common::Consumed;

/// What a client may send without finishing the handshake. A ClientHello has 2 kB at most, with keys that
/// resist quantum computers. OpenSSL would collect 131 kB.
constexpr std::size_t max_handshake = 8192; // bytes
constexpr std::size_t most_in_bio = 2048;   // bytes

void TlsLayer::connect(common::StreamServer& sockets, common::StreamHandler& http)
{
    sockets_ = &sockets;
    http_ = &http;
}

bool TlsLayer::attach(ipc::Role role, privsep::UniqueFd channel)
{
    if (role != ipc::Role::keyholder) {
        return false;
    }
    keyholder_.attach(KeyholderLink::Channel{privsep::Channel{std::move(channel)}});
    return true;
}

TlsLayer::Connection& TlsLayer::connection_of(ConnectionId id)
{
    while (connections_.size() <= id.slot) {
        connections_.emplace_back();
    }
    return connections_[id.slot];
}

bool TlsLayer::open(Connection& connection) const
{
    Ssl ssl{::SSL_new(context_)};
    Bio from{::BIO_new(::BIO_s_mem())};
    Bio to{::BIO_new(::BIO_s_mem())};
    if (!ssl || !from || !to) {
        return false;
    }
    connection.from_client = from.get();
    connection.to_client = to.get();
    ::SSL_set_bio(ssl.get(), from.release(), to.release());
    ::SSL_set_accept_state(ssl.get());
    connection.ssl = std::move(ssl);
    return true;
}

Consumed TlsLayer::received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer)
{
    Connection& connection = connection_of(id);
    connection.peer = peer;
    ::ERR_clear_error();
    bool is_open = connection.ssl || open(connection);
    bool is_secure = false;
    base::Bytes rest = input;
    do { // in pieces: OpenSSL has a copy of each record, so none is needed in its BIO
        const base::Bytes piece = rest.first(std::min(rest.size(), most_in_bio));
        const int size = static_cast<int>(piece.size());
        rest = rest.subspan(piece.size());
        is_open = is_open && ::BIO_write(connection.from_client, piece.data(), size) == size;
        is_secure = is_open && shake_hands(id, connection, piece.size()) && decrypt(id, connection);
    } while (is_open && !rest.empty() && !connection.is_finished);
    if (!is_open) {
        sockets_->finish(id);
    }
    return {.bytes = input.size(), .busy = is_secure && pass_on(id, connection, ended)};
}

/// False if the handshake is not finished yet, or has failed.
bool TlsLayer::shake_hands(ConnectionId id, Connection& connection, std::size_t received)
{
    SSL* const ssl = connection.ssl.get();
    if (::SSL_is_init_finished(ssl) == 1) {
        return true;
    }
    const int result = ::SSL_do_handshake(ssl);
    flush(id, connection, clock_()); // also an alert that says why it has failed
    if (result != 1 && ::SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) {
        give_up(id, connection);
    } else if (result != 1 && (connection.handshake_bytes += received) > max_handshake) {
        give_up(id, connection, "more than 8192 bytes and no end of the handshake");
    }
    return result == 1;
}

/// False if the client has broken the protocol.
bool TlsLayer::decrypt(ConnectionId id, Connection& connection)
{
    SSL* const ssl = connection.ssl.get();
    std::array<std::uint8_t, 4096> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
    int size = 1;
    while (size > 0 && connection.clear.size() <= http::max_request) {
        size = ::SSL_read(ssl, piece.data(), static_cast<int>(piece.size()));
        if (size > 0) {
            connection.clear.insert(connection.clear.end(), piece.begin(), piece.begin() + size);
        }
    }
    base::wipe(piece);
    const int error = size > 0 ? SSL_ERROR_NONE : ::SSL_get_error(ssl, size);
    connection.is_closed_by_client = connection.is_closed_by_client || error == SSL_ERROR_ZERO_RETURN;
    // Alerts, and what else OpenSSL answers by itself. While too much of it is unsent, StreamServer reads no
    // more.
    flush(id, connection, clock_());
    if (error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN) {
        return true;
    }
    give_up(id, connection);
    return false;
}

/// Whether an answer is under way.
bool TlsLayer::pass_on(ConnectionId id, Connection& connection, bool ended)
{
    base::WipedBytes& clear = connection.clear;
    ended = ended || connection.is_closed_by_client;
    Consumed consumed;
    do {
        if (clear.empty()) {
            break;
        }
        const std::size_t most = std::min(clear.size(), http::max_request + 1);
        consumed = http_->received(id, base::Bytes{clear}.first(most), ended, connection.peer);
        clear.erase(clear.begin(), clear.begin() + static_cast<std::ptrdiff_t>(consumed.bytes));
    } while (consumed.bytes != 0 && !consumed.busy && !connection.has_parts && !connection.is_finished);
    if (ended && !consumed.busy && !connection.has_parts &&
        !connection.is_finished) { // nothing more can come
        finish(id);
    }
    return consumed.busy;
}

/// `is_part`: what is sent is a part of a reply.
void TlsLayer::flush(ConnectionId id, Connection& connection, base::Uptime now, bool is_part)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(connection.to_client, &bytes);
    if (size > 0) {
        const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes);
        const base::Bytes encrypted{begin, static_cast<std::size_t>(size)};
        if (is_part) {
            sockets_->send_part(id, encrypted, now);
        } else {
            sockets_->send(id, encrypted, now);
        }
        static_cast<void>(BIO_reset(connection.to_client));
    }
}

void TlsLayer::send(ConnectionId id, base::Bytes clear, base::Uptime now)
{
    encrypt(id, clear, false, now);
}

void TlsLayer::send_part(ConnectionId id, base::Bytes clear, base::Uptime now)
{
    encrypt(id, clear, true, now);
}

void TlsLayer::encrypt(ConnectionId id, base::Bytes clear, bool is_part, base::Uptime now)
{
    Connection& connection = connection_of(id);
    if (connection.ssl && !connection.is_finished) {
        connection.has_parts = is_part;
        ::ERR_clear_error();
        ::SSL_write(connection.ssl.get(), clear.data(), static_cast<int>(clear.size())); // memory takes all
        flush(id, connection, now, is_part);
    }
}

void TlsLayer::finish(ConnectionId id)
{
    Connection& connection = connection_of(id);
    if (connection.ssl && !std::exchange(connection.is_finished, true)) {
        ::ERR_clear_error();
        ::SSL_shutdown(connection.ssl.get());
        flush(id, connection, clock_());
    }
    sockets_->finish(id);
}

/// No more is read. What the client still sends is drained.
void TlsLayer::give_up(ConnectionId id, Connection& connection, const char* reason)
{
    const unsigned long error = ::ERR_peek_last_error();
    if (reason == nullptr && ERR_GET_REASON(error) == ERR_R_BUF_LIB) { // allocations.h
        reason = "a message that is too long";
    }
    reason = reason != nullptr ? reason : ::ERR_reason_error_string(error);
    log_failure(connection, reason != nullptr ? reason : "the connection is broken");
    connection.is_finished = true;
    connection.ssl.reset();
    sockets_->finish(id);
}

/// Reasons are OpenSSL's, none has a byte of the client's.
void TlsLayer::log_failure(const Connection& connection, const char* reason)
{
    if (privsep::log_shows(privsep::Level::info)) {
        failure_log_.log(privsep::Level::info,
                         base::filled("{}: TLS failed: {}", {base::to_text(connection.peer), reason}),
                         clock_().count());
    }
}

void TlsLayer::closed(ConnectionId id)
{
    Connection& connection = connection_of(id);
    if (connection.ssl && !connection.is_finished && ::SSL_is_init_finished(connection.ssl.get()) != 1) {
        log_failure(connection, "closed during the handshake");
    }
    http_->closed(id);
    connection = {};
}

void TlsLayer::overdue(ConnectionId id)
{
    http_->overdue(id);
}

} // namespace updater_tls
