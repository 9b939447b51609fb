// Properties: a name that was read from a message is read as the same name from its wire form and from its
// presentation format; read_in_place() and skip() agree with read(); label starts are where parents start.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "proto/dns/label_starts.h"
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

void check_labels(Name name, const dns::LabelStarts& labels)
{
    const std::size_t size = name.wire().size();
    std::optional<std::size_t> previous;
    for (std::size_t at = 0; at < size; ++at) {
        const bool begins = at == size - name.wire().size();
        require(labels.contains(at) == begins && labels.before(at) == previous);
        if (begins) {
            previous = at;
            name = name.parent();
        }
    }
}

void check_wire(const Name& name)
{
    base::Reader again{name.wire()};
    require(Name::read(again, dns::Compression::forbidden) == name && again.finished());
    base::Reader in_place{name.wire()};
    dns::LabelStarts labels;
    const base::Bytes bytes = Name::read_in_place(in_place, labels);
    require(in_place.finished() &&
            std::equal(bytes.begin(), bytes.end(), name.wire().begin(), name.wire().end()));
    require(name.wire().size() <= Name::max_wire_bytes && name.labels() <= 127);
    check_labels(name, labels);
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
    dns::LabelStarts labels;
    const base::Bytes bytes = Name::read_in_place(in_place, labels);

    // a name without pointers is read the same way in place and with pointers allowed
    require(forbidding.ok() == in_place.ok());
    require(!forbidding.ok() || (in.ok() && plain == name && bytes.size() == name.wire().size()));
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
