// The bytes on the wire and on the disk are a promise to other versions and other languages: tests/golden holds one
// example of every message. They change only on purpose, with a new version if an old reader would misread them. To
// write the files anew:
//
//   PYGMY_WRITE_GOLDEN=1 msg_test --gtest_filter='Golden*'
//
// The review then shows the change, and CHANGELOG must mention it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <typeinfo>

#include "msg/codec.h"
#include "msg/field_types.h"
#include "tests/msg/examples.h"

namespace {

const std::filesystem::path kFolder = PYGMY_SOURCE_DIR "/tests/golden";
constexpr std::size_t kBytesInALine = 32;

std::string hex(const std::string& bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
    if ((i + 1) % kBytesInALine == 0 || i + 1 == bytes.size()) out += '\n';
  }
  return out;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return (std::ostringstream() << file.rdbuf()).str();
}

std::string from_hex(const std::string& text) {
  std::string out;
  std::string pair;
  for (const char c : text) {
    if (c != '\n') pair += c;
    if (pair.size() == 2) out += static_cast<char>(std::stoi(std::exchange(pair, ""), nullptr, 16));
  }
  return out;
}

TEST(Golden, EveryMessageHasTheBytesItAlwaysHad) {
  const bool write = std::getenv("PYGMY_WRITE_GOLDEN") != nullptr;
  examples::for_each([&](const std::string& name, const auto& value) {
    const auto path = kFolder / (name + ".hex");
    if (write) std::ofstream(path) << hex(msg::encoded(value));
    EXPECT_EQ(hex(msg::encoded(value)), contents(path)) << name;
  });
}

TEST(Golden, TheBytesOfOldAreRead) {
  examples::for_each([&](const std::string& name, const auto& value) {
    using T = std::decay_t<decltype(value)>;
    const auto read = msg::decode<T>(from_hex(contents(kFolder / (name + ".hex"))));
    ASSERT_TRUE(read) << name << ": " << read.error().message;
    EXPECT_EQ(msg::encoded(*read), msg::encoded(value)) << name;
  });
}

// The fields of structs that may be missing or empty, and whether an example has one.
using Fields = std::map<std::string, bool>;

template <class T>
void note(const T& value, Fields& fields) {
  if constexpr (std::is_same_v<T, msg::Event>) {
    fields["Event.by"] |= value.by.has_value();
    std::visit([&](const auto& what) { note(what, fields); }, value.what);
  } else if constexpr (msg::kIsOptional<T>) {
    if (value) note(*value, fields);
  } else if constexpr (msg::kIsVector<T>) {
    for (const auto& each : value) note(each, fields);
  } else if constexpr (msg::HasFields<T>) {
    msg::for_each_field(value, [&](std::string_view name, const auto& member) {
      using Member = std::decay_t<decltype(member)>;
      const auto place = fmt::format("{}.{}", typeid(T).name(), name);
      if constexpr (msg::kIsOptional<Member>) fields[place] |= member.has_value();
      if constexpr (msg::kIsVector<Member>) fields[place] |= !member.empty();
      note(member, fields);
    });
  }
}

TEST(Golden, EveryFieldThatMayBeMissingIsInAnExample) {
  Fields fields;
  examples::for_each([&](const std::string&, const auto& value) { note(value, fields); });
  for (const auto& [field, is_there] : fields) EXPECT_TRUE(is_there) << field;
}

TEST(Golden, EveryFileIsOfAMessage) {
  std::set<std::string> names;
  examples::for_each([&](const std::string& name, const auto&) { EXPECT_TRUE(names.insert(name).second) << name; });
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    EXPECT_TRUE(names.contains(entry.path().stem())) << entry.path();
  }
}

}  // namespace
