#include "broker/etcd/journal.h"

#include "base/random.h"
#include "broker/etcd/leader.h"
#include "broker/etcd/retention.h"
#include "broker/etcd/watcher.h"

namespace broker::etcd {

class Journal::Impl {
 public:
  Impl(const Settings& settings, const std::string& broker, base::BlockNo held, std::function<Claim()> archive,
       base::Duration takeover_after)
      : keys_(settings.prefix),
        leader_(settings, keys_, broker + " " + base::new_key(), kProveEvery, takeover_after, standing_, told_),
        watcher_(settings, keys_, held, standing_, told_),
        retention_(settings, keys_, broker, kRetainEvery, std::move(archive), standing_, told_) {}

  ~Impl() {
    standing_.closing = true;
    told_.close();
  }

  std::optional<JournalEvent> next() {
    tick();
    auto event = told_.next();
    if (!event) return event;
    if (const auto* seen = std::get_if<LeaderSeen>(&*event)) known_ = seen->at;
    if (const auto* vacant = std::get_if<LeadVacant>(&*event)) known_ = vacant->at;
    // After NotTakenOver the watch has missed a sign of the leader; after TakenOver it is not needed any more.
    if (std::holds_alternative<NotTakenOver>(*event) || std::holds_alternative<TakenOver>(*event)) watcher_.again();
    return event;
  }

  void take_over(base::BlockNo held) { leader_.take_over(held, known_); }
  void commit(Commit block) { leader_.commit(std::move(block)); }
  base::Mono proved() const { return base::Mono(base::Duration(standing_.proved_ns.load())); }
  void joined() { standing_.joined = true; }
  void tell_again(base::BlockNo held) { watcher_.tell_again(held); }
  void tick() { standing_.loop_ns = base::now().mono.time_since_epoch().count(); }
  int fd() const { return told_.fd(); }

 private:
  const Keys keys_;
  Standing standing_;
  Told told_;
  std::int64_t known_ = 0;  // the latest revision of a sign of a leader that the loop has got
  Leader leader_;
  Watcher watcher_;
  Retention retention_;
};

Journal::Journal(const Settings& settings, const std::string& broker, base::BlockNo held,
                 std::function<Claim()> archive, base::Duration takeover_after)
    : impl_(std::make_unique<Impl>(settings, broker, held, std::move(archive), takeover_after)) {}
Journal::~Journal() = default;

void Journal::take_over(base::BlockNo held) { impl_->take_over(held); }
void Journal::commit(Commit block) { impl_->commit(std::move(block)); }
base::Mono Journal::proved() const { return impl_->proved(); }
void Journal::joined() { impl_->joined(); }
void Journal::tell_again(base::BlockNo held) { impl_->tell_again(held); }
void Journal::tick() { impl_->tick(); }
int Journal::fd() const { return impl_->fd(); }
std::optional<JournalEvent> Journal::next() { return impl_->next(); }

}  // namespace broker::etcd
