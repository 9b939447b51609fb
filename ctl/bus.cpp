#include "ctl/bus.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#if NANODNSD_SYSTEMD
#include <systemd/sd-bus.h>
#endif

namespace ctl
{

namespace
{

constexpr auto socket_units =
    std::to_array<const char*>({"nanodnsd-dns.socket", "nanodnsd-http.socket", "nanodnsd-https.socket",
                                "nanodnsd-control.socket", "nanodnsd-metrics.socket"});

} // namespace

#if NANODNSD_SYSTEMD

namespace
{

constexpr const char* manager = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* socket_interface = "org.freedesktop.systemd1.Socket";

struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
};
using Text = std::unique_ptr<char, Free>;

struct Unref {
    void operator()(sd_bus_message* message) const noexcept { ::sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

std::string path_of(const std::string& unit)
{
    char* path = nullptr;
    const int outcome = ::sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path);
    const Text owner{path};
    return outcome < 0 ? "" : path;
}

} // namespace

void Bus::Close::operator()(sd_bus* bus) const noexcept
{
    ::sd_bus_close(bus);
    ::sd_bus_unref(bus);
}

Bus::Bus(const std::string& address, std::chrono::milliseconds patience)
    : end_(std::chrono::steady_clock::now() + patience)
{
    if (address.empty()) {
        why_not_ = "there is no system bus";
        return;
    }
    sd_bus* bus = nullptr;
    int outcome = ::sd_bus_new(&bus);
    bus_.reset(bus);
    outcome = outcome < 0 ? outcome : ::sd_bus_set_address(bus, address.c_str());
    outcome = outcome < 0 ? outcome : ::sd_bus_set_bus_client(bus, 1);
    outcome = outcome < 0 ? outcome : ::sd_bus_start(bus);
    // The library waits much longer for the end of the authentication than we do.
    while (outcome >= 0 && ::sd_bus_is_ready(bus) == 0 && may_ask()) {
        outcome = ::sd_bus_process(bus, nullptr);
        if (outcome == 0) {
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
                end_ - std::chrono::steady_clock::now());
            outcome = ::sd_bus_wait(bus, static_cast<std::uint64_t>(std::max<std::int64_t>(left.count(), 1)));
        }
    }
    if (outcome < 0) {
        give_up(-outcome);
    }
}

void Bus::give_up(int error)
{
    bus_.reset();
    why_not_ = std::strerror(error);
}

bool Bus::may_ask()
{
    if (!is_connected()) {
        return false;
    }
    const auto left = end_ - std::chrono::steady_clock::now();
    if (left <= std::chrono::milliseconds{0}) {
        give_up(ETIMEDOUT);
        return false;
    }
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(left);
    ::sd_bus_set_method_call_timeout(bus_.get(), static_cast<std::uint64_t>(microseconds.count()) + 1);
    return true;
}

/// An error that the other end sends, such as one for an unknown object, does not end the connection.
bool Bus::is_answer(int outcome)
{
    if (outcome >= 0) {
        return true;
    }
    const bool is_gone = ::sd_bus_is_open(bus_.get()) <= 0;
    if (is_gone || outcome == -ETIMEDOUT) {
        give_up(-outcome);
    }
    return false;
}

std::optional<std::string> Bus::text(const Property& property)
{
    if (!may_ask()) {
        return std::nullopt;
    }
    char* value = nullptr;
    const bool is_there = is_answer(::sd_bus_get_property_string(
        bus_.get(), property.service, property.path, property.interface, property.name, nullptr, &value));
    const Text owner{value};
    return is_there ? std::optional<std::string>{value} : std::nullopt;
}

template <typename Value>
std::optional<Value> Bus::number(const Property& property, char type)
{
    Value value{};
    if (!may_ask() ||
        !is_answer(::sd_bus_get_property_trivial(bus_.get(), property.service, property.path,
                                                 property.interface, property.name, nullptr, type, &value))) {
        return std::nullopt;
    }
    return value;
}

/// A time in microseconds since 1970; 0: never.
std::optional<base::UnixTime> Bus::time(const Property& property)
{
    constexpr std::uint64_t per_second = 1'000'000;
    const auto value = number<std::uint64_t>(property, SD_BUS_TYPE_UINT64);
    if (!value || *value == 0) {
        return std::nullopt;
    }
    return base::UnixTime{base::Seconds{*value / per_second}};
}

