// Checks that the column `customer` of the orders in an order.db agrees with the orders. The limits for each customer
// and the orders of a customer rest on it, and no digest covers it. The replica may be writing the file.
//
// Threads: none. Tests: tests/order/integrity_test.cpp.
#pragma once

#include <optional>
#include <string>

namespace order {

// Returns the first fault of the file (storage/integrity.h) or of the customers of its orders, or nothing. Throws
// std::runtime_error if the file is not an order.db.
std::optional<std::string> fault_of_file(const std::string& path);

}  // namespace order
