#include "up/etcd_directories.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace up {
namespace {

const EtcdDirectory* twin(const EtcdDirectories& all, const EtcdDirectory& of) {
  for (const auto& other : all) {
    if (other.instance != of.instance && other.member == of.member && other.cluster == of.cluster) return &other;
  }
  return nullptr;
}

bool whole(const EtcdDirectories& all, const EtcdDirectory& directory, std::uint64_t cluster) {
  return directory.member != 0 && directory.cluster == cluster && twin(all, directory) == nullptr;
}

}  // namespace

bool has_majority(const EtcdDirectories& all, std::uint64_t cluster) {
  const auto count = std::count_if(all.begin(), all.end(), [&](const auto& one) { return whole(all, one, cluster); });
  return 2 * static_cast<std::size_t>(count) > all.size();
}

EtcdVerdict verdict(const EtcdDirectories& all, const std::string& instance, std::uint64_t cluster) {
  using Start = EtcdVerdict::Start;
  const auto& mine = *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.instance == instance; });
  const auto go_on = "; put its own data back, or move the directory away, then it comes back as a new member";
  if (!mine.damage.empty()) return {Start::kNot, mine.damage + go_on};
  if (mine.member != 0 && mine.cluster != cluster) {
    return {Start::kNot, fmt::format("{} is of another etcd cluster{}", mine.path, go_on)};
  }
  if (mine.member == 0 && !has_majority(all, cluster)) {
    return {Start::kNot, fmt::format("its data in {} are lost, and so are those of too many other members", mine.path)};
  }
  if (mine.member == 0) {
    return {Start::kAnew, fmt::format("its data in {} are lost: the others take it off and add it anew", mine.path)};
  }
  if (const auto* other = twin(all, mine)) {
    return {Start::kNot, fmt::format("{} and {} are data of the same member{}", mine.path, other->path, go_on)};
  }
  return {Start::kAsItIs, {}};
}

std::optional<std::uint64_t> cluster_of(const EtcdDirectories& all) {
  std::map<std::uint64_t, int> logs;
  for (const auto& one : all) {
    if (one.member != 0) ++logs[one.cluster];
  }
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::max_element(logs.begin(), logs.end(), fewer);
  if (most == logs.end()) return std::nullopt;
  const auto as_many = std::count_if(logs.begin(), logs.end(), [&](const auto& l) { return l.second == most->second; });
  return as_many == 1 ? std::optional(most->first) : std::nullopt;
}

std::string lost(const EtcdDirectories& all, std::uint64_t cluster) {
  std::vector<std::string> paths;
  for (const auto& one : all) {
    if (!whole(all, one, cluster)) paths.push_back(one.path);
  }
  return fmt::format("{}", fmt::join(paths, ", "));
}

}  // namespace up