std::optional<Unit> Bus::unit_at(const std::string& path)
{
    const auto of = [&](const char* interface, const char* name) {
        return Property{manager, path.c_str(), interface, name};
    };
    Unit unit;
    const auto name = text(of(unit_interface, "Id"));
    if (!name) {
        return std::nullopt;
    }
    unit.name = *name;
    unit.load_state = text(of(unit_interface, "LoadState")).value_or("");
    unit.active_state = text(of(unit_interface, "ActiveState")).value_or("");
    unit.sub_state = text(of(unit_interface, "SubState")).value_or("");
    unit.file_state = text(of(unit_interface, "UnitFileState")).value_or("");
    unit.since = time(of(unit_interface, "StateChangeTimestamp"));
    unit.active_at = time(of(unit_interface, "ActiveEnterTimestamp"));
    if (name->ends_with(".service")) {
        unit.result = text(of(service_interface, "Result")).value_or("");
        unit.restarts =
            number<std::uint32_t>(of(service_interface, "NRestarts"), SD_BUS_TYPE_UINT32).value_or(0);
        unit.main_pid =
            number<std::uint32_t>(of(service_interface, "MainPID"), SD_BUS_TYPE_UINT32).value_or(0);
    } else if (name->ends_with(".socket")) {
        unit.result = text(of(socket_interface, "Result")).value_or("");
    }
    return is_connected() ? std::optional{unit} : std::nullopt; // not the half of one
}

std::optional<Unit> Bus::unit(const std::string& name)
{
    return unit_at(path_of(name));
}

std::optional<Unit> Bus::unit_of(std::uint32_t pid)
{
    if (!may_ask()) {
        return std::nullopt;
    }
    sd_bus_message* reply = nullptr;
    const char* path = nullptr;
    const bool is_there = is_answer(::sd_bus_call_method(bus_.get(), manager, manager_path, manager_interface,
                                                         "GetUnitByPID", nullptr, &reply, "u", pid));
    const Message owner{reply};
    if (!is_there || ::sd_bus_message_read(reply, "o", &path) < 0) {
        return std::nullopt;
    }
    auto unit = unit_at(path);
    return unit && unit->main_pid == pid ? std::move(unit) : std::nullopt;
}

std::optional<bool> Bus::is_clock_synchronised()
{
    const auto value = number<int>({"org.freedesktop.timedate1", "/org/freedesktop/timedate1",
                                    "org.freedesktop.timedate1", "NTPSynchronized"},
                                   SD_BUS_TYPE_BOOLEAN);
    return value ? std::optional{*value != 0} : std::nullopt;
}

/// A question to a service that does not run would start it.
std::optional<std::string> Bus::resolved_stub()
{
    const auto resolved = unit("systemd-resolved.service");
    if (!resolved || !resolved->is_active()) {
        return std::nullopt;
    }
    return text({"org.freedesktop.resolve1", "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager",
                 "DNSStubListener"});
}

#else

void Bus::Close::operator()(sd_bus* /*bus*/) const noexcept {}
Bus::Bus(const std::string& /*address*/, std::chrono::milliseconds /*patience*/)
    : why_not_("this nanodnsctl was built without systemd (NANODNSD_SYSTEMD=OFF)")
{
}
std::optional<Unit> Bus::unit(const std::string& /*name*/)
{
    return std::nullopt;
}
std::optional<Unit> Bus::unit_of(std::uint32_t /*pid*/)
{
    return std::nullopt;
}
std::optional<bool> Bus::is_clock_synchronised()
{
    return std::nullopt;
}
std::optional<std::string> Bus::resolved_stub()
{
    return std::nullopt;
}

#endif

std::optional<Manager> ask_manager(Bus& bus, std::optional<std::uint32_t> pid)
{
    Manager found;
    found.service = pid ? bus.unit_of(*pid) : bus.unit(service_unit);
    for (const char* const name : socket_units) {
        auto unit = bus.unit(name);
        if (unit && unit->is_there()) {
            found.sockets.push_back(*std::move(unit));
        }
    }
    return bus.is_connected() ? std::optional{std::move(found)} : std::nullopt;
}

} // namespace ctl
