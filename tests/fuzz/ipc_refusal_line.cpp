// Properties: a line that can be read is written as itself. A line that is made of the input's bytes as
// values is read as the same values, also with a name of any bytes.
#include <cstdlib>

#include "proto/base/bytes.h"
#include "proto/ipc/refusal_line.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

ipc::RefusalLine line_of(base::Reader& in)
{
    ipc::RefusalLine line;
    const std::uint8_t kinds = in.u8();
    line.attempt = ipc::Attempt{static_cast<std::uint8_t>(1 + (kinds >> 4) % 3)};
    line.is_blocked = (kinds & 2) != 0;
    line.client = base::Address{base::Address6{in.bytes<16>()}};
    if ((kinds & 4) != 0) {
        line.account = ipc::RefusalLine::Account{in.bytes<16>()};
    } else if ((kinds & 8) != 0) {
        line.host = dns::Name::read(in, dns::Compression::forbidden);
    }
    line.reason = "wrong token";
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    if (const auto line = ipc::read_refusal_line(text)) {
        require(ipc::to_text(*line) == text);
    }
    base::Reader in{{data, size}};
    const ipc::RefusalLine line = line_of(in);
    if (in.ok()) {
        require(ipc::read_refusal_line(ipc::to_text(line)) == line);
    }
    return 0;
}
