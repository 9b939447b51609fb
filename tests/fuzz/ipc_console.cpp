// Property: see round_trip.h, for each direction of the channel.
#include "proto/ipc/console.h"
#include "tests/fuzz/round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::read_and_write_back<ipc::ConsoleToKeeper>({data, size});
    fuzz::read_and_write_back<ipc::KeeperToConsole>({data, size});
    return 0;
}
