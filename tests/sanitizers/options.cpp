// The sanitizers' options for the daemon's processes, whose environment is empty.

extern "C" {

// The run time defines the names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)

/// LeakSanitizer needs ptrace(2), which no filter allows. In the empty root there is no file to symbolize
/// addresses from. Reports go to a log, so they have no colours.
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
