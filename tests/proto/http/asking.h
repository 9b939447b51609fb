// Sends a request to the dialects, and shows the result.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <variant>

#include "proto/http/dialect.h"
#include "tests/proto/http/words.h"

namespace http
{

inline Client client_at(std::string_view address)
{
    return {base::parse_address(address).value()};
}

inline ReadResult ask(const std::string& text, const Client& client = client_at("198.51.100.7"))
{
    RequestReader reader;
    const auto progress = reader.read(text);
    if (const auto* refusal = std::get_if<Refusal>(&progress)) {
        return Refused{reply_to(*refusal, reader, text), ""};
    }
    if (!std::holds_alternative<Request>(progress)) {
        ADD_FAILURE() << "not a complete request: " << text;
        return Refused{};
    }
    return read_request(std::get<Request>(progress), client);
}

inline ReadResult get(const std::string& target, const Client& client = client_at("198.51.100.7"))
{
    return ask("GET " + target + " HTTP/1.1\r\n\r\n", client);
}

inline ReadResult post(const std::string& target, const std::string& body, const std::string& fields = "")
{
    return ask("POST " + target + " HTTP/1.1\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

/// "STATUS BODY". No error has a word by which a client would take it for a success.
inline std::string text_of(const Reply& reply)
{
    if (reply.status != Status::ok) {
        EXPECT_EQ(word_of_success(serialise(reply)), "") << reply.body;
    }
    return std::to_string(static_cast<int>(reply.status)) + ' ' + reply.body;
}

inline std::string reply_of(const ReadResult& result)
{
    if (const auto* refused = std::get_if<Refused>(&result)) {
        return text_of(refused->reply);
    }
    const auto* answer = std::get_if<Answer>(&result);
    return answer == nullptr ? "a proposal" : text_of(answer->reply);
}

inline Update update_of(const ReadResult& result)
{
    const auto* update = std::get_if<Update>(&result);
    if (update == nullptr) {
        ADD_FAILURE() << "not a proposal but: " << reply_of(result);
        return {};
    }
    return *update;
}

inline ipc::Propose proposal(const ReadResult& result)
{
    return update_of(result).proposal;
}

template <typename Value>
std::string shown(const ipc::ChangeOf<Value>& change)
{
    switch (change.change) {
    case ipc::Change::missing:
        return "missing";
    case ipc::Change::keep:
        return "keep";
    case ipc::Change::remove:
        return "remove";
    case ipc::Change::set:
        break;
    }
    return base::to_text(change.value) + (change.is_own ? " (own)" : "");
}

/// "IPV4, IPV6" or "IPV4, IPV6, PREFIX" if the prefix is not missing; of a refused request its reply.
inline std::string changes_of(const ReadResult& result)
{
    if (!std::holds_alternative<Update>(result)) {
        return reply_of(result);
    }
    const ipc::Propose made = proposal(result);
    const std::string families = shown(made.ipv4) + ", " + shown(made.ipv6);
    return made.prefix.change == ipc::Change::missing ? families : families + ", " + shown(made.prefix);
}

struct Example {
    std::string request; ///< or a part of it
    std::string result;
};

inline std::string text_of(const base::Token& token)
{
    return std::string{base::as_text(token.bytes())};
}

} // namespace http
