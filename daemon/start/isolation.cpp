#include "daemon/start/isolation.h"

#include <string>
#include <vector>

#include "daemon/common/file_access.h"
#include "daemon/start/programs.h"
#include "daemon/start/provided_root.h"
#include "daemon/start/state_folder.h"
#include "privsep/child.h"
#include "privsep/log.h"

namespace supervisor
{

namespace
{

/// The folder of `path` if it is nanodnsd's alone; `path` if the folder may have files of other programs, as
/// /etc.
std::string own_part_of(const std::string& path)
{
    const std::string folder = folder_of(path);
    return folder.rfind('/') == 0 ? path : folder;
}

std::vector<std::string> own_files(const Resources& resources)
{
    return {own_executable(), folder_of(program_folder()), own_part_of(resources.config_path),
            own_part_of(resources.state_path)};
}

} // namespace

void drop_privileges(const std::optional<privsep::Identity>& identity, Resources& resources,
                     std::initializer_list<const std::string*> read_at_reload)
{
    using privsep::SandboxLayer;
    // without capabilities, root has only the rights of the file modes: this tests the same rights
    const std::string* unreadable = nullptr;
    for (const std::string* const path : read_at_reload) {
        if (identity && !path->empty() && !privsep::can_read_as(*identity, *path)) {
            unreadable = path;
        }
    }
    const bool needs_to_read = unreadable != nullptr;
    const privsep::Isolation isolation = privsep::give_up_privileges(identity, needs_to_read);
    if (needs_to_read && !isolation.can_read_config) {
        privsep::log(privsep::Level::warning, "uid {} cannot read {}, so every reload will fail: {}",
                     {identity->uid, *unreadable,
                      common::command_for_service_alone(*unreadable, identity->uid, identity->gid)});
    } else if (needs_to_read) {
        privsep::log(
            privsep::Level::notice,
            "keeping CAP_DAC_READ_SEARCH to reload {}: this is not necessary if the daemon's group can "
            "read the file",
            {*unreadable});
    }
    const auto note = [&](SandboxLayer layer, const std::string& why_not) {
        resources.layers |= why_not.empty() ? static_cast<std::uint32_t>(layer) : 0;
        resources.sandbox.add_reason(layer, why_not);
    };
    note(SandboxLayer::empty_network, isolation.why_no_empty_network);
    resources.sandbox.add_reason(SandboxLayer::empty_root, isolation.why_no_empty_root);
    if (!isolation.why_no_empty_root.empty() && root_holds_only(own_files(resources))) {
        note(SandboxLayer::empty_root, "");
    }
    for (const SandboxLayer layer : {SandboxLayer::landlock, SandboxLayer::no_executable_memory}) {
        resources.sandbox.add_reason(layer, privsep::why_missing(layer));
    }
}

} // namespace supervisor
