// The text of page.html, which the build puts into the executable.
//
// {NAME} stands for a value, and {?NAME} and {/} enclose a part that is shown or left out. Parts are not
// nested. The names are those of Part and Value (page.h).
#pragma once

#include <string_view>

namespace http::page
{

extern const std::string_view whole_template;

} // namespace http::page
