// What nanodnsctl --json prints in some tests, as files: schema.py compares them with the schema.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace ctl_test
{

/// A file's name begins with that of the command.
inline std::string json_file(const std::string& name)
{
    std::ostringstream text;
    text << std::ifstream{TEST_SOURCE_DIR "/tests/ctl/json/" + name}.rdbuf();
    return text.str();
}

} // namespace ctl_test
