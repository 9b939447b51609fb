// The system calls that a process may make from now on: a seccomp allow-list. Any other call kills, but for
// those that are newer than the build (privsep/filters.h).
#pragma once

#include <array>
#include <cstdint>
#include <linux/filter.h>
#include <vector>

namespace privsep
{

/// The kernel looks at 32 bits of an `int`; the upper half of the register is anybody's.
inline constexpr std::uint64_t all_bits = 0xFFFFFFFF;

/// One argument's condition: (argument & mask) == value. In few bytes, since there are many.
class When
{
public:
    constexpr When() noexcept = default; ///< none
    /// `mask` has all of a register's upper half, or nothing of it; `value` has nothing there.
    constexpr When(unsigned argument, std::uint64_t mask, std::uint64_t value) noexcept
        : mask_(static_cast<std::uint32_t>(mask)), value_(static_cast<std::uint32_t>(value)),
          argument_(static_cast<std::uint8_t>(argument)), has_upper_half_(mask > all_bits)
    {
    }
    constexpr bool is_none() const noexcept { return mask() == 0; }
    constexpr unsigned argument() const noexcept { return argument_; }
    constexpr std::uint64_t mask() const noexcept { return has_upper_half_ ? mask_ | ~all_bits : mask_; }
    constexpr std::uint64_t value() const noexcept { return value_; }

private:
    std::uint32_t mask_ = 0;
    std::uint32_t value_ = 0;
    std::uint8_t argument_ = 0;
    bool has_upper_half_ = false;
};

/// Why a row stands in a list although a whole run on this machine may never use it. A test sees the rows
/// without a reason used.
enum class Reserve : std::uint8_t {
    none,
    not_everywhere,     ///< none here; but some architectures lack the call, and use the row beside it
    other_architecture, ///< the same thing has another call there
    other_libc,         ///< an older or a newer libc does it by this call
    clean_abort,        ///< a broken invariant of ours, or of libc's, ends the process and says so
    rare_event,         ///< the line says which
};

/// One row of a policy: a call, allowed where all of its conditions hold. A call may have several rows.
struct Syscall {
    int number; ///< SCMP_SYS(name) of <seccomp.h>; negative where this architecture has no such call
    Reserve reserve = Reserve::none;
    std::array<When, 2> when{};

    constexpr explicit Syscall(int call, When a = {}, When b = {}) : number(call), when{a, b} {}
    constexpr Syscall(int call, Reserve why, When a = {}, When b = {})
        : number(call), reserve(why), when{a, b}
    {
    }
};

/// Never defined: calling it while a constant is made is an error of the compiler that names it.
void this_call_has_no_number_on_this_architecture();

/// A list. It does not compile if a call has no number on this architecture and its row does not say that
/// there are such calls: a filter that silently lacks a row kills its process.
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

/// A process's filter, made beforehand (privsep/filters.h).
class Sandbox
{
public:
    Sandbox() = default;
    /// Reads the filter of this descriptor, which may be closed afterwards. Ends the process where it can
    /// not.
    explicit Sandbox(int filter);

    /// Gives back all memory that only the start has needed (privsep/memory.h), and loads the filter. To be
    /// called once. Ends the process where it cannot.
    void enter();

private:
    std::vector<sock_filter> program_; ///< as the kernel takes it
};

} // namespace privsep
