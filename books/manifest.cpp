#include "books/manifest.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "process/host.h"
#include "tasks/hex.h"
#include "tasks/moment.h"
#include "tasks/output.h"

namespace books {
namespace {

constexpr auto kName = "/manifest.json";

// Reads fields of a JSON object that may hold anything. wrong() names the first field that was missing or malformed.
class Reader {
 public:
  explicit Reader(const tasks::Json& json) : json_(json) {}

  std::string text(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end() || !found->is_string()) return wrong(name), std::string();
    return found->get<std::string>();
  }
  std::uint64_t number(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end() || !found->is_number_unsigned()) return wrong(name), 0;
    return found->get<std::uint64_t>();
  }
  std::int64_t moment(const char* name) {
    const auto time = tasks::parse_moment(text(name));
    if (!time) return wrong(name), 0;
    return *time;
  }
  std::string bytes(const char* name, std::size_t size) {
    auto bytes = tasks::bytes_of_hex(text(name));
    if (!bytes || bytes->size() != size) return wrong(name), std::string();
    return std::move(*bytes);
  }
  std::uint64_t digest(const char* name) {
    std::uint64_t value = 0;
    for (const char byte : bytes(name, sizeof value)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  const std::string& wrong() const { return wrong_; }

 private:
  void wrong(const char* name) {
    if (wrong_.empty()) wrong_ = name;
  }
  const tasks::Json& json_;
  std::string wrong_;
};

}  // namespace

bool same_shop(const msg::DigestAt& here, const Manifest& manifest) {
  const auto& there = manifest.digest;
  const bool same = here.seq == there.seq && here.items == there.items;
  return same && (manifest.format == Manifest::kFirstFormat || here.orders == there.orders);
}

std::string manifest_text(const Manifest& manifest) {
  const tasks::Json json{{"format", Manifest::kFormat},
                         {"store", manifest.store},
                         {"seq", manifest.seq.value()},
                         {"block", manifest.block.value()},
                         {"hash", tasks::hex(manifest.hash)},
                         {"at", tasks::time_text(manifest.at)},
                         {"items", manifest.items},
                         {"items_digest", tasks::hex(manifest.digest.items)},
                         {"orders", manifest.orders},
                         {"orders_digest", tasks::hex(manifest.digest.orders)},
                         {"taken", tasks::time_text(manifest.taken)},
                         {"program", manifest.program}};
  return json.dump(2) + "\n";
}

base::Result<Manifest> parse_manifest(const std::string& text) {
  const auto json = tasks::Json::parse(text, nullptr, false);
  if (!json.is_object()) return base::fail("it is not a JSON object");
  Reader reader(json);
  const auto format = reader.number("format");
  if ((format < Manifest::kFirstFormat || format > Manifest::kFormat) && reader.wrong().empty()) {
    return base::fail(fmt::format(
        "it has format {}, this program knows formats {} to {}: use the pygmy that wrote it, or a newer one", format,
        Manifest::kFirstFormat, Manifest::kFormat));
  }
  Manifest manifest;
  manifest.format = static_cast<int>(format);
  manifest.store = reader.text("store");
  manifest.seq = base::Seq(reader.number("seq"));
  manifest.block = base::BlockNo(reader.number("block"));
  manifest.hash = reader.bytes("hash", msg::kHashBytes);
  manifest.at = reader.moment("at");
  manifest.items = reader.number("items");
  manifest.orders = reader.number("orders");
  manifest.digest = {manifest.seq, reader.digest("items_digest"), reader.digest("orders_digest")};
  if (format == Manifest::kFirstFormat) manifest.digest.orders = 0;
  manifest.taken = reader.moment("taken");
  manifest.program = reader.text("program");
  if (!reader.wrong().empty()) return base::fail(fmt::format("its field '{}' is missing or malformed", reader.wrong()));
  return manifest;
}

void write_manifest(const std::string& directory, const Manifest& manifest) {
  process::write_durably(directory + kName, manifest_text(manifest));
}

base::Result<std::optional<Manifest>> read_manifest(const std::string& directory) {
  const auto path = directory + kName;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  auto manifest = parse_manifest({std::istreambuf_iterator<char>(file), {}});
  if (!manifest) return base::fail(fmt::format("{}: {}", path, manifest.error().message));
  return std::optional(std::move(*manifest));
}

base::Result<Manifest> whole_backup(const std::string& directory) {
  auto manifest = read_manifest(directory);
  if (!manifest) return base::fail(manifest.error().message);
  if (*manifest) return std::move(**manifest);
  return base::fail(
      fmt::format("{} does not hold a whole backup: manifest.json is missing; if pygmy backup was interrupted, "
                  "run it again",
                  directory));
}

}  // namespace books
