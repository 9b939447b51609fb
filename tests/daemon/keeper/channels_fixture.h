// A keeper whose peers are the test: it holds their ends of the channels.
#pragma once

#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "daemon/keeper/feeds.h"
#include "daemon/keeper/proposals.h"
#include "tests/daemon/keeper/fixture.h"

namespace keeper
{

/// It has two responders and an updater.
class KeeperChannels : public testing::Test
{
protected:
    KeeperChannels() { start(); }
    void start()
    {
        feeds_.reset();
        proposals_.reset();
        fixture_.start(0);
        feeds_.emplace(loop_, fixture_.ledger(), 2, report_peer_);
        proposals_.emplace(loop_, fixture_.ledger(), *feeds_, base::SipKey{4},
                           dns::CompactName{*dns::Name::from_text("example.org")}, report_peer_);
        attach_updater();
    }

    void attach_updater()
    {
        auto [ours, theirs] = privsep::Channel::pair();
        proposals_->attach(ours.release());
        updater_ = std::move(theirs);
    }
    void attach_responder(unsigned index)
    {
        auto [ours, theirs] = privsep::Channel::pair();
        ASSERT_TRUE(feeds_->attach(index, ours.release()));
        responders_.at(index) = std::move(theirs);
    }
    void turns(int count = 3)
    {
        for (int i = 0; i < count; ++i) {
            loop_.turn(0);
            feeds_->publish();
        }
    }
    static void send(privsep::Channel& channel, const ipc::Propose& proposal)
    {
        ByteVector room(ipc::max_record);
        ASSERT_EQ(channel.send_record(ipc::encode(ipc::UpdaterToKeeper{proposal}, room)),
                  privsep::Transfer::done);
    }
    void send_guesses(const char* host, int count, const char* client = "203.0.113.9")
    {
        ipc::Propose guess = set4(host, 1);
        guess.token = *base::Token::from("guess");
        guess.client = *base::parse_address(client);
        for (int i = 0; i < count; ++i) {
            send(updater_, guess);
        }
    }
    /// All messages that have arrived, decoded.
    template <typename Variant>
    static std::vector<Variant> receive(privsep::Channel& channel)
    {
        std::vector<Variant> messages;
        ByteVector room(ipc::max_record);
        for (auto got = channel.receive_record(room); got.transfer == privsep::Transfer::done;
             got = channel.receive_record(room)) {
            messages.push_back(ipc::decode<Variant>(got.record).value());
        }
        return messages;
    }
    static std::string text_of(const ipc::HostRecords& records)
    {
        return std::to_string(static_cast<std::uint32_t>(records.host)) + ' ' +
               (records.address4 ? base::to_text(*records.address4) : "-") + ' ' +
               (records.address6 ? base::to_text(*records.address6) + ' ' : "") +
               (records.keeps_a ? "keeps A " : "") + std::to_string(records.serial);
    }
    static std::string text_of(const ipc::HostTxt& txt)
    {
        std::string line = std::to_string(static_cast<std::uint32_t>(txt.host)) + " TXT ";
        for (const auto& value : txt.values) {
            line += std::string{static_cast<char>(value[0])} + ' ';
        }
        return line + std::to_string(txt.serial);
    }
    static std::string text_of(const ipc::Complete& complete)
    {
        return "complete " + std::to_string(complete.serial);
    }
    std::vector<std::string> fed(unsigned index)
    {
        std::vector<std::string> lines;
        for (const auto& message : receive<ipc::KeeperToResponder>(responders_.at(index))) {
            lines.push_back(std::visit([](const auto& m) { return text_of(m); }, message));
        }
        return lines;
    }
    std::vector<ipc::Verdict> settled()
    {
        std::vector<ipc::Verdict> verdicts;
        for (const auto& message : receive<ipc::KeeperToUpdater>(updater_)) {
            verdicts.push_back(std::get<ipc::Settled>(message).hosts.at(0).verdict);
        }
        return verdicts;
    }
    bool is_disconnected(privsep::Channel& channel)
    {
        ByteVector room(ipc::max_record);
        privsep::Transfer transfer = privsep::Transfer::done;
        while (transfer == privsep::Transfer::done) {
            transfer = channel.receive_record(room).transfer;
        }
        return transfer == privsep::Transfer::closed;
    }

    using Lines = std::vector<std::string>;

    LedgerFixture fixture_;
    privsep::EventLoop loop_;
    std::vector<ipc::PeerReport> reported_;
    keeper::ReportPeer report_peer_ = [this](const ipc::PeerReport& peer) { reported_.push_back(peer); };
    std::optional<Feeds> feeds_;
    std::optional<Proposals> proposals_;
    privsep::Channel updater_;
    std::array<privsep::Channel, 2> responders_;
};

} // namespace keeper
