// Properties: see round_trip.h, for each direction of the control socket; and each Hello that can be decoded
// has the version that version_of() finds.
#include <cstdlib>

#include "proto/ipc/admin.h"
#include "tests/fuzz/round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const base::Bytes input{data, size};
    fuzz::read_and_write_back<ipc::admin::ClientToConsole>(input);
    fuzz::read_and_write_back<ipc::admin::ConsoleToClient>(input);
    const auto message = ipc::decode<ipc::admin::ClientToConsole>(input);
    if (message && message->index() == 0) {
        const auto& hello = std::get<ipc::admin::Hello>(*message);
        if (ipc::admin::version_of(input) != hello.version) {
            std::abort();
        }
    }
    return 0;
}
