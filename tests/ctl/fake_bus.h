// A bus for nanodnsctl: it speaks D-Bus over a real socket and has the properties that the test wants.
#pragma once

#if NANODNSD_SYSTEMD

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <thread>
#include <unistd.h>
#include <variant>

#include "ctl/fd.h"

namespace ctl_test
{

using BusValue = std::variant<std::string, std::uint32_t, std::uint64_t, bool>;
/// By the object's path without "/org/freedesktop/", a blank and the property's name.
using BusProperties = std::map<std::string, BusValue>;

struct BusContent {
    BusProperties properties{};
    std::map<std::uint32_t, std::string> units_of_processes{}; ///< whole paths
    unsigned answers = 1000;                                   ///< after so many, it is silent
};

class FakeBus
{
public:
    explicit FakeBus(BusContent content) : content_(std::move(content))
    {
        std::string folder = testing::TempDir() + "bus-XXXXXX";
        folder_ = ::mkdtemp(folder.data());
        listener_ = ctl::Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        struct sockaddr_un address {
        };
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        thread_ = std::thread{[this] { serve(); }};
    }
    ~FakeBus()
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
        std::filesystem::remove_all(folder_);
    }
    FakeBus(const FakeBus&) = delete;
    FakeBus& operator=(const FakeBus&) = delete;

    std::string address() const { return "unix:path=" + path(); }
    unsigned asked() const { return asked_; }

private:
    std::string path() const { return folder_ + "/bus"; }

    void serve()
    {
        for (;;) {
            const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (client < 0) {
                return;
            }
            sd_bus* bus = nullptr;
            sd_id128_t id{};
            ::sd_id128_randomize(&id);
            ::sd_bus_new(&bus);
            ::sd_bus_set_fd(bus, client, client);
            ::sd_bus_set_server(bus, 1, id);
            ::sd_bus_add_filter(bus, nullptr, answer_to, this);
            EXPECT_GE(::sd_bus_start(bus), 0);
            for (int outcome = 0; outcome >= 0;) {
                outcome = ::sd_bus_process(bus, nullptr);
                outcome = outcome == 0 ? ::sd_bus_wait(bus, UINT64_MAX) : outcome;
            }
            ::sd_bus_close(bus);
            ::sd_bus_unref(bus);
        }
    }

    static int answer_to(sd_bus_message* call, void* self, sd_bus_error* /*error*/)
    {
        return static_cast<FakeBus*>(self)->answer(call);
    }
    int answer(sd_bus_message* call)
    {
        if (::sd_bus_message_is_method_call(call, "org.freedesktop.DBus", "Hello") > 0) {
            return ::sd_bus_reply_method_return(call, "s", ":1.1");
        }
        if (::sd_bus_message_is_method_call(call, nullptr, nullptr) <= 0) {
            return 0; // the library's own signal that the client has gone
        }
        if (asked_++ >= content_.answers) {
            return 1; // handled, and not answered
        }
        if (::sd_bus_message_is_method_call(call, "org.freedesktop.DBus.Properties", "Get") > 0) {
            return answer_property(call);
        }
        std::uint32_t pid = 0;
        ::sd_bus_message_read(call, "u", &pid);
        const auto found = content_.units_of_processes.find(pid);
        if (found == content_.units_of_processes.end()) {
            return ::sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.NoUnitForPID", "none");
        }
        return ::sd_bus_reply_method_return(call, "o", found->second.c_str());
    }
    int answer_property(sd_bus_message* call) const
    {
        const char* interface = nullptr;
        const char* name = nullptr;
        ::sd_bus_message_read(call, "ss", &interface, &name);
        const std::string prefix = "/org/freedesktop/";
        const std::string path = ::sd_bus_message_get_path(call);
        const auto found = content_.properties.find(path.substr(prefix.size()) + ' ' + name);
        if (found == content_.properties.end()) {
            return ::sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_PROPERTY, "none");
        }
        if (const auto* const text = std::get_if<std::string>(&found->second)) {
            return ::sd_bus_reply_method_return(call, "v", "s", text->c_str());
        }
        if (const auto* const number = std::get_if<std::uint32_t>(&found->second)) {
            return ::sd_bus_reply_method_return(call, "v", "u", *number);
        }
        if (const auto* const time = std::get_if<std::uint64_t>(&found->second)) {
            return ::sd_bus_reply_method_return(call, "v", "t", *time);
        }
        return ::sd_bus_reply_method_return(call, "v", "b", static_cast<int>(std::get<bool>(found->second)));
    }

    BusContent content_;
    std::atomic<unsigned> asked_ = 0;
    std::string folder_;
    ctl::Fd listener_;
    std::thread thread_;
};

} // namespace ctl_test

#endif
