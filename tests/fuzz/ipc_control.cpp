// Property: see round_trip.h, for each direction of the channel, and for those of a console.
#include "proto/ipc/control.h"
#include "proto/ipc/supervision.h"
#include "tests/fuzz/round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::read_and_write_back<ipc::SupervisorToChild>({data, size});
    fuzz::read_and_write_back<ipc::ChildToSupervisor>({data, size});
    fuzz::read_and_write_back<ipc::SupervisorToConsole>({data, size});
    fuzz::read_and_write_back<ipc::ConsoleToSupervisor>({data, size});
    return 0;
}
