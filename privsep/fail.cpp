#include "privsep/fail.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "privsep/log.h"

namespace privsep
{

namespace
{

constinit int failure_file = -1; // -1: fail() logs

} // namespace

void fail(base::Pattern pattern, std::initializer_list<base::Piece> pieces) noexcept
{
    if (failure_file < 0) {
        log(Level::error, pattern, pieces);
        std::exit(EXIT_FAILURE);
    }
    const std::string text = base::filled(pattern, pieces);
    const bool is_written =
        ::ftruncate(failure_file, 0) == 0 && ::pwrite(failure_file, text.data(), text.size(), 0) > 0;
    ::_exit(is_written ? EXIT_FAILURE : EXIT_FAILURE + 1);
}

void require(bool done, const char* what) noexcept
{
    if (!done) {
        fail("{}: {}", {what, std::strerror(errno)});
    }
}

void out_of_memory() noexcept
{
    log_text(Level::error, "out of memory");
    std::_Exit(EXIT_FAILURE);
}

void write_failure_to(int file) noexcept
{
    failure_file = file;
}

} // namespace privsep
