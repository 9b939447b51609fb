// Benchmarks of the functions that every query uses.
#include <benchmark/benchmark.h>

#include "daemon/common/rate_limit.h"
#include "daemon/responder/answerer.h"
#include "tests/bench/instructions/workload.h"

namespace
{

using workload::ByteVector;

constexpr std::size_t different = 1024; // queries, so that they do not all fit in the L1 cache

zone::Zone zone_of(benchmark::State& state)
{
    return std::move(
        responder::read_setup(workload::setup(static_cast<std::uint32_t>(state.range(0)))).value().zone);
}

void read_query(benchmark::State& state, const ByteVector& options)
{
    const ByteVector query = workload::query(1, "h1.dyn.example.test", dns::Type::a, options);
    for (auto unused : state) {
        benchmark::DoNotOptimize(dns::read_query(query));
    }
}

void look_up(benchmark::State& state, const std::string& prefix)
{
    const zone::Zone zone = zone_of(state);
    std::vector<dns::Name> names;
    for (std::size_t i = 0; i < different; ++i) {
        const auto host = i * 7919 % static_cast<std::size_t>(state.range(0));
        names.push_back(workload::name(prefix + std::to_string(host) + ".dyn.example.test"));
    }
    std::size_t at = 0;
    for (auto unused : state) {
        benchmark::DoNotOptimize(zone.look_up(names[at++ % different].wire()));
    }
}

void answer(benchmark::State& state)
{
    const zone::Zone zone = zone_of(state);
    const std::vector<ByteVector> messages =
        workload::mix(static_cast<std::uint32_t>(state.range(0)), different);
    std::vector<dns::Query> queries;
    for (const ByteVector& message : messages) {
        queries.push_back(*dns::read_query(message));
    }
    std::array<std::uint8_t, dns::max_udp_bytes> room{};
    std::size_t at = 0;
    for (auto unused : state) {
        benchmark::DoNotOptimize(
            zone::answer(zone, queries[at++ % different], zone::Transport::udp, room).message.size());
    }
}

void check_cookie(benchmark::State& state)
{
    constexpr dns::CookieTime now = 1'000'000;
    const ByteVector option = workload::good_cookie(now);
    const auto cookie = dns::CookieOption::read(base::Bytes{option}.subspan(4)).value();
    const base::Address client{base::Address4{{127, 0, 0, 1}}};
    for (auto unused : state) {
        benchmark::DoNotOptimize(
            dns::check_server_cookie({&workload::cookie_secret, 1}, cookie, client, now + 1));
    }
}

void siphash(benchmark::State& state)
{
    const ByteVector input(static_cast<std::size_t>(state.range(0)), 7);
    for (auto unused : state) {
        benchmark::DoNotOptimize(base::siphash24(workload::cookie_secret, input));
    }
}

/// Queries from as many networks as there are, one after the other.
void ask_rate_limit(benchmark::State& state)
{
    common::RateLimit limit{1'000'000'000, base::SipKey{7}};
    std::uint32_t client = 0;
    for (auto unused : state) {
        client = (client + 1) % static_cast<std::uint32_t>(state.range(0));
        const auto high = static_cast<std::uint8_t>(client >> 8);
        const base::Address address{base::Address4{{10, high, static_cast<std::uint8_t>(client), 1}}};
        benchmark::DoNotOptimize(limit.check(address, common::Proof::none, base::Uptime{client}));
        limit.charge(100);
    }
}

void skip_name(benchmark::State& state)
{
    const dns::Name name = workload::name("h1.dyn.example.test");
    for (auto unused : state) {
        base::Reader in{name.wire()};
        dns::Name::skip(in);
        benchmark::DoNotOptimize(in.ok());
    }
}

BENCHMARK_CAPTURE(read_query, plain, ByteVector{});
BENCHMARK_CAPTURE(read_query, with_cookie, workload::good_cookie(1));
BENCHMARK_CAPTURE(look_up, hit, std::string{"h"})->Arg(100)->Arg(100'000);
BENCHMARK_CAPTURE(look_up, miss, std::string{"x"})->Arg(100)->Arg(100'000);
BENCHMARK(answer)->Arg(100)->Arg(100'000);
BENCHMARK(check_cookie);
BENCHMARK(siphash)->Arg(8)->Arg(20);
BENCHMARK(ask_rate_limit)->Arg(1)->Arg(10'000);
BENCHMARK(skip_name);

} // namespace

BENCHMARK_MAIN();
