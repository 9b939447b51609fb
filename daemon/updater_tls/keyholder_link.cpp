#include "daemon/updater_tls/keyholder_link.h"

#include <optional>
#include <utility>

#include "privsep/conversation.h"
#include "privsep/fail.h"

namespace updater_tls
{

using privsep::Transfer;
using std::chrono::steady_clock;

void KeyholderLink::attach(Channel channel) noexcept
{
    channel_ = std::move(channel);
    is_late_ = false;
}

/// Takes the answer to the last request; answers to earlier ones are dropped. False if none comes in time.
bool KeyholderLink::take_answer(ipc::Signed& answer, steady_clock::time_point until)
{
    while (channel_) {
        std::optional<ipc::KeyholderToUpdater> message;
        switch (channel_.receive(message)) {
        case Transfer::done:
            answer = std::get<ipc::Signed>(std::move(*message));
            if (answer.id == ipc::RequestId{last_id_}) {
                return true;
            }
            break;
        case Transfer::would_block:
            if (!privsep::wait_for(channel_.get(), POLLIN, until)) {
                return false;
            }
            break;
        case Transfer::closed:
            channel_.close(); // a new keyholder comes with a new channel
            break;
        case Transfer::malformed:
            privsep::fail("the keyholder sent an invalid message: exiting");
        }
    }
    return false;
}

std::vector<std::uint8_t> KeyholderLink::sign(ipc::SignatureScheme scheme, base::Bytes content)
{
    const steady_clock::time_point now = steady_clock::now();
    ipc::Signed answer;
    is_late_ = is_late_ && !take_answer(answer, now);
    if (is_late_ || !channel_) {
        return {};
    }
    const ipc::RequestId id{++last_id_};
    if (channel_.send(ipc::Sign{id, scheme, {content.begin(), content.end()}}) == Transfer::would_block) {
        return {};
    }
    answer.signature.clear();
    is_late_ = !take_answer(answer, now + patience_);
    return is_late_ ? std::vector<std::uint8_t>{} : std::move(answer.signature);
}

} // namespace updater_tls
