#include "books/new_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/directory.h"

namespace books {
namespace {

namespace fs = std::filesystem;

TEST(NewDirectory, IsRefusedBeforeAnythingInItIsRemoved) {
  const support::Directory directory;
  fs::create_directory(directory / "making");
  std::ofstream(directory / "notes.txt") << "x";
  EXPECT_THROW(NewDirectory(directory.string(), "making"), std::runtime_error);
  EXPECT_TRUE(fs::exists(directory / "making"));
  fs::remove(directory / "notes.txt");
  { const NewDirectory place(directory.string(), "making"); }
  EXPECT_TRUE(fs::is_empty(directory.string()));
}

}  // namespace
}  // namespace books
