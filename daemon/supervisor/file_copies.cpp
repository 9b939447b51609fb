#include "daemon/supervisor/file_copies.h"

#include <cerrno>
#include <cstring>
#include <sys/sendfile.h>
#include <utility>

#include "daemon/common/file_access.h"
#include "privsep/log.h"
#include "privsep/sealed_memory.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

/// More than any child accepts; it reports a file that is too long.
constexpr std::size_t most_bytes = std::size_t{128} << 10;

/// None, with errno, on an error.
privsep::UniqueFd sealed_copy(const privsep::UniqueFd& file)
{
    privsep::SealedMemory copy{"file"};
    std::size_t room = most_bytes;
    ssize_t size = 1;
    while (size > 0 && room > 0) {
        size = ::sendfile(copy.get(), file.get(), nullptr, room);
        room -= size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    return size < 0 ? privsep::UniqueFd{} : std::move(copy).seal();
}

} // namespace

std::string copy_files(FileCopies& copies, const ipc::ConfigSummary& config, const std::string& name,
                       OpenFile open, const privsep::Identity& own)
{
    std::string why;
    for (std::size_t i = 0; i < copies.size() && why.empty(); ++i) {
        const std::string& path = config.files[i];
        const privsep::UniqueFd file = path.empty() ? privsep::UniqueFd{} : open(path, own, why);
        if (file && !(copies[i] = sealed_copy(file))) {
            why = base::filled("cannot read {}: {}", {path, std::strerror(errno)});
        }
        if (!why.empty()) {
            why = base::filled("{}:{}:{}: {}", {name, config.lines[i], config.columns[i], why});
        }
    }
    const std::string& key = config.files[static_cast<std::size_t>(ipc::ConfiguredFile::key)];
    const std::string warning = common::warning_of_readers(key, common::private_key, own.uid, own.gid);
    if (why.empty() && !warning.empty()) {
        privsep::log_text(privsep::Level::warning, warning);
    }
    return why;
}

} // namespace supervisor
