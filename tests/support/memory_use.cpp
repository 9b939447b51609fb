#include "tests/support/memory_use.h"

#include <sstream>
#include <string>

#include "tests/support/process.h"

namespace support
{

MemoryUse memory_use(pid_t pid)
{
    MemoryUse use;
    std::istringstream rollup{read_proc(pid, "smaps_rollup")};
    for (std::string line; std::getline(rollup, line);) {
        std::istringstream words{line};
        std::string key;
        long kilobytes = 0;
        words >> key >> kilobytes;
        if (key == "Rss:") {
            use.resident = kilobytes;
        } else if (key == "Pss:") {
            use.proportional = kilobytes;
        } else if (key == "Anonymous:") {
            use.dirty = kilobytes;
        }
    }
    return use;
}

} // namespace support
