#include "daemon/reader/idle_keys.h"

#include <algorithm>

#include "proto/base/text.h"

namespace reader
{

void warn_of_idle_keys(config::Parsed& parsed, const ipc::ReaderSetup& setup)
{
    for (const config::StartOnlyKey& key : parsed.config.start_only_keys) {
        const bool is_account = key.name == "user" || key.name == "group";
        if (is_account && !setup.was_root) {
            parsed.warnings.push_back(
                {key.at, base::filled("{}= is ignored: nanodnsd was not started as root", {key.name})});
        }
        if (!is_account && setup.sockets_are_passed) {
            parsed.warnings.push_back(
                {key.at, base::filled("{}= is ignored: the service manager passes "
                                      "the sockets, and its socket units set their addresses",
                                      {key.name})});
        }
    }
    std::ranges::stable_sort(parsed.warnings, {}, [](const config::Error& one) { return one.at.line; });
}

} // namespace reader
