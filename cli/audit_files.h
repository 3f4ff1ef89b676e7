// The files of the views, as they lie on the disk of this machine: pages, indexes, and the index of titles.
//
// Memory: none to speak of; temporary storage for the largest index of titles. Tests: tests/process/test_views.py.
#pragma once

#include <string>

#include "cli/audit_stream.h"

namespace cli {

// Of the processes that keep their data in directories of `data` (as `pygmy up` lays them out), or in `data` itself.
// They may be running. A directory without any view is a fault.
Check audit_files(const std::string& data);

}  // namespace cli
