// The pages in which children count.
#pragma once

#include "daemon/supervisor/counter_pages.h"
#include "daemon/supervisor/roles.h"
#include "daemon/supervisor/sockets.h"

namespace supervisor
{

/// Makes two pages for each child that counts, if a role that reads them may have sockets; else none. They
/// are for all workers that a reload may want, since none can be made later. The pages of roles that have one
/// child come first, in the order of the table.
CounterPages make_counter_pages(const Table& table, const Sockets& sockets);

} // namespace supervisor
