#include "stream/recent.h"

#include <algorithm>

namespace stream {

void Recent::add(base::Seq first, base::Seq last, base::Bytes bytes) {
  bytes_ += bytes.size();
  blocks_.push_back({first, last, std::move(bytes)});
  while (bytes_ > bytes_max_ && blocks_.size() > 1) {
    bytes_ -= blocks_.front().bytes.size();
    blocks_.pop_front();
  }
}

std::optional<std::vector<const Recent::Entry*>> Recent::read(base::Seq from, base::Seq to,
                                                              std::size_t bytes_max) const {
  if (blocks_.empty() || from < blocks_.front().first) return std::nullopt;
  std::vector<const Entry*> found;
  std::size_t bytes = 0;
  auto entry = std::lower_bound(blocks_.begin(), blocks_.end(), from,
                                [](const Entry& each, base::Seq seq) { return each.last < seq; });
  for (; entry != blocks_.end() && entry->first <= to; ++entry) {
    if (!found.empty() && bytes + entry->bytes.size() > bytes_max) break;
    bytes += entry->bytes.size();
    found.push_back(&*entry);
  }
  return found;
}

}  // namespace stream
