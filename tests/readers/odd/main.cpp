// A reader of the config that breaks the rules if the config's first line asks for it. It does not lock
// itself down.
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

#include "daemon/reader/endpoints.h"
#include "daemon/reader/file.h"
#include "daemon/reader/setups.h"
#include "privsep/child.h"
#include "privsep/conversation.h"
#include "privsep/fail.h"
#include "privsep/sealed_memory.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"
#include "tests/support/send_descriptors.h"

namespace
{

using Supervisor = privsep::Conversation<ipc::ReaderToSupervisor, ipc::SupervisorToReader>;

class OddReader
{
public:
    OddReader(Supervisor supervisor, std::string text)
        : supervisor_(std::move(supervisor)), text_(std::move(text))
    {
    }

    void serve()
    {
        die_if("dies at once");
        wait_if("says nothing");
        supervisor_.say(ipc::Ready{is("has no layers") ? 0 : ~0U});
        if (is("is ready twice")) {
            supervisor_.say(ipc::Ready{~0U});
        }
        const config::Parsed parsed = config::parse(text_);
        say_what_is_wanted(parsed.config);
        std::optional<ipc::SupervisorToReader> request;
        privsep::UniqueFd passed;
        if (supervisor_.hear(request, passed) == privsep::Transfer::done) {
            make_setups(parsed.config, std::get<ipc::MakeSetups>(*request));
        }
    }

private:
    bool is(std::string_view odd) const { return text_.starts_with("# " + std::string{odd} + "\n"); }
    void die_if(std::string_view odd) const
    {
        if (is(odd)) {
            std::abort(); // the supervisor's filter refuses kill(2)
        }
    }
    /// Waits until its parent kills it.
    void wait_if(std::string_view odd) const
    {
        while (is(odd)) {
            ::pause();
        }
    }

    void say_what_is_wanted(const config::Config& config)
    {
        for (int i = 0; is("says too much") && i < 1000; ++i) {
            supervisor_.say(ipc::Endpoint{});
        }
        for (const ipc::Service service : ipc::services) {
            for (const ipc::Endpoint& endpoint : reader::endpoints(config, service)) {
                supervisor_.say(endpoint);
            }
        }
        ipc::ConfigSummary summary{config.server.domain, "", "", 0, config.server.workers};
        if (is("wants no worker")) {
            summary.workers = 0;
        } else if (is("wants too many workers")) {
            summary.workers = ipc::max_workers + 1;
        }
        supervisor_.say(summary);
        die_if("dies before it makes the setups");
        if (is("ends before it makes the setups")) {
            ::_exit(0);
        }
    }

    static bool is_known(ipc::Role role)
    {
        return role == ipc::Role::keeper || role == ipc::Role::updater || role == ipc::Role::responder;
    }
    /// The setup of a role that the tests have added (tests/roles): the role and the index.
    static privsep::UniqueFd setup_of_probe(const ipc::SetupMade& child)
    {
        std::vector<std::uint8_t> bytes;
        ipc::append_record(bytes, child);
        privsep::SealedMemory memory{"probe"};
        memory.append(bytes);
        return std::move(memory).seal();
    }

    void send_odd_descriptors(const ipc::SetupMade& made, int setup) const
    {
        std::array<std::uint8_t, ipc::max_record> room{};
        if (is("sends two descriptors")) {
            support::send_with_descriptors(privsep::control_fd,
                                           ipc::encode(ipc::ReaderToSupervisor{made}, room), setup, 2);
        } else if (is("sends a descriptor with an empty record")) {
            support::send_with_descriptors(privsep::control_fd, {}, setup, 1);
        }
    }

    void make_setups(const config::Config& config, const ipc::MakeSetups& wanted)
    {
        const ipc::ReaderSetup own;
        const std::vector<config::SavedHost> imported;
        reader::SetupMaker maker{config, wanted, own, imported};
        for (const ipc::WantedSetup& child : wanted.children) {
            const ipc::SetupMade made{child.role, child.index};
            privsep::UniqueFd setup = is_known(child.role) ? maker.make(child) : setup_of_probe(made);
            if (child.role != ipc::Role::updater) {
                supervisor_.say(made, setup.get());
                continue;
            }
            die_if("dies before it has made all setups");
            wait_if("stops before it has made all setups");
            if (is("can change a setup")) {
                setup = privsep::UniqueFd{::memfd_create("u", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
            }
            send_odd_descriptors(made, setup.get());
            if (!is("leaves out the updater")) {
                supervisor_.say(made, is("sends no memory") ? -1 : setup.get());
            }
        }
        wait_if("stays");
    }

    Supervisor supervisor_;
    std::string text_;
};

} // namespace

int main()
{
    privsep::Inherited inherited = privsep::inherit();
    ::prctl(PR_SET_NAME, "nanodnsd-reader", 0, 0, 0);
    Supervisor supervisor{inherited.control.release()};
    std::optional<ipc::SupervisorToReader> first;
    privsep::UniqueFd config;
    supervisor.hear(first, config);
    const auto content = reader::read_file(config.get(), "the config", 1U << 20);
    OddReader{std::move(supervisor), content.text}.serve();
    ::_exit(0);
}
