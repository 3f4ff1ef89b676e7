// Bytes and digests as hexadecimal digits in lower case. Tests: tests/tasks/hex_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tasks {

std::string hex(const std::string& bytes);
std::optional<std::string> bytes_of_hex(const std::string& digits);  // lower case only
std::string hex(std::uint64_t digest);

}  // namespace tasks
