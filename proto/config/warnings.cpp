#include "proto/config/warnings.h"

#include <utility>

namespace config
{

void Warnings::add(Oddity kind, Position at, base::Pattern pattern, std::initializer_list<base::Piece> pieces)
{
    Kind& list = kinds_[static_cast<std::size_t>(kind)];
    if (list.listed.size() < max_of_a_kind) {
        list.listed.push_back({at, base::filled(pattern, pieces)});
    } else if (list.unlisted++ == 0) {
        list.first_unlisted = at.line;
    }
}

void Warnings::move_to(Errors& list)
{
    for (Kind& kind : kinds_) {
        for (Error& warning : kind.listed) {
            list.insert(std::move(warning));
        }
        if (kind.unlisted != 0) {
            list.insert(
                {kind.listed.back().at, base::filled("found the same on {} more lines, first on line {}",
                                                     {kind.unlisted, kind.first_unlisted})});
        }
    }
}

} // namespace config
