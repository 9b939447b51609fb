// Tables of text: columns that are aligned by two blanks, without frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ctl
{

enum class Align : std::uint8_t { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

class Table
{
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// One cell for each column. An empty one is shown as "-", but in the last column as nothing.
    void add(std::vector<std::string> cells);
    bool is_empty() const noexcept { return rows_.empty(); }
    /// The first column becomes at least so wide.
    void widen_first(std::size_t width) { first_ = width; }

    /// The lines. If they would be longer than `columns` (0: any length), columns are left out from the
    /// right, but never the first. Each line begins with `indent` blanks.
    std::string text(unsigned columns, unsigned indent = 0) const;

private:
    std::vector<std::size_t> widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t first_ = 0;
};

} // namespace ctl
