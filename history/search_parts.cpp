// Search: what it knows before it begins: the parts in their orders, the told versions, and parts that are alike.
#include <algorithm>

#include "history/search.h"

namespace history {

void Search::sort_parts(Seqs seqs) {
  const auto& parts = group_.parts;
  const auto sorted = [&](std::vector<PartNo>& list, auto key) {
    std::sort(list.begin(), list.end(),
              [&](PartNo a, PartNo b) { return std::pair(key(parts[a]), a) < std::pair(key(parts[b]), b); });
  };
  for (PartNo no = 0; no < parts.size(); ++no) {
    const auto& part = parts[no];
    if (part.returned != kNever) ends_.push_back(no);
    const bool bound = seqs == Seqs::kBinding;
    if (part.is_effect) {
      const bool is_open = !bound || !part.seq;
      (is_open ? open_ : known_).push_back(no);
      if (is_open && part.expires) expiries_.push_back(no);
    } else if (!bound || touch(no).what != Touch::What::kSee) {
      refusals_.push_back(no);
    }
    for (std::uint32_t i = 0; i < part.touches; ++i) {
      has_loose_ = has_loose_ || touch(no, i).is_loose;
      if (bound) add_version(part, touch(no, i));
    }
  }
  sorted(ends_, [](const Part& part) { return part.returned; });
  sorted(known_, [](const Part& part) { return part.seq; });
  sorted(open_, [](const Part& part) { return part.invoked; });
  sorted(expiries_, [](const Part& part) { return *part.expires; });
  sorted(refusals_, [](const Part& part) { return part.invoked; });
  for (auto& versions : versions_) {  // merges the entries of each seq
    std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) { return a.seq < b.seq; });
    std::size_t kept = 0;
    for (auto& version : versions) {
      if (kept == 0 || versions[kept - 1].seq != version.seq) {
        if (&versions[kept] != &version) versions[kept] = std::move(version);
        ++kept;
        continue;
      }
      auto& same = versions[kept - 1];
      same.is_known = same.is_known || version.is_known;
      if (!same.price) same.price = version.price;
      if (!same.stock) same.stock = version.stock;
      if (!same.held) same.held = version.held;
      if (same.shelf == kUnknownShelf) same.shelf = version.shelf;
    }
    versions.resize(kept);
  }
  if (seqs == Seqs::kIgnored) return;
  for (PartNo no = 0; no < parts.size(); ++no) {
    if (parts[no].is_effect || touch(no).what != Touch::What::kSee) continue;
    auto& versions = versions_[touch(no).item];
    const auto found = std::lower_bound(versions.begin(), versions.end(), touch(no).version,
                                        [](const Version& version, base::Seq seq) { return version.seq < seq; });
    found->sightings.push_back(no);
  }
  for (auto& versions : versions_) {
    for (auto& version : versions) sorted(version.sightings, [](const Part& part) { return part.invoked; });
  }
}

void Search::add_version(const Part& part, const Touch& told) {
  auto& versions = versions_[told.item];
  if (part.is_effect && part.seq) {
    const bool whole = told.what == Touch::What::kAdd || told.stock;
    versions.push_back({{whole ? told.price : std::nullopt, whole ? told.stock : std::nullopt, told.held, told.shelf},
                        part.seq,
                        true,
                        {}});
  } else if (!part.is_effect && told.what == Touch::What::kSee) {
    versions.push_back({{told.price, told.stock, told.held, told.shelf}, told.version, false, {}});
  }
}

void Search::find_twins() {
  twins_.resize(group_.parts.size());
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const auto& part = group_.parts[open_[i]];
    twins_[open_[i]] = open_[i];
    if (part.returned != kNever || part.expires) continue;
    for (std::size_t j = i; j-- > 0;) {
      const auto& other = group_.parts[open_[j]];
      if (other.returned != kNever || other.expires || other.touches != part.touches) continue;
      if (!std::equal(&touch(open_[i]), &touch(open_[i]) + part.touches, &touch(open_[j]))) continue;
      twins_[open_[i]] = open_[j];
      break;
    }
  }
}

}  // namespace history
