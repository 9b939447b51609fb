// The part of the updater that answers requests for the page for people.
#include <string>
#include <utility>

#include "daemon/common/client_network.h"
#include "daemon/updater/updater.h"

namespace updater
{

using common::ConnectionId;

bool Updater::answer_with_page(ConnectionId id, const http::Request& request, const http::Client& client,
                               const base::Address& peer)
{
    const bool is_tls = layer_ != nullptr;
    const bool is_local = peer == base::Address{} || common::is_loopback(peer); // a Unix socket, or loopback
    const http::page::Entrance entrance{is_tls, is_tls || is_local || proxies_.have(peer), https_port_};
    Exchange& exchange = exchange_of(id);
    exchange.page = std::make_unique<http::page::Page>();
    auto parsed = http::page::read(request, client, entrance, *exchange.page);
    if (auto* update = std::get_if<http::Update>(&parsed)) {
        return propose(id, std::move(*update));
    }
    if (const auto* show = std::get_if<http::page::Show>(&parsed)) {
        if (show->status != http::Status::ok) {
            tally_.count(common::slot_of(ipc::Dialect::page, common::UpdateOutcome::invalid));
            log_refused({{show->status, exchange.page->message()}, ""}, client, request.path);
        }
        send_page(id, show->status);
    } else if (const auto* answer = std::get_if<http::Answer>(&parsed)) {
        reply(id, answer->reply);
    } else {
        const auto& refused = std::get<http::Refused>(parsed);
        tally_.count(common::slot_of(ipc::Dialect::page, common::UpdateOutcome::invalid));
        log_refused(refused, client, request.path);
        reply(id, refused.reply);
    }
    return false;
}

void Updater::add_to_page(ConnectionId id, const http::Update& update, const ipc::Settled& settled)
{
    http::page::Page& page = *exchange_of(id).page;
    if (page.shows(http::page::Part::done)) { // of a look after an update, which is done
        send_page(id, http::Status::ok);
        return;
    }
    tally_.count(common::slot_of(update.proposal.dialect, outcome_of(settled)));
    const http::Status status = http::page::add(update, settled, page);
    log_settled(update, settled, {status, page.message()});
    if (update.only_looks || !http::page::is_done(settled) || !look_again(id, update)) {
        send_page(id, status);
    }
}

/// Asks for the records of the host after an update. False if that is not possible.
bool Updater::look_again(ConnectionId id, const http::Update& update)
{
    http::Update look;
    look.only_looks = true;
    look.router = update.router;
    look.proposal.token = update.proposal.token;
    look.proposal.client = update.proposal.client;
    look.proposal.client_is_known = update.proposal.client_is_known;
    look.proposal.hosts = update.proposal.hosts;
    Exchange& exchange = exchange_of(id);
    exchange.proposed = keeper_.propose(id, std::move(look));
    return exchange.proposed.has_value();
}

void Updater::answered(ConnectionId connection, const http::Update& update, const ipc::Seen& seen)
{
    Exchange& exchange = exchange_of(connection);
    exchange.proposed.reset();
    http::page::add(seen, update.router, *exchange.page);
    if (!exchange.page->shows(http::page::Part::done)) {
        ipc::Settled settled{seen.id, {{}}, {}};
        settled.hosts.front().verdict = ipc::Verdict::unchanged;
        log_settled(update, settled, {http::Status::ok, "shown"});
    }
    send_page(connection, http::Status::ok);
}

/// Sends the page of the exchange.
void Updater::send_page(ConnectionId id, http::Status status)
{
    Exchange& exchange = exchange_of(id);
    std::string text = http::page::head(status, exchange.page->size());
    if (exchange.reader.method() == http::Method::head) {
        exchange.page.reset();
        send(id, base::as_bytes(text));
        finish(id);
        return;
    }
    send_part(id, base::as_bytes(text));
}

/// Empty at the end of the page.
std::string Updater::next_part(http::page::Page& page)
{
    constexpr std::size_t enough = 2048; // bytes: a connection holds little more of the page at a time
    std::string part;
    while (part.size() < enough) {
        const std::string_view text = page.next();
        if (text.empty()) {
            break;
        }
        part += text;
    }
    return part;
}

void Updater::written(ConnectionId id)
{
    Exchange& exchange = exchange_of(id);
    const std::string part = exchange.page ? next_part(*exchange.page) : std::string{};
    if (part.empty()) {
        finish(id);
    } else {
        send_part(id, base::as_bytes(part));
    }
}

} // namespace updater
