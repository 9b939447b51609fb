#include "daemon/reader/idle_keys.h"

#include <utility>

#include "proto/base/text.h"
#include "proto/config/errors.h"

namespace reader
{

void warn_of_idle_keys(config::Parsed& parsed, const ipc::ReaderSetup& setup)
{
    config::Errors list;
    for (config::Error& warning : parsed.warnings) {
        list.insert(std::move(warning));
    }
    for (const config::StartOnlyKey& key : parsed.config.start_only_keys) {
        const bool is_account = key.name == "user" || key.name == "group";
        if (is_account && !setup.was_root) {
            list.insert(
                {key.at, base::filled("{}= is ignored: nanodnsd was not started as root", {key.name})});
        }
        if (!is_account && setup.sockets_are_passed) {
            list.insert({key.at, base::filled("{}= is ignored: the service manager passes "
                                              "the sockets, and its socket units set their addresses",
                                              {key.name})});
        }
    }
    parsed.warnings = std::move(list).take();
}

} // namespace reader
