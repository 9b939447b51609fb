#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "privsep/fail.h"
#include "privsep/privileges.h"

namespace privsep
{

bool is_root() noexcept
{
    return ::geteuid() == 0;
}

Identity look_up_identity(const std::string& user, const std::string& group)
{
    const passwd* found = user.empty() ? ::getpwnam("nanodnsd") : ::getpwnam(user.c_str());
    const bool is_nobody = found == nullptr && user.empty();
    if (is_nobody) {
        found = ::getpwnam("nobody");
    }
    if (found == nullptr) {
        fail("there is no user '{}' on this system: set user= to an existing user",
             {user.empty() ? "nobody" : user});
    }
    Identity identity{found->pw_uid, found->pw_gid, is_nobody};
    if (!group.empty()) {
        const ::group* entry = ::getgrnam(group.c_str());
        if (entry == nullptr) {
            fail("there is no group '{}' on this system: set group= to an existing group", {group});
        }
        identity.gid = entry->gr_gid;
    }
    if (identity.uid == 0 || identity.gid == 0) {
        fail("user= and group= must not be root");
    }
    return identity;
}

} // namespace privsep
