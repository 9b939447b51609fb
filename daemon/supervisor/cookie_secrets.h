// The secrets of DNS cookies if the config has none (RFC 7873 section 7.1).
#pragma once

#include <utility>

#include "privsep/random.h"
#include "proto/base/time.h"
#include "proto/ipc/control.h"

namespace supervisor
{

/// A new one each day; the one before is accepted for an hour more.
class CookieSecrets
{
public:
    static constexpr base::Uptime day{86'400'000};
    static constexpr base::Uptime overlap{3'600'000}; ///< as long as cookies live (RFC 9018 section 4.3)

    CookieSecrets() { replace(); }
    const ipc::CookieSecrets& get() const noexcept { return secrets_; }
    /// To be called after a day. Returns the time until the next call.
    base::Uptime renew()
    {
        secrets_.has_previous = !secrets_.has_previous;
        secrets_.previous =
            secrets_.has_previous ? std::exchange(secrets_.current, random()) : base::SipKey{};
        return secrets_.has_previous ? overlap : day - overlap;
    }
    /// To be called if an attacker may know them: makes a new one, and none before is accepted. Returns the
    /// time until the next renew().
    base::Uptime replace()
    {
        secrets_ = {};
        secrets_.current = random();
        return day;
    }

private:
    static base::SipKey random() { return privsep::random_bytes<base::SipKey>(); }

    ipc::CookieSecrets secrets_;
};

} // namespace supervisor
