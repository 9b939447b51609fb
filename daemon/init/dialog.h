// Asks for the answers that are not given as options.
#pragma once

#include <string>

#include "daemon/init/answers.h"

namespace init
{

/// The options of the answers that are missing if nobody can be asked, as "--domain, --email"; empty if there
/// is none. One address is enough: then the other one counts as given.
std::string missing(Answers& answers);

/// Asks on the terminal: questions to stderr, answers from stdin. A wrong answer is asked for again, with the
/// reason. So is one from an option that does not fit the answers before it. False if the input ends.
bool ask(const std::string& config, Answers& answers);

} // namespace init
