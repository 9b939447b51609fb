// Access to the project's files, for the rules about them.
#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace rules
{

using Strings = std::vector<std::string>;

// Functions, so that only the file that defines them depends on the path of the clone.
const char* source_folder();
const char* build_folder();

inline const std::filesystem::path source_dir = source_folder();
inline const std::filesystem::path build_dir = build_folder();

inline std::string read(const std::filesystem::path& path)
{
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

inline Strings lines_of(const std::string& text)
{
    Strings lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// All files in `folders` whose names end in one of `endings`, as paths below the source folder.
inline Strings files_in(const Strings& folders, const Strings& endings)
{
    Strings paths;
    for (const std::string& folder : folders) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator{source_dir / folder}) {
            const std::string path = entry.path().lexically_relative(source_dir).string();
            for (const std::string& ending : endings) {
                if (entry.is_regular_file() && path.ends_with(ending)) {
                    paths.push_back(path);
                }
            }
        }
    }
    return paths;
}

/// The first group of each match of `pattern` in a line of `text`.
inline Strings matches(const std::string& text, const std::regex& pattern)
{
    Strings found;
    for (const std::string& line : lines_of(text)) {
        std::smatch match;
        if (std::regex_search(line, match, pattern)) {
            found.push_back(match[1]);
        }
    }
    return found;
}

/// The first group of each match of `pattern`, also of several in a line.
inline Strings all_matches(const std::string& text, const std::regex& pattern)
{
    return {std::sregex_token_iterator{text.begin(), text.end(), pattern, 1}, {}};
}

/// The links of a page that lead to no file.
inline Strings broken_links(const std::filesystem::path& page)
{
    static const std::regex link{R"(\]\(([\w./-]+)[)#])"};
    Strings links = all_matches(read(page), link);
    std::erase_if(links, [&](const std::string& to) { return exists(page.parent_path() / to); });
    return links;
}

struct Run {
    int status = -1;
    std::string output; ///< stdout and stderr
};

/// Runs a shell command and waits until it exits.
Run run(const std::string& command);

} // namespace rules
