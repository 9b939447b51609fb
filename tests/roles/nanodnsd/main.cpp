// nanodnsd with one more kind of child: the supervisor's objects, and a table with one row more.
#include "daemon/start/serve.h"
#include "tests/roles/probe/probe.h"

int main(int argc, char** argv)
{
    const supervisor::CommandLine line = supervisor::parse_command_line(argc, argv);
    return static_cast<int>(supervisor::serve(*line.options, {probe::rows, probe::edges}));
}
