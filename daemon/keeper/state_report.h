// Reports a state for nanodnsd -n -s STATE. It only reads, so a daemon may be using the state.
#pragma once

#include <array>
#include <map>
#include <string>

#include "daemon/keeper/departed.h"
#include "privsep/child.h"
#include "privsep/unique_fd.h"
#include "proto/base/time.h"
#include "proto/journal/recovery.h"

namespace keeper
{

class StateReport
{
public:
    /// Takes a keeper's setup and the two state files. Ends the process if the setup is malformed.
    explicit StateReport(privsep::Inherited& inherited);

    /// Prints the state, the addresses of each host and the challenges to stdout. False, with a line on
    /// stderr, if a start would refuse the files. Makes the system calls of the reader
    /// (daemon/reader/syscalls.h) only.
    bool print();

private:
    using Hosts = std::map<std::string, Departed::Records>; ///< by the name as text

    struct Follower {
        std::string leader;
        base::Address6 suffix;
        bool has_leaders_a = false;
    };
    class Taker;

    journal::Recovery read();
    std::string describe(const journal::Recovery& found) const;
    Hosts all_hosts() const;
    std::string fate_of(const std::string& name, const Departed::Records& records) const;
    std::string table() const;
    std::string challenges() const;

    std::array<privsep::UniqueFd, 2> files_;
    std::string path_;        ///< of the files, without ".0" or ".1"
    base::UnixTime now_{};    ///< when nanodnsd -n started
    bool has_config_ = false; ///< whether the setup has the hosts of the config
    Hosts configured_;        ///< those with a token, without records
    Hosts never_; ///< those with expire=never, which applies to stored addresses too; without records
    Hosts challenge_hosts_; ///< those that can have a challenge; without records
    Hosts imported_;        ///< of the predecessor's state
    Hosts hosts_;           ///< of the state
    std::map<std::string, journal::Challenge> challenges_; ///< of the state
    std::map<std::string, Follower> followers_;
};

} // namespace keeper
