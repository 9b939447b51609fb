// The layer between a real client of OpenSSL and a StreamServer. The test turns the loop.
#include "daemon/updater_tls/tls_layer.h"

#include <array>
#include <gtest/gtest.h>
#include <malloc.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/daemon/keyholder/pair.h"

namespace
{

using common::ConnectionId;
using common::Consumed;
using common::StreamServer;
using privsep::UniqueFd;
using updater_tls::Context;
using updater_tls::Ssl;
using updater_tls::TlsLayer;

base::Uptime now_of_layer() noexcept
{
    return base::Uptime{1000};
}

/// Echoes clear text.
class Echo final : public common::StreamHandler
{
public:
    Consumed received(ConnectionId id, base::Bytes input, bool /*ended*/,
                      const base::Address& /*peer*/) override
    {
        layer->send(id, input, now_of_layer());
        return {.bytes = input.size()};
    }
    void closed(ConnectionId /*id*/) override {}

    TlsLayer* layer = nullptr;
};

class TlsLayerTest : public testing::Test
{
protected:
    /// A Unix socket, since its buffers have a fixed size. The kernel gives it a name.
    TlsLayerTest()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socklen_t size = sizeof address;
        std::vector<UniqueFd> listeners;
        listeners.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int listener = listeners.front().get();
        EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address.sun_family),
                  0);
        EXPECT_EQ(::listen(listener, 1), 0);
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
        server_.emplace(loop_, std::move(listeners), StreamServer::Limits{}, layer_, now_of_layer);
        layer_.connect(*server_, echo_);
        echo_.layer = &layer_;
        EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
        use_certificate();
        client_.reset(::SSL_new(client_context_.get()));
        ::SSL_set_fd(client_.get(), socket_.get());
        ::SSL_set_connect_state(client_.get());
    }

    /// Handles all pending events.
    void turn_until_quiet()
    {
        pollfd events{loop_.get(), POLLIN, 0};
        while (::poll(&events, 1, 0) > 0) {
            loop_.turn(0);
        }
    }
    /// Handshakes, and what SSL_key_update() has begun. False if the server does nothing that it needs.
    bool shake_hands()
    {
        for (int i = 0; i < 10; ++i) {
            if (::SSL_do_handshake(client_.get()) == 1) {
                return true;
            }
            turn_until_quiet();
        }
        return false;
    }
    /// Drops what the server has sent.
    void drop_answers()
    {
        std::array<char, 4096> room{};
        turn_until_quiet();
        while (::recv(socket_.get(), room.data(), room.size(), 0) > 0) {
            turn_until_quiet();
        }
    }

    Context context_{::SSL_CTX_new(::TLS_server_method())};
    Context client_context_{::SSL_CTX_new(::TLS_client_method())};
    updater_tls::KeyholderLink keyholder_{{}};
    TlsLayer layer_{context_.get(), keyholder_, now_of_layer};
    Echo echo_;
    privsep::EventLoop loop_;
    std::optional<StreamServer> server_;
    UniqueFd socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    Ssl client_;

private:
    void use_certificate()
    {
        const keyholder::Key key = keyholder_test::ec_key();
        const std::string pem = keyholder_test::certificate_of(key);
        const keyholder::Bio bio = keyholder::bio_of(base::as_bytes(pem));
        const keyholder::Certificate certificate{::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
        EXPECT_EQ(::SSL_CTX_use_certificate(context_.get(), certificate.get()), 1);
        EXPECT_EQ(::SSL_CTX_use_PrivateKey(context_.get(), key.get()), 1);
    }
};

// A client asks for new keys again and again (RFC 8446 section 4.6.3), and reads no answer. OpenSSL answers
// each time.
TEST_F(TlsLayerTest, ReadsNoMoreFromAClientThatReadsNoAnswers)
{
    constexpr int many = 20000;
    ASSERT_TRUE(shake_hands());
    const std::size_t heap = ::mallinfo2().uordblks;
    int done = 0;
    while (done < many && ::SSL_key_update(client_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && shake_hands()) {
        turn_until_quiet();
        ++done;
    }
    EXPECT_LT(done, many) << "the server has read all, and its answers are in its memory";
    EXPECT_LT(::mallinfo2().uordblks, heap + (std::size_t{100} << 10));

    drop_answers();
    EXPECT_TRUE(shake_hands()) << "the server reads again";
}

} // namespace
