// Properties: a line that can be read is written as itself. A line that is made of the input's bytes as
// values is read as the same values, also with a name of any bytes. What is logged of it is short enough, and
// lacks only names of followers.
#include <cstdlib>

#include "proto/base/bytes.h"
#include "proto/ipc/change_line.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

template <typename Value>
ipc::RecordChange<Value> change(unsigned kind, const Value& before, const Value& now)
{
    switch (kind % 4) {
    case 0:
        return {};
    case 1:
        return {{}, {}, true};
    case 2:
        return {now, {}, false};
    default:
        return {now, before, false};
    }
}

ipc::ChangeLine::Challenge value_of(std::uint8_t letter)
{
    ipc::ChangeLine::Challenge value;
    value.fill(static_cast<std::uint8_t>('a' + letter % 26));
    value.back() = '_';
    return value;
}

base::Prefix6 prefix_of(base::Reader& in)
{
    const std::uint8_t length = in.u8();
    return base::prefix_of(base::Address6{in.bytes<16>()}, length % 129);
}

ipc::Origin origin_of(base::Reader& in)
{
    ipc::Origin origin;
    const std::uint8_t kind = in.u8();
    if (kind >= 200) {
        origin.administrator = {(kind & 1) != 0 ? std::optional{in.u32()} : std::nullopt, kind % 4 == 3};
        return origin;
    }
    origin.dialect = static_cast<ipc::Dialect>(1 + kind % 6);
    if (kind < 100) {
        origin.client = base::Address{base::Address6{in.bytes<16>()}};
    }
    return origin;
}

ipc::ChangeLine line_of(base::Reader& in)
{
    ipc::ChangeLine line;
    const std::uint8_t kinds = in.u8();
    const std::uint8_t more = in.u8();
    line.cause = static_cast<ipc::Cause>(1 + more % 3);
    line.origin = line.cause == ipc::Cause::update ? origin_of(in) : ipc::Origin{};
    line.is_unchanged = line.cause == ipc::Cause::update && more >= 200;
    if (!line.is_unchanged) {
        line.a = change(kinds, base::Address4{in.bytes<4>()}, base::Address4{in.bytes<4>()});
        line.aaaa = change(kinds >> 2, base::Address6{in.bytes<16>()}, base::Address6{in.bytes<16>()});
        line.prefix = change(kinds >> 4, prefix_of(in), prefix_of(in));
        line.added.assign(kinds >> 7, value_of(in.u8()));
        line.removed.assign(more >> 5 & 1, value_of(in.u8()));
        line.serial = in.u32();
        line.left_out = in.u16();
    }
    line.host = dns::Name::read(in, dns::Compression::forbidden);
    while (in.ok() && in.left() != 0 && !line.is_unchanged &&
           line.followers.size() < ipc::most_followers_named) {
        line.followers.push_back(dns::Name::read(in, dns::Compression::forbidden));
    }
    const bool has_more = line.followers.size() == ipc::most_followers_named;
    line.all_followers = static_cast<std::uint32_t>(line.followers.size()) + (has_more ? in.u8() : 0U);
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    if (const auto line = ipc::read_change_line(text)) {
        require(ipc::to_text(*line) == text);
    }
    base::Reader in{{data, size}};
    const ipc::ChangeLine line = line_of(in);
    if (in.ok()) {
        require(ipc::read_change_line(ipc::to_text(line)) == line);
        const std::string logged = ipc::to_short_text(line);
        require(logged.size() <= ipc::longest_change_line);
        auto read = ipc::read_change_line(logged);
        require(read && read->all_followers == line.all_followers);
        read->followers = line.followers;
        require(read == line);
    }
    return 0;
}
