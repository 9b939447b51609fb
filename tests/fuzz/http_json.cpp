// Properties: the strings of an object that was read are read again when they are written; a second member of
// the same name is refused; what was cut off is refused; an error has a place in the text.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/http/json.h"

namespace
{

using Fields = std::array<http::JsonField, 3>;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

Fields fields()
{
    return {http::JsonField{"subdomain"}, http::JsonField{"txt"}, http::JsonField{"fqdn"}};
}

void check_written(const Fields& read)
{
    const auto value = [&](std::size_t i) { return std::string_view{*read[i].value}; };
    std::string text;
    if (read[0].value && read[1].value) {
        text = http::json_object(
            {{"SubDomain", value(0)}, {"txt", value(1)}, {"fqdn", read[2].value.value_or("")}});
    } else if (read[1].value) {
        text = http::json_object({{"fqdn", read[2].value.value_or("")}, {"Txt", value(1)}});
    } else {
        return;
    }
    Fields again = fields();
    require(!http::read_json(text, again));
    require(again[0].value == read[0].value || !read[0].value || !read[1].value);
    require(again[1].value == read[1].value && again[2].value == read[2].value.value_or(""));
    require(http::read_json(text.substr(0, text.size() - 1), again).has_value());
    Fields third = fields();
    text.insert(text.size() - 1, R"(,"TXT":null)");
    require(http::read_json(text, third).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    Fields read = fields();
    const auto error = http::read_json(text, read);
    for (const http::JsonField& field : read) {
        require(field.is_there || !field.value);
        require(error || !field.value || field.value->size() <= http::max_json_string);
    }
    if (error) {
        require(error->position >= 1 && error->position <= size + 1 && !error->why.empty());
    } else {
        check_written(read);
        Fields nothing = fields();
        require(http::read_json(std::string{text} + "x", nothing).has_value());
        require(!http::read_json(' ' + std::string{text} + "\n", read = fields()));
    }

    const std::string any{text.substr(0, http::max_json_string)};
    Fields again = fields();
    require(!http::read_json(http::json_object({{"txt", any}}), again) && again[1].value == any);
    return 0;
}
