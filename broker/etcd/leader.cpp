#include "broker/etcd/leader.h"

#include <fmt/format.h>

#include "base/check.h"
#include "msg/codec.h"

namespace broker::etcd {

Leader::Leader(const Settings& settings, const Keys& keys, std::string name, base::Duration prove_every,
               base::Duration takeover_after, Standing& standing, Told& told)
    : client_(settings),
      keys_(keys),
      name_(std::move(name)),
      prove_every_(prove_every),
      takeover_after_(takeover_after),
      standing_(standing),
      told_(told),
      thread_([this] { run(); }) {}

Leader::~Leader() {
  {
    const std::lock_guard lock(mutex_);
    standing_.closing = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Leader::take_over(base::BlockNo held, std::int64_t seen) {
  const std::lock_guard lock(mutex_);
  taking_ = Wish{held, seen};
  wake_.notify_one();
}

void Leader::commit(Commit block) {
  const std::lock_guard lock(mutex_);
  CHECK(!block_, "block {} while another is in flight", block.no);
  block_ = std::move(block);
  wake_.notify_one();
}

void Leader::run() {
  for (std::unique_lock lock(mutex_);;) {
    wait(lock);
    if (standing_.closing) break;
    const auto taking = std::exchange(taking_, std::nullopt);
    const auto block = std::exchange(block_, std::nullopt);
    lock.unlock();
    if (taking) try_take_over(*taking);
    if (block) append(*block);
    if (!taking && !block) prove();
    lock.lock();
  }
  if (standing_.lead != 0) resign();
}

// Waits for work, or until leadership must be proved.
void Leader::wait(std::unique_lock<std::mutex>& lock) {
  const auto something = [this] { return standing_.closing || taking_ || block_; };
  if (standing_.lead == 0) return wake_.wait(lock, something);
  wake_.wait_for(lock, prove_every_, something);
}

// --- taking over ---

void Leader::try_take_over(const Wish& wish) {
  const auto before = look(wish);
  if (!before) return;
  const auto lead = swap(*before);
  if (!lead) return told_.tell(NotTakenOver{"another broker was faster, or etcd cannot be reached"});
  auto tail = read_tail(wish.held);
  if (!tail) return;
  tail->term = lead->term;
  standing_.lead = lead->revision;
  told_.tell(TakenOver{std::move(*tail)});
}

// Checks that leadership is free and that every block is in our archive or still in etcd. Reports the failure itself.
std::optional<Leader::Before> Leader::look(const Wish& wish) {
  const auto held = wish.held;
  rpc::TxnRequest request;
  *request.add_success() = ask(get(keys_.lead()));
  *request.add_success() = ask(get(keys_.pulse()));
  *request.add_success() = ask(get(keys_.block(held)));
  *request.add_success() = ask(get_range(keys_.block(held.next()), after_all(keys_.blocks()), 1));
  *request.add_success() = ask(get(keys_.terms()));
  for (const auto& op : ask_for_nested(keys_)) *request.add_success() = op;
  const auto response = client_.txn(request);
  const auto not_taken = [this](std::string why) {
    told_.tell(NotTakenOver{std::move(why)});
    return std::nullopt;
  };
  if (!response) return not_taken(response.error().why);
  const auto* lead = first_of(*response, 0);
  const auto* pulse = first_of(*response, 1);
  const auto* last_held = first_of(*response, 2);
  const auto* next = first_of(*response, 3);
  const auto* terms = first_of(*response, 4);
  for (const auto* kv : {lead, pulse, next}) {
    if (kv != nullptr && kv->mod() > wish.seen) return not_taken("another broker leads");
  }
  if (next != nullptr && keys_.block_of(next->key()) != held.next()) {
    return not_taken(fmt::format("block {} has left the journal and is not in our archive yet", held.next()));
  }
  if (held && last_held == nullptr && next == nullptr) {
    told_.tell(JournalBroken{ends_before(keys_, held)});
    return std::nullopt;
  }
  if (auto nested = nested_in(keys_, *response, 5, lead == nullptr)) {
    told_.tell(JournalBroken{std::move(*nested)});
    return std::nullopt;
  }
  return Before{lead == nullptr ? 0 : lead->mod(), terms == nullptr ? 0 : number(terms->value())};
}

std::optional<Leader::Lead> Leader::swap(const Before& before) {
  rpc::TxnRequest request;
  *request.add_compare() = before.revision == 0 ? absent(keys_.lead()) : mod_is(keys_.lead(), before.revision);
  *request.add_success() = put(keys_.lead(), name_);
  if (before.revision == 0) *request.add_success() = put(keys_.block(base::BlockNo(0)), "");
  for (bool settled = false; !settled && !standing_.closing;) {
    const auto sent = base::now().mono;
    const auto response = client_.txn(request);  // who_leads() finds the outcome out
    if (!response && !response.error().unknown) {
      complain(response.error());
      return std::nullopt;
    }
    if (const auto lead = who_leads(before, settled)) {
      proved(sent);
      return lead;
    }
    if (!settled) wait_until(sent + kPause);
  }
  return std::nullopt;
}

// Reads the leader key. `settled` is set if its leader is new. If the new leader is not us, our own swap has failed or
// will fail.
std::optional<Leader::Lead> Leader::who_leads(const Before& before, bool& settled) {
  const auto response = client_.range(get(keys_.lead()));
  if (!response || response->kvs_size() == 0 || response->kvs(0).mod() == before.revision) return std::nullopt;
  settled = true;
  const auto& kv = response->kvs(0);
  if (kv.value() != name_) return std::nullopt;
  return Lead{kv.mod(), base::Term(before.terms + static_cast<std::uint64_t>(kv.version()))};
}

// Reads the end of the stream. Passes all blocks after `held` to the loop on the way.
std::optional<Tail> Leader::read_tail(base::BlockNo held) {
  std::string last;
  for (auto next = held; !standing_.closing;) {
    rpc::TxnRequest request;
    *request.add_success() = ask(get(keys_.control()));
    *request.add_success() = ask(get_range(keys_.block(next), after_all(keys_.blocks()), kPageBlocks));
    const auto sent = base::now().mono;
    const auto response = client_.txn(request);
    if (!response) {
      complain(response.error());
      wait_until(sent + kPause);
      continue;
    }
    const auto& page = response->responses(1).range();
    for (const auto& kv : page.kvs()) {
      next = keys_.block_of(kv.key()).value_or(next).next();
      last = kv.value();
      if (next > held.next()) told_.tell(BlockSeen{kv.value()});
    }
    if (page.more()) continue;
    const auto* control = first_of(*response, 0);
    if (last.empty()) return Tail{};
    const auto block = msg::decode_block(last);
    auto known = control != nullptr ? msg::decode<msg::Control>(control->value()) : base::fail("it is missing");
    if (block && known && known->epoch != block->epoch) known = base::fail("it is not that of the last block");
    if (!block || !known) {
      told_.tell(JournalBroken{fmt::format("the stream in etcd (keys {}) cannot be read: {}", keys_.all(),
                                           !block ? block.error().message : "control: " + known.error().message)});
      return std::nullopt;
    }
    Tail tail = tail_at(*block);
    tail.control = *known;
    return tail;
  }
  return std::nullopt;
}

// --- leading ---

void Leader::append(const Commit& block) {
  const auto request = etcd::append(keys_, standing_.lead, block);
  while (!standing_.closing && standing_.lead != 0) {
    const auto sent = base::now().mono;
    const auto response = client_.txn(request);
    if (!response) {
      complain(response.error());
      if (response.error().unknown) {
        wait_until(sent + kPause);
      } else {
        wait_and_prove();
      }
      continue;
    }
    const auto [appended, still_leading] = outcome(*response, standing_.lead, block);
    if (appended == Appended::kBroken) {
      return told_.tell(JournalBroken{fmt::format(
          "block {} cannot be appended in etcd although this broker leads: were keys under {} changed by hand?",
          block.no, keys_.all())});
    }
    if (appended != Appended::kFenced) told_.tell(BlockCommitted{block.no});
    if (!still_leading) return lost();
    return proved(sent);
  }
}

// etcd refuses the block for now. Leadership is proved meanwhile, so that leases do not end.
void Leader::wait_and_prove() {
  wait_until(base::now().mono + prove_every_);
  prove();
}

// Returns at once when the journal is closed.
void Leader::wait_until(base::Mono time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time - base::now().mono, [this] { return standing_.closing.load(); });
}

// This thread would run on while the loop hangs, and the standbys would wait for ever.
bool Leader::loop_hangs() {
  const auto now = base::now().mono;
  const auto unseen = now - base::Mono(base::Duration(standing_.loop_ns.load()));
  if (unseen < takeover_after_) return false;
  if (log_.pass(now)) {
    base::log::warn(
        "the loop of this broker has not run for {:.0f} ms, so this leader shows no sign of life: another broker may "
        "take over",
        base::millis(unseen));
  }
  return true;
}

void Leader::prove() {
  if (loop_hangs()) return;
  rpc::TxnRequest request;
  *request.add_compare() = mod_is(keys_.lead(), standing_.lead);
  *request.add_success() = put(keys_.pulse(), name_);
  const auto sent = base::now().mono;
  auto response = client_.txn(request);
  if (!response && response.error().no_space) {  // to compare is proof enough and needs no space, so reads continue
    complain(response.error());
    request.clear_success();
    *request.add_success() = ask(get(keys_.lead()));  // a member answers an empty transaction without asking the others
    response = client_.txn(request);
  }
  if (!response) return complain(response.error());
  if (!response->succeeded()) return lost();
  proved(sent);
}

void Leader::resign() {
  rpc::TxnRequest request;
  *request.add_compare() = mod_is(keys_.lead(), standing_.lead);
  *request.add_success() = put(keys_.pulse(), std::string(kResigned));
  if (!client_.txn(request))
    base::log::warn("etcd did not get our resignation; another broker will take over after its timeout");
}

void Leader::lost() {
  standing_.lead = 0;
  told_.tell(LeadLost{});
}

void Leader::complain(const Failure& failure) {
  if (!log_.pass(base::now().mono)) return;
  if (failure.no_space) {
    base::log::error("etcd has no space left, nothing can be written: docs/OPERATIONS.md, \"etcd is full\" ({})",
                     failure.why);
  } else {
    base::log::warn("etcd: {}; trying the next member", failure.why);
  }
}

}  // namespace broker::etcd
