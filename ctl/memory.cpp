#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "ctl/status.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

constexpr std::uint64_t most_kilobytes = std::uint64_t{1} << 40;

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The word behind the name of the field, if the line is of that field.
std::string_view value_of(std::string_view line, std::string_view field)
{
    if (!line.starts_with(field)) {
        return {};
    }
    line.remove_prefix(field.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.substr(0, line.find_first_of(" \n"));
}

} // namespace

std::optional<std::uint64_t> private_memory(std::uint32_t pid)
{
    const std::string path = base::filled("/proc/{}/status", {pid});
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "re")};
    bool is_ours = false;
    std::array<char, 512> room{};
    while (file && std::fgets(room.data(), room.size(), file.get()) != nullptr) {
        const std::string_view line = room.data();
        is_ours = is_ours || value_of(line, "Name:").starts_with("nanodnsd");
        const std::string_view kilobytes = value_of(line, "RssAnon:");
        if (is_ours && !kilobytes.empty()) {
            const auto number = base::parse_decimal(kilobytes, most_kilobytes);
            return number ? std::optional{*number * 1024} : std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace ctl
