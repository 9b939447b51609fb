#include "ctl/table.h"

#include <algorithm>
#include <utility>

namespace ctl
{

namespace
{

constexpr std::size_t gap = 2;

/// How many columns fit in `room`; at least one.
std::size_t columns_that_fit(const std::vector<std::size_t>& widths, std::size_t room)
{
    std::size_t used = widths.front();
    std::size_t count = 1;
    while (count < widths.size() && used + gap + widths[count] <= room) {
        used += gap + widths[count];
        ++count;
    }
    return count;
}

void append_line(std::string& text, const std::vector<std::string>& cells, const std::vector<Column>& columns,
                 const std::vector<std::size_t>& widths)
{
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::size_t padding = widths[i] - cells[i].size();
        const bool is_right = columns[i].align == Align::right;
        text.append(i == 0 ? 0 : gap, ' ');
        text.append(is_right ? padding : 0, ' ');
        text += cells[i];
        text.append(is_right ? 0 : padding, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
}

} // namespace

void Table::add(std::vector<std::string> cells)
{
    cells.resize(columns_.size());
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
        if (cells[i].empty()) {
            cells[i] = "-";
        }
    }
    rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = std::max(columns_[i].title.size(), i == 0 ? first_ : 0);
        for (const auto& row : rows_) {
            width = std::max(width, row[i].size());
        }
        widths.push_back(width);
    }
    return widths;
}

std::string Table::text(unsigned columns, unsigned indent) const
{
    std::vector<std::size_t> widths = this->widths();
    if (columns != 0) {
        widths.resize(columns_that_fit(widths, columns - std::min(columns, indent)));
    }
    std::vector<std::string> titles;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
    }
    std::string text;
    text.append(indent, ' ');
    append_line(text, titles, columns_, widths);
    for (const auto& row : rows_) {
        text.append(indent, ' ');
        append_line(text, row, columns_, widths);
    }
    return text;
}

} // namespace ctl
