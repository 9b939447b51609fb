// Properties: a name that was read writes back as itself, whatever message it came from; its presentation
// format reads back as the same name; reading in place and passing over agree with reading.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proto/dns/name.h"

namespace
{

using dns::Name;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void check_wire(const Name& name)
{
    base::Reader again{name.wire()};
    require(Name::read(again, dns::Compression::forbidden) == name && again.finished());
    base::Reader in_place{name.wire()};
    const base::Bytes octets = Name::read_in_place(in_place);
    require(in_place.finished() &&
            std::equal(octets.begin(), octets.end(), name.wire().begin(), name.wire().end()));
    require(name.wire().size() <= Name::max_wire_octets && name.labels() <= 127);
}

void check_relations(const Name& name)
{
    require(name.lowered() == name);
    require(name.is_at_or_below(name) && name.is_at_or_below(name.parent()) && name.is_at_or_below(Name{}));
    require(name.is_root() || !name.parent().is_at_or_below(name));
    const auto back =
        name.is_root() ? std::optional{Name{}} : name.parent().child(base::as_text(name.first_label()));
    require(back && *back == name);
    const auto text = Name::from_text(name.to_text());
    require(text &&
            std::equal(text->wire().begin(), text->wire().end(), name.wire().begin(), name.wire().end()));
}

void check_text(std::string_view text)
{
    if (const auto name = Name::from_text(text)) {
        check_wire(*name);
        check_relations(*name);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const base::Bytes message{data + 1, size - 1};
    check_text(base::as_text(message));

    base::Reader in{message};
    in.take(data[0]);
    base::Reader skipping = in;
    base::Reader forbidding = in;
    base::Reader in_place = in;
    const Name name = Name::read(in);
    Name::skip(skipping);
    const Name plain = Name::read(forbidding, dns::Compression::forbidden);
    const base::Bytes octets = Name::read_in_place(in_place);

    // what can be read without pointers is what is read in place, and is read the same with them allowed
    require(forbidding.ok() == in_place.ok());
    require(!forbidding.ok() || (in.ok() && plain == name && octets.size() == name.wire().size()));
    require(!forbidding.ok() || forbidding.position() == in.position());
    if (!in.ok()) {
        require(name.is_root());
        return 0;
    }
    require(skipping.ok() && skipping.position() == in.position());
    check_wire(name);
    check_relations(name);
    return 0;
}
