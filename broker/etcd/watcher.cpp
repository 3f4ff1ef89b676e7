#include "broker/etcd/watcher.h"

#include "base/log.h"

namespace broker::etcd {
Watcher::Watcher(const Settings& settings, const Keys& keys, base::BlockNo held, Standing& standing, Told& told)
    : client_(settings), keys_(keys), held_(held), next_(held), standing_(standing), told_(told), thread_([this] {
        run();
      }) {}

Watcher::~Watcher() {
  again();
  thread_.join();
}

void Watcher::again() {
  const std::lock_guard lock(mutex_);
  if (watch_) watch_->stop();
}

void Watcher::tell_again(base::BlockNo held) {
  const std::lock_guard lock(mutex_);
  from_ = held;
  if (watch_) watch_->stop();
}

// It pauses after each turn, because a failure may come at once and at every member.
void Watcher::run() {
  while (wanted()) {
    begin_anew();
    if (const auto revision = read_what_is_there()) follow(*revision + 1);
    if (wanted()) std::this_thread::sleep_for(kPause);
  }
}

void Watcher::begin_anew() {
  const std::lock_guard lock(mutex_);
  if (from_) held_ = next_ = *std::exchange(from_, std::nullopt);
}

// Tells the blocks that are in etcd. Returns the revision up to which it has told everything.
std::optional<std::int64_t> Watcher::read_what_is_there() {
  while (wanted()) {
    rpc::TxnRequest request;
    *request.add_success() = ask(get(keys_.lead()));
    *request.add_success() = ask(get(keys_.pulse()));
    *request.add_success() = ask(get_range(keys_.block(held_), after_all(keys_.blocks()), kPageBlocks));
    const auto response = client_.txn(request);
    if (!response) {
      if (log_.pass(base::now().mono)) base::log::warn("etcd: {}; trying the next member", response.error().why);
      return std::nullopt;
    }
    const auto& blocks = response->responses(2).range();
    if (held_ && blocks.kvs_size() == 0) {
      told_.tell(JournalBroken{ends_before(keys_, held_)});
      return std::nullopt;
    }
    for (const auto& kv : blocks.kvs()) saw(kv);
    if (blocks.more()) continue;
    read_who_leads(*response);
    return response->header().revision();
  }
  return std::nullopt;
}

void Watcher::read_who_leads(const rpc::TxnResponse& response) {
  const auto* lead = first_of(response, 0);
  const auto* pulse = first_of(response, 1);
  if (lead == nullptr) return told_.tell(LeadVacant{});
  if (pulse != nullptr && pulse->mod() > lead->mod()) return saw(*pulse);
  saw(*lead);
}

void Watcher::follow(std::int64_t from_revision) {
  // This takes a while, so mutex_ is not held.
  auto watch = client_.watch(keys_.all(), after_all(keys_.all()), from_revision);
  if (!watch) return;
  {
    const std::lock_guard lock(mutex_);
    if (from_) return;
    watch_ = std::move(watch);
  }
  rpc::WatchResponse response;
  while (wanted() && watch_->next(response)) {
    for (const auto& event : response.events()) {
      if (event.type() == rpc::Event::PUT) saw(event.kv());
    }
  }
  client_.rotate();
  const std::lock_guard lock(mutex_);
  watch_.reset();
}

void Watcher::saw(const rpc::KeyValue& kv) {
  if (const auto no = keys_.block_of(kv.key())) {
    saw_life(kv.mod());
    if (*no < next_ || !*no) return;
    held_ = *no;
    next_ = no->next();
    told_.tell(BlockSeen{kv.value()});
  } else if (kv.key() == keys_.pulse() && kv.value() == kResigned) {
    seen_ = std::max<std::int64_t>(seen_, kv.mod());
    told_.tell(LeadVacant{seen_});
  } else if (kv.key() == keys_.pulse() || kv.key() == keys_.lead()) {
    saw_life(kv.mod());
  }
}

void Watcher::saw_life(std::int64_t revision) {
  if (revision <= seen_) return;
  seen_ = revision;
  told_.tell(LeaderSeen{seen_});
}

}  // namespace broker::etcd
