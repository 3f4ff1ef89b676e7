#include "broker/etcd/retention.h"

namespace broker::etcd {
namespace {

// Removing and compacting cost etcd some milliseconds, so a few blocks or revisions are not enough reason.
constexpr std::uint64_t kBlocksMin = 100;
constexpr std::int64_t kRevisionsMin = 1000;

}  // namespace

Retention::Retention(const Settings& settings, const Keys& keys, std::string broker, base::Duration every,
                     std::function<Claim()> archive, Standing& standing, Told& told)
    : client_(settings),
      keys_(keys),
      broker_(std::move(broker)),
      every_(every),
      archive_(std::move(archive)),
      began_empty_(!archive_().block),
      name_(archive_().disk),
      standing_(standing),
      told_(told),
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
    one_round();
    lock.lock();
    wake_.wait_for(lock, every_, [this] { return closing_; });
  }
}

void Retention::one_round() {
  const auto there = client_.range(get_range(keys_.archives(), after_all(keys_.archives()), 0));
  if (!there) return;  // next time
  Claims claims;
  for (const auto& kv : there->kvs()) {
    claims[kv.key().substr(keys_.archives().size())] = {claim_of(kv.value()), kv.mod()};
  }
  claim(claims);
  if (standing_.lead == 0) return;
  const auto revision = remove_what_is_archived(claims, there->header().revision());
  compact();
  compactable_ = revision;
}

// --- our claim ---

void Retention::claim(const Claims& claims) {
  const auto has = archive_();
  if (!may_claim(claims, has.disk)) return;
  const auto found = claims.find(broker_);
  const auto there = found == claims.end() ? std::nullopt : std::optional(found->second.claim);
  const auto claim = to_claim(there, has, standing_.joined, began_empty_);
  if (!claim) return;
  const auto key = keys_.archived(broker_);
  rpc::TxnRequest request;
  *request.add_compare() = there ? mod_is(key, found->second.revision) : absent(key);
  *request.add_success() = put(key, text_of(*claim));
  const auto done = client_.txn(request);
  if (done && done->succeeded()) name_.used();
}

// Returns whether the name is ours and the archive is not a copy of another broker's. Reports the fault itself.
bool Retention::may_claim(const Claims& claims, const std::string& disk) {
  for (const auto& [broker, stands] : claims) {
    if (broker == broker_ || stands.claim.disk != disk) continue;
    told_.tell(JournalBroken{fmt::format(
        "the archive of this broker, {0}, is a copy of that of {1}, and a copy does not count as a second disk: move "
        "archive.db* away from this broker's data; it then fetches the archive anew. If {1} was only renamed: "
        "etcdctl del {2}",
        broker_, broker, keys_.archived(broker))});
    return false;
  }
  const auto there = claims.find(broker_);
  if (there == claims.end()) return true;
  switch (name_.look(there->second.claim, there->second.revision, base::now().mono)) {
    case Name::Is::kOurs:
      return true;
    case Name::Is::kInDoubt:
      if (log_.pass(base::now().mono))
        base::log::warn(
            "the name {} has the claim of another archive: waiting to see whether a broker with that archive runs",
            broker_);
      return false;
    case Name::Is::kAnothers:
      break;
  }
  told_.tell(JournalBroken{fmt::format(
      "another broker runs under the name {} with an archive of its own: give each broker a name of its own "
      "(--instance). This broker stops, because two disks under one name would count as one",
      broker_)});
  return false;
}

// --- leading ---

// Returns the revision of the removal. If nothing was removed, returns `revision`.
std::int64_t Retention::remove_what_is_archived(const Claims& claims, std::int64_t revision) {
  if (archive_().block.value() < removed_.value() + kBlocksMin) return revision;
  const auto blocks = read_claimed(claims);
  if (!blocks) return revision;
  std::vector<Claim> said;
  for (const auto& [broker, stands] : claims) said.push_back(stands.claim);
  const auto up_to = majority_has(said, [&](base::BlockNo no) {
    const auto found = blocks->find(no);
    return found == blocks->end() ? std::nullopt : std::optional(found->second.hash);
  });
  if (up_to.value() < removed_.value() + kBlocksMin) return revision;
  const auto done = client_.txn(remove_before(keys_, standing_.lead, up_to, blocks->at(up_to).revision));
  if (!done || !done->succeeded()) return revision;
  removed_ = up_to;
  return done->header().revision();
}

std::optional<Retention::Blocks> Retention::read_claimed(const Claims& claims) {
  rpc::TxnRequest request;
  *request.add_success() = ask(get_range(keys_.block(base::BlockNo(1)), after_all(keys_.blocks()), 1));
  for (const auto& [broker, stands] : claims) *request.add_success() = ask(get(keys_.block(stands.claim.block)));
  const auto response = client_.txn(request);
  if (!response) return std::nullopt;
  Blocks blocks;
  for (int i = 0; i < response->responses_size(); ++i) {
    const auto* kv = first_of(*response, i);
    const auto block = msg::decode_block(kv == nullptr ? "" : kv->value());
    if (block) blocks[block->no] = {block->hash.bytes, kv->mod()};
  }
  for (const auto& [broker, stands] : claims) compare(broker, stands.claim, blocks);
  return blocks;
}

// Logs a claim that does not fit the stream. A claim of a block that has left etcd is only late. `blocks` includes the
// first block in etcd, so such a block can be told.
void Retention::compare(const std::string& broker, const Claim& claim, const Blocks& blocks) {
  const auto found = blocks.find(claim.block);
  const bool is_right = found != blocks.end() && found->second.hash == claim.hash;
  const bool is_late = blocks.empty() || claim.block < blocks.begin()->first;
  if (is_right || is_late || claim.disk.empty() || !log_.pass(base::now().mono)) return;
  base::log::error(
      "{} claims to have archived block {}, but the stream in etcd has another block there: its archive is of another "
      "history and does not count, so blocks stay in etcd; see the log of that broker, or, if it is gone: etcdctl del "
      "{}",
      broker, claim.block, keys_.archived(broker));
}

void Retention::compact() {
  if (compactable_ < compacted_ + kRevisionsMin) return;
  const auto done = client_.compact(compactable_);
  if (!done && done.error().unknown) return;  // a refusal means that it is compacted already
  compacted_ = compactable_;
  base::log::debug("etcd: blocks before {} removed, compacted at revision {}", removed_, compacted_);
}

}  // namespace broker::etcd
