// Times for people, such as "4 min ago", and for programs.
#pragma once

#include <string>

#include "proto/base/time.h"

namespace ctl
{

/// A length of time in its largest whole unit: "5 s", "4 min", "2 h" or "9 d". A negative one counts as 0.
std::string span(base::Seconds length);
/// In its two largest units: "3 d 4 h", "4 h 12 min"; "12 min" or "5 s" if it is less than an hour.
std::string long_span(base::Seconds length);
/// "4 min ago"; "now" for less than a second; "in 4 min" if `time` is not yet there.
std::string relative(base::UnixTime time, base::UnixTime now);
/// RFC 3339 in UTC: "2026-11-28T04:05:06Z". It has four digits for the year: a later time is the end of 9999.
std::string rfc3339(base::UnixTime time);

} // namespace ctl
