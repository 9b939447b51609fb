#include "proto/config/predecessor_state.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "proto/base/text.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"
#include "proto/config/names.h"
#include "proto/config/values.h"

namespace config
{

namespace
{

class StateParser
{
public:
    StateParser(std::string_view text, const dns::Name& domain) noexcept
        : text_(text), ini_(text), domain_(domain.lowered())
    {
    }

    SavedState run()
    {
        while (!errors_.full()) {
            const auto line = ini_.next();
            if (!line) {
                check_end();
                break;
            }
            std::visit([this](const auto& kind) { take(kind); }, *line);
        }
        end_host();
        return {std::move(hosts_), std::move(errors_).take()};
    }

private:
    void take(const MalformedLine& line) { errors_.add(line.at, "{}", {line.error}); }

    void take(const SectionLine& line)
    {
        end_host();
        hosts_.emplace_back();
        in_host_ = true;
        section_ = line.at;
        if (!line.name.text.starts_with("@.")) {
            errors_.add(line.at, "found {}, expected a section [@.host]", {shown(line.name.text)});
            return;
        }
        const auto read = read_relative_name(line.name.text.substr(2));
        const auto* const name = std::get_if<dns::Name>(&read);
        const auto whole =
            name != nullptr && !name->is_root() ? dns::Name::join(*name, domain_) : std::nullopt;
        if (!whole) {
            errors_.add(line.at, "found {}, expected the name of a host after \"@.\"",
                        {shown(line.name.text)});
            return;
        }
        hosts_.back().name = *whole;
    }

    void take(const EntryLine& line)
    {
        if (!in_host_) {
            errors_.add(line.key.at, "found a key before the first section, expected [@.host]");
        } else if (line.key.text == "expire") {
            read_expiry(line.value);
        } else if (line.key.text == "a") {
            read_address(line.value, base::parse_address4(line.value.text), hosts_.back().a, "a",
                         "an IPv4 address");
        } else if (line.key.text == "aaaa") {
            read_address(line.value, base::parse_address6(line.value.text), hosts_.back().aaaa, "aaaa",
                         "an IPv6 address");
        } else {
            errors_.add(line.key.at, "found unknown key {}, expected expire, a or aaaa",
                        {shown(line.key.text)});
        }
    }

    void read_expiry(const Word& value)
    {
        constexpr std::uint64_t max_unix_time = 253402300799; // the end of the year 9999
        if (const auto seconds = base::parse_decimal(value.text, max_unix_time)) {
            hosts_.back().expires = base::UnixTime{base::Seconds{static_cast<std::int64_t>(*seconds)}};
            has_expiry_ = true;
            return;
        }
        has_expiry_ = true; // no second error for the same section
        errors_.add(value.at, "expire: found {}, expected a Unix time from 0 to {}",
                    {shown(value.text), max_unix_time});
    }

    template <typename Address>
    void read_address(const Word& value, const std::optional<Address>& read, std::optional<Address>& into,
                      std::string_view key, std::string_view expected)
    {
        if (!read) {
            errors_.add(value.at, "{}: found {}, expected {}", {key, shown(value.text), expected});
        } else if (!into) {
            into = read;
        }
    }

    void end_host()
    {
        if (!std::exchange(in_host_, false)) {
            return;
        }
        if (!std::exchange(has_expiry_, false)) {
            errors_.add(section_, "found a section without expire=, expected expire= and a Unix time");
        }
        const std::size_t last = hosts_.size() - 1;
        const auto [place, is_new] = places_.try_emplace(hosts_[last].name.to_text(), last);
        if (!is_new) {
            hosts_[place->second] = hosts_[last];
            hosts_.pop_back();
        }
    }

    /// The predecessor ended every line with a newline. It overwrote the file in place, so a crash could
    /// leave an incomplete one.
    void check_end()
    {
        if (!text_.empty() && !text_.ends_with('\n')) {
            errors_.add(ini_.end(), "found an incomplete last line, expected a newline at its end");
        }
    }

    std::string_view text_;
    IniReader ini_;
    dns::Name domain_;
    Errors errors_;
    std::vector<SavedHost> hosts_;
    std::map<std::string, std::size_t> places_; ///< in hosts_
    bool in_host_ = false;                      ///< the last host's section has not ended
    Position section_;                          ///< the last host's
    bool has_expiry_ = false;
};

} // namespace

SavedState parse_predecessor_state(std::string_view text, const dns::Name& domain)
{
    return StateParser{text, domain}.run();
}

} // namespace config
