// A seccomp allow-list of system calls. Any other call kills the process, except calls that are newer than
// the build (privsep/filters.h).
#pragma once

#include <array>
#include <cstdint>
#include <linux/filter.h>
#include <vector>

namespace privsep
{

/// The kernel uses only 32 bits of an `int` argument; the upper half of the register is undefined.
inline constexpr std::uint64_t all_bits = 0xFFFFFFFF;

/// The value of a condition that stands for the process's own id. Filters are made before the processes that
/// enter them exist, so each process writes its id into its copy. No process has this id: PID_MAX_LIMIT of
/// the kernel is 2^22. So a filter with this value allows the call for no process.
inline constexpr std::uint64_t own_pid = 0x6F776E21;

/// A condition on one argument: (argument & mask) == value. It is packed because there are many.
class [[gnu::packed]] When
{
public:
    constexpr When() noexcept = default; ///< no condition
    /// `mask` must have all or none of the upper 32 bits; `value` must have none.
    constexpr When(unsigned argument, std::uint64_t mask, std::uint64_t value) noexcept
        : mask_(static_cast<std::uint32_t>(mask)), value_(static_cast<std::uint32_t>(value)),
          argument_(static_cast<std::uint8_t>(argument | (mask > all_bits ? whole_register : 0)))
    {
    }
    constexpr bool is_none() const noexcept { return mask() == 0; }
    constexpr unsigned argument() const noexcept { return argument_ & ~whole_register; }
    constexpr std::uint64_t mask() const noexcept
    {
        return (argument_ & whole_register) != 0 ? mask_ | ~all_bits : mask_;
    }
    constexpr std::uint64_t value() const noexcept { return value_; }

private:
    std::uint32_t mask_ = 0;
    std::uint32_t value_ = 0;
    static constexpr unsigned whole_register = 0x80;
    std::uint8_t argument_ = 0;
};

/// The reason for a row that may never be used on this machine. A test requires that all other rows are used.
enum class Reserve : std::uint8_t {
    none,
    not_everywhere,     ///< used here; architectures without this call use the row next to it
    other_architecture, ///< other architectures use this call instead
    other_libc,         ///< an older or newer libc uses this call instead
    clean_abort,        ///< needed to report a broken invariant, of ours or of libc, and abort
    rare_event,         ///< needed in a rare case, which the comment names
};

/// A row of a policy: a call that is allowed if all its conditions are true. A call may have several rows.
struct Syscall {
    int number; ///< SCMP_SYS(name) of <seccomp.h>; negative if this architecture does not have the call
    Reserve reserve = Reserve::none;
    std::array<When, 2> when{};

    constexpr explicit Syscall(int call, When a = {}, When b = {}) : number(call), when{a, b} {}
    constexpr Syscall(int call, Reserve why, When a = {}, When b = {})
        : number(call), reserve(why), when{a, b}
    {
    }
};

/// Never defined: calling it in a constant expression is a compiler error that shows this name.
void this_call_has_no_number_on_this_architecture();

/// Makes a policy from its rows. It does not compile if a call has no number on this architecture, unless its
/// row says that this is expected: a filter without a row that it needs would kill its process.
template <std::size_t size>
consteval std::array<Syscall, size> policy(const Syscall (&rows)[size]) // NOLINT(*-avoid-c-arrays)
{
    for (const Syscall& row : rows) {
        const bool may_lack_number = row.reserve == Reserve::not_everywhere ||
                                     row.reserve == Reserve::other_architecture ||
                                     row.reserve == Reserve::other_libc;
        if (row.number < 0 && !may_lack_number) {
            this_call_has_no_number_on_this_architecture();
        }
    }
    return std::to_array(rows);
}

/// Loads the filter of a process, which make_filters() has made (privsep/filters.h).
class Sandbox
{
public:
    Sandbox() = default;
    /// Reads the filter from this descriptor, which may be closed afterwards. Exits with an error if that
    /// fails.
    explicit Sandbox(int filter);

    /// Frees memory that only the start needed (privsep/memory.h), and loads the filter with this process's
    /// id in place of own_pid. May be called once. Exits with an error if that fails.
    void enter();

private:
    void pin_own_pid() noexcept;

    std::vector<sock_filter> program_; ///< BPF, as the kernel expects it
};

} // namespace privsep
