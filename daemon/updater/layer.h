// What may be between the sockets and HTTP: nothing, or TLS (daemon/updater_tls).
#pragma once

#include "daemon/common/stream_server.h"
#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"
#include "proto/ipc/control.h"

namespace updater
{

/// Gets the bytes of the sockets as their handler, and passes clear text to another handler.
class Layer : public common::StreamHandler
{
public:
    /// Called once, before all other calls. Both must outlive it.
    virtual void connect(common::StreamServer& sockets, common::StreamHandler& http) = 0;
    /// As those of StreamServer, for clear text.
    virtual void send(common::ConnectionId id, base::Bytes clear, base::Uptime now) = 0;
    virtual void send_part(common::ConnectionId id, base::Bytes clear, base::Uptime now) = 0;
    virtual void finish(common::ConnectionId id) = 0;
    /// A new channel to a peer of the layer. False if it has no such peer.
    virtual bool attach(ipc::Role role, privsep::UniqueFd channel) = 0;
};

} // namespace updater
