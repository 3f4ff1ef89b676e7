#include "storage/aside.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "disk/durable.h"

namespace storage {
namespace {

namespace fs = std::filesystem;

// The main file comes last, so that no new main file ever meets an old log.
constexpr const char* kEnds[] = {"-wal", "-shm", ""};

std::optional<base::WallMs> time_of(const std::string& path) {
  const auto digits = path.substr(path.rfind('-') + 1);
  base::WallMs time = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), time);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? std::optional(time) : std::nullopt;
}

}  // namespace

std::vector<Aside::Kept> Aside::kept() const {
  std::vector<Kept> kept;
  const auto begin = fs::path(view_).filename().string() + ".aside-";
  for (const auto& entry : fs::directory_iterator(fs::absolute(view_).parent_path())) {
    const auto path = entry.path().string();
    if (entry.path().filename().string().rfind(begin, 0) != 0) continue;
    if (const auto time = time_of(path)) kept.push_back({*time, path});
  }
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  return kept;
}

base::Mono Aside::again_from(base::Now now) const {
  const auto latest = kept();
  if (latest.empty()) return {};
  constexpr base::WallMs kStayMs = std::chrono::duration_cast<std::chrono::milliseconds>(kStay).count();
  const auto age = std::clamp<base::WallMs>(now.wall - latest.front().time, 0, kStayMs);  // a clock may be set
  return now.mono + kStay - std::chrono::milliseconds(age);
}

std::string Aside::put(base::Seq applied, base::WallMs now) {
  const auto to = fmt::format("{}.aside-{}-{}", view_, applied, now);
  for (const auto* end : kEnds) {
    if (fs::exists(view_ + end)) fs::rename(view_ + end, to + end);
  }
  const auto all = kept();
  for (std::size_t i = kKept; i < all.size(); ++i) {
    for (const auto* end : kEnds) fs::remove(all[i].path + end);
  }
  disk::sync(fs::absolute(view_).parent_path());
  return to;
}

}  // namespace storage
