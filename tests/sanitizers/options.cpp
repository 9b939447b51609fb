// How the daemon's processes run in a sanitizer's build. Their environment is empty, so it is said here.

extern "C" {

// the names are the run time's
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)

/// LeakSanitizer stops the process from a clone of it by ptrace(2), which no filter allows. There is no file
/// to make names of addresses from, and nobody to colour a report for.
[[gnu::visibility("default")]] const char* __asan_default_options()
{
    return "detect_leaks=0:symbolize=0:color=never:quarantine_size_mb=8";
}

[[gnu::visibility("default")]] const char* __ubsan_default_options()
{
    return "symbolize=0:color=never";
}

// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}
