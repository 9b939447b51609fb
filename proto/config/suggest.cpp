#include "proto/config/suggest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "proto/base/text.h"

namespace config
{

namespace
{

/// The Levenshtein distance: how many letters must be inserted, deleted or replaced.
std::size_t distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1); // row[i]: the distance to the first i letters of `to`
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : from) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 0; i < to.size(); ++i) {
            const std::size_t changed = diagonal + (base::lower(letter) == base::lower(to[i]) ? 0 : 1);
            diagonal = row[i + 1];
            row[i + 1] = std::min({changed, diagonal + 1, row[i] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    constexpr std::size_t max_word = 32;
    std::string_view best;
    std::size_t best_distance = max_word;
    if (word.size() > max_word) {
        return best;
    }
    for (const std::string_view candidate : candidates) {
        const std::size_t wrong = distance(word, candidate);
        const bool near = wrong <= (candidate.size() + 2) / 3 && wrong < candidate.size();
        if (near && wrong < best_distance) {
            best = candidate;
            best_distance = wrong;
        }
    }
    return best;
}

} // namespace config
