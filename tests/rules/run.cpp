#include <array>
#include <cstdio>
#include <sys/wait.h>

#include "tests/rules/source_tree.h"

namespace rules
{

const char* source_folder()
{
    return TEST_SOURCE_DIR;
}

const char* build_folder()
{
    return TEST_BUILD_DIR;
}

Run run(const std::string& command)
{
    Run result;
    std::FILE* pipe = ::popen(("(" + command + ") 2>&1").c_str(), "r");
    if (pipe == nullptr) {
        return result;
    }
    std::array<char, 4096> piece{};
    for (std::size_t size = 0; (size = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
        result.output.append(piece.data(), size);
    }
    const int status = ::pclose(pipe);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

} // namespace rules
