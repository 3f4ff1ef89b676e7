// Checks the views' files on the disk of this machine: pages, indexes, the index of titles, and the customers of
// orders.
//
// Memory: little. Disk: temporary storage for the largest index of titles. Tests: tests/process/test_views.py.
#pragma once

#include <string>

#include "books/checks.h"

namespace books {

// Checks the views in `data` and in its directories (`pygmy up` uses one directory for each process). The processes may
// be running. It is a fault if there is no view at all.
Check audit_files(const std::string& data);

}  // namespace books
