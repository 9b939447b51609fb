#include "proto/http/form.h"

#include "proto/base/text.h"

namespace http
{

namespace
{

/// A body without Content-Type is a form: scripts omit it.
bool is_form(const std::optional<std::string_view>& content_type) noexcept
{
    if (!content_type) {
        return true;
    }
    const std::string_view type = content_type->substr(0, content_type->find_first_of("; \t"));
    return type.empty() || base::equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

std::string_view text_of(QueryError error) noexcept
{
    switch (error) {
    case QueryError::none:
        return {};
    case QueryError::bad_escape:
        return "bad percent escape";
    case QueryError::too_many:
        break;
    }
    return "too many parameters";
}

} // namespace

std::string_view collect(const Request& request, Parameters& parameters)
{
    const std::string_view query = request.query.value_or("");
    const bool has_body = request.method == Method::post && !request.body.empty();
    const bool has_form = has_body && is_form(request.content_type);
    const std::string_view wrong = text_of(parameters.add(query));
    if (!wrong.empty() || !has_body) {
        return wrong;
    }
    if (!has_form) {
        return query.empty() ? "the body is not application/x-www-form-urlencoded" : "";
    }
    return text_of(parameters.add(request.body));
}

} // namespace http
