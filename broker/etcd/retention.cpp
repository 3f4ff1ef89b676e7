#include "broker/etcd/retention.h"

#include <vector>

#include "base/log.h"
#include "broker/etcd/majority.h"

namespace broker::etcd {
namespace {

// Each round of removing costs etcd some milliseconds: not for a handful of blocks, nor revisions.
constexpr std::uint64_t kBlocksMin = 100;
constexpr std::int64_t kRevisionsMin = 1000;

}  // namespace

Retention::Retention(const Settings& settings, const Keys& keys, std::string broker, base::Duration every,
                     std::function<base::BlockNo()> archived, Standing& standing)
    : client_(settings),
      keys_(keys),
      broker_(std::move(broker)),
      every_(every),
      archived_(std::move(archived)),
      standing_(standing),
      thread_([this] { run(); }) {}

Retention::~Retention() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Retention::run() {
  for (std::unique_lock lock(mutex_); !closing_;) {
    lock.unlock();
    say_what_we_have();
    if (standing_.lead != 0) remove_what_is_archived();
    lock.lock();
    wake_.wait_for(lock, every_, [this] { return closing_; });
  }
}

void Retention::say_what_we_have() {
  const auto has = archived_();
  if (said_any_ && has == said_) return;
  rpc::TxnRequest request;
  *request.add_success() = put(keys_.archived(broker_), std::to_string(has.value()));
  if (!client_.txn(request)) return;  // next time
  said_any_ = true;
  said_ = has;
}

void Retention::remove_what_is_archived() {
  const auto archives = client_.range(get_range(keys_.archives(), after_all(keys_.archives()), 0));
  if (!archives) return;
  std::vector<base::BlockNo> have;
  for (const auto& kv : archives->kvs()) have.emplace_back(number(kv.value()));
  const auto up_to = majority_has(std::move(have));  // an archive has nothing that was not committed
  std::int64_t revision = archives->header().revision();
  if (up_to.value() >= removed_.value() + kBlocksMin) {
    rpc::TxnRequest request;
    *request.add_compare() = mod_is(keys_.lead(), standing_.lead);
    *request.add_success() = remove(keys_.block(base::BlockNo(0)), keys_.block(up_to));  // that one stays
    const auto done = client_.txn(request);
    if (!done || !done->succeeded()) return;
    removed_ = up_to;
    revision = done->header().revision();
  }
  if (compactable_ >= compacted_ + kRevisionsMin) {
    const auto done = client_.compact(compactable_);
    if (!done && done.error().unknown) return;  // refused: compacted already
    compacted_ = compactable_;
    base::log::debug("etcd: blocks before {} removed, compacted at revision {}", removed_, compacted_);
  }
  compactable_ = revision;
}

}  // namespace broker::etcd
