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

constinit int last_words = -1; // the log

} // namespace

void fail(base::Pattern pattern, std::initializer_list<base::Piece> pieces) noexcept
{
    if (last_words < 0) {
        log(Level::error, pattern, pieces);
        std::exit(EXIT_FAILURE);
    }
    const std::string text = base::filled(pattern, pieces);
    const bool is_told =
        ::ftruncate(last_words, 0) == 0 && ::pwrite(last_words, text.data(), text.size(), 0) > 0;
    ::_exit(is_told ? EXIT_FAILURE : EXIT_FAILURE + 1);
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

void fail_into(int file) noexcept
{
    last_words = file;
}

} // namespace privsep
