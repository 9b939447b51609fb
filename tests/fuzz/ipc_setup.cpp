// Properties: a setup that can be read and is written again from its parts is the same; so is each single
// record (round_trip.h).
#include "proto/ipc/console_setup.h"
#include "proto/ipc/setup.h"
#include "tests/fuzz/round_trip.h"

namespace
{

template <typename Part>
void try_as(base::Bytes bytes)
{
    fuzz::read_and_write_back<Part>(bytes);
    std::vector<std::uint8_t> again;
    const bool is_read =
        ipc::read_setup<Part>(bytes, [&](const Part& part) { ipc::append_record(again, part); });
    if (is_read && !std::equal(bytes.begin(), bytes.end(), again.begin(), again.end())) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try_as<ipc::ResponderPart>({data, size});
    try_as<ipc::UpdaterPart>({data, size});
    try_as<ipc::KeeperPart>({data, size});
    try_as<ipc::ReaderPart>({data, size});
    try_as<ipc::ConsolePart>({data, size});
    return 0;
}
