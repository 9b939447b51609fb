// TLS between the sockets and the updater's HTTP. The sockets stay with the StreamServer: OpenSSL reads and
// writes memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "daemon/updater/layer.h"
#include "daemon/updater_tls/keyholder_link.h"
#include "daemon/updater_tls/openssl.h"
#include "privsep/log.h"
#include "proto/base/secret.h"

namespace updater_tls
{

class TlsLayer final : public updater::Layer
{
public:
    /// Both must outlive it.
    TlsLayer(SSL_CTX* context, KeyholderLink& keyholder, common::StreamServer::Clock clock = common::uptime)
        : context_(context), keyholder_(keyholder), clock_(clock)
    {
    }

    void connect(common::StreamServer& sockets, common::StreamHandler& http) override;
    void send(common::ConnectionId id, base::Bytes clear, base::Uptime now) override;
    void send_part(common::ConnectionId id, base::Bytes clear, base::Uptime now) override;
    void finish(common::ConnectionId id) override;
    bool attach(ipc::Role role, privsep::UniqueFd channel) override;

    common::Consumed received(common::ConnectionId id, base::Bytes input, bool ended,
                              const base::Address& peer) override;
    void closed(common::ConnectionId id) override;
    void overdue(common::ConnectionId id) override;
    void written(common::ConnectionId id) override { http_->written(id); }

private:
    /// The connection in one slot.
    struct Connection {
        Ssl ssl; ///< owns the two below; none: nothing was received yet
        BIO* from_client = nullptr;
        BIO* to_client = nullptr;
        base::WipedBytes clear; ///< received and not consumed yet; may hold a token
        base::Address peer;
        std::size_t handshake_bytes = 0;  ///< received until the handshake was finished
        bool is_closed_by_client = false; ///< it has sent close_notify
        bool has_parts = false;           ///< more of the reply follows
        bool is_finished = false;
    };

    Connection& connection_of(common::ConnectionId id);
    bool open(Connection& connection) const;
    bool shake_hands(common::ConnectionId id, Connection& connection, std::size_t received);
    bool decrypt(common::ConnectionId id, Connection& connection);
    bool pass_on(common::ConnectionId id, Connection& connection, bool ended);
    void encrypt(common::ConnectionId id, base::Bytes clear, bool is_part, base::Uptime now);
    void flush(common::ConnectionId id, Connection& connection, base::Uptime now, bool is_part = false);
    void give_up(common::ConnectionId id, Connection& connection, const char* reason = nullptr);
    void log_failure(const Connection& connection, const char* reason);

    SSL_CTX* context_;
    KeyholderLink& keyholder_;
    common::StreamServer::Clock clock_;
    common::StreamServer* sockets_ = nullptr;
    common::StreamHandler* http_ = nullptr;
    std::deque<Connection> connections_; ///< by slot; grows with the most that were open at once
    privsep::LogLimit failure_log_{200}; // lines per interval: clients decide how many there would be
};

} // namespace updater_tls
