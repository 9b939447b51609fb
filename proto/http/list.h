// Lists in a parameter, separated by commas.
#pragma once

#include <algorithm>
#include <string_view>

namespace http
{

/// Calls `take` with each item that is not empty, without the spaces and tabs around it.
template <typename Take>
void for_each_item(std::string_view list, Take take)
{
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view item = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        const std::size_t first = item.find_first_not_of(" \t");
        if (first != std::string_view::npos) {
            take(item.substr(first, item.find_last_not_of(" \t") - first + 1));
        }
    }
}

} // namespace http
