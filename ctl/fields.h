// Lines of a name and a value, which are aligned.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ctl
{

class Fields
{
public:
    static constexpr std::size_t indent = 2;
    static constexpr std::size_t gap = 2;

    /// A field without a value has no line.
    void add(std::string name, std::string_view value)
    {
        if (!value.empty()) {
            fields_.emplace_back(std::move(name), value);
        }
    }
    /// The names are padded to the longest of them, and at least to `width`.
    std::string text(std::size_t width = 0) const
    {
        for (const auto& [name, value] : fields_) {
            width = std::max(width, name.size());
        }
        std::string text;
        for (const auto& [name, value] : fields_) {
            text.append(indent, ' ');
            text += name;
            text.append(width - name.size() + gap, ' ');
            text += value + '\n';
        }
        return text;
    }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

} // namespace ctl
