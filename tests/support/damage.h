// Damage to a file of SQLite, as a failing disk does it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/core.h"

namespace support {

// Overwrites the page of a closed file that holds these bytes, so that SQLite cannot read it.
inline void overwrite_page_with(const std::filesystem::path& file, base::BytesView bytes) {
  constexpr std::size_t kPageBytes = 4096;
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(stream), {}};
  const auto at = all.find(bytes);
  ASSERT_NE(at, std::string::npos) << "no page holds these bytes whole";
  stream.clear();
  stream.seekp(static_cast<std::streamoff>(at / kPageBytes * kPageBytes));
  stream << std::string(kPageBytes, '\xee');
}

}  // namespace support
