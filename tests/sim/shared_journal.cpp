#include "tests/sim/shared_journal.h"

#include <algorithm>
#include <utility>

namespace sim {

using base::BlockNo;

SharedJournal::SharedJournal(World& world, Disk& store, Process process, const MemoryArchive& archive, Tell tell)
    : world_(world),
      store_(store),
      process_(std::move(process)),
      archive_(archive),
      tell_(std::move(tell)),
      me_(fmt::format("{} {}", process_.name, world.random().next())),
      next_(archive.tail().block),
      name_(archive.claim().disk) {
  store_.watching[process_.name] = [this] { look(); };
  every(kLookEvery, [this] { look(); });
  every(kProveEvery, [this] { prove(); });
  every(kRetainEvery, [this] { retain(); });
  retain();  // a broker without a claim does not count, so it claims before any block leaves
  look();
}

SharedJournal::~SharedJournal() {
  *alive_ = false;
  store_.watching.erase(process_.name);
  if (!leads() || fenced_ || lost() || world_.chance(0.5)) return;
  world_.after(world_.some(100us, 2ms), [&store = store_, me = me_, &world = world_] {
    if (store.lead.who != me) return;
    world.count("journal: a leader resigned");
    store.lead.resigned = true;
    store.alive();
  });
}

// `ask` happens at the store, `hear` in the process. Either way may take longer than kDeadline, or the message is lost.
template <class Ask, class Hear>
void SharedJournal::round_trip(Ask ask, Hear hear) {
  const auto travel = [this] {
    return world_.chance(0.01) ? world_.some(1ms, kDeadline * 2) : world_.some(200us, 2ms);
  };
  const auto extra = store_.slow ? world_.some(0ms, 50ms) : Duration{};
  const auto there = std::max(travel() + extra, store_.stalled_until - world_.now());
  const auto back = travel();
  if (lost()) return;
  if (in_flight_ && store_.at_next_commit)
    world_.after(world_.some(0ns, there + back), std::exchange(store_.at_next_commit, {}));
  const bool unsure = store_.unsure && world_.chance(0.5);
  world_.after(there, [this, alive = alive_, &world = world_, ask, hear, back, unsure] {
    const auto reply = ask();
    if (unsure) return world.count("journal: answer lost");
    world.after(back, [this, alive, hear, reply] {
      if (!*alive || lost()) return;
      process_.later([alive, hear, reply] {
        if (*alive) hear(reply);
      });
    });
  });
}

// Sends the request again until it is answered. The first answer counts.
template <class Ask, class Hear>
void SharedJournal::call(Ask ask, Hear hear) {
  attempt(++calls_, std::move(ask), std::move(hear));
}

template <class Ask, class Hear>
void SharedJournal::attempt(std::uint64_t number, Ask ask, Hear hear) {
  round_trip(ask, [this, number, hear, sent = process_.clock()](const auto& reply) {
    if (number != calls_) return;
    ++calls_;
    hear(reply, sent);
  });
  world_.after(kDeadline, [this, alive = alive_, number, ask, hear] {
    if (!*alive) return;
    process_.later([this, alive, number, ask, hear] {
      if (!*alive || number != calls_ || fenced_) return;
      if (in_flight_) world_.count("journal: outcome unknown, sent again");
      attempt(number, ask, hear);
    });
  });
}

template <class What>
void SharedJournal::every(Duration length, What what) {
  world_.after(length, [this, alive = alive_, length, what] {
    if (!*alive) return;
    if (!process_.paused()) what();
    every(length, what);
  });
}

// --- the standby ---

SharedJournal::Seen SharedJournal::look_from(const Disk& store, BlockNo from) {
  Seen seen{{}, std::max(from, store.kept_from), BlockNo(store.rows.size()), store.lead, store.control};
  for (auto no = seen.first; no.value() <= store.rows.size(); no = no.next()) {
    seen.blocks.push_back(store.rows[no.value() - 1].bytes);
  }
  return seen;
}

void SharedJournal::look() {
  if (process_.paused() || (leads() && !world_.chance(0.2))) return;
  round_trip([&store = store_, next = next_] { return look_from(store, next); },
             [this](const Seen& seen) { saw(seen); });
}

void SharedJournal::saw(const Seen& seen) {
  if (seen.last < archive_.tail().block) return tell_(broker::JournalBroken{"the stream ends before our archive"});
  auto no = seen.first;
  for (const auto& block : seen.blocks) {
    if (no > next_) world_.count("journal: blocks had left it");
    if (no >= next_ || world_.chance(0.1)) tell_(broker::BlockSeen{block});
    next_ = std::max(next_, no.next());
    no = no.next();
  }
  const bool vacant = seen.lead.who.empty() || seen.lead.resigned;
  if (seen.lead.alive_at <= seen_) return;
  seen_ = known_ = seen.lead.alive_at;
  if (vacant) return tell_(broker::LeadVacant{known_});
  tell_(broker::LeaderSeen{known_});
}

void SharedJournal::say_vacant() {
  process_.later([this, alive = alive_] {
    if (!*alive || leads()) return;
    deceived_ = true;
    tell_(broker::LeadVacant{known_});
  });
}

// --- taking over ---

void SharedJournal::take_over(BlockNo held) {
  const auto number = ++calls_;
  round_trip([&store = store_, held] { return look_from(store, held.next()); },
             [this, number, held](const Seen& seen) {
               if (number == calls_) saw_before_taking(seen, held);
             });
  world_.after(kDeadline, [this, alive = alive_, number] {
    if (!*alive) return;
    process_.later([this, alive, number] {
      if (!*alive || number != calls_) return;
      ++calls_;
      tell_(broker::NotTakenOver{"the journal cannot be reached"});
    });
  });
}

void SharedJournal::saw_before_taking(const Seen& seen, BlockNo held) {
  ++calls_;
  if (seen.lead.alive_at > known_ && !std::exchange(deceived_, false))
    return tell_(broker::NotTakenOver{"another broker leads"});
  if (seen.first != held.next()) return tell_(broker::NotTakenOver{"blocks have left the journal"});
  call([&store = store_, me = me_, before = seen.lead.term] { return swap(store, me, before); },
       [this, held](const Lead& lead, base::Mono sent) { swapped(lead, held, sent); });
}

// Returns the leader after the attempt. A repeated request gets the result of the first.
Lead SharedJournal::swap(Disk& store, const std::string& name, base::Term before) {
  if (store.lead.term == before) {
    store.lead = {name, before.next(), false, 0};
    store.alive();
  }
  return store.lead;
}

void SharedJournal::swapped(const Lead& lead, BlockNo held, base::Mono sent) {
  if (lead.who != me_) return tell_(broker::NotTakenOver{"another broker was faster"});
  proved_ = sent;
  call([&store = store_, held] { return look_from(store, held); },
       [this, term = lead.term, held](const Seen& seen, base::Mono) { taken(seen, term, held); });
}

void SharedJournal::taken(const Seen& seen, base::Term term, BlockNo held) {
  auto no = seen.first;
  for (const auto& bytes : seen.blocks) {
    if (no > held) tell_(broker::BlockSeen{bytes});
    no = no.next();
  }
  auto tail = seen.blocks.empty() ? broker::Tail{} : broker::tail_at(*msg::decode_block(seen.blocks.back()));
  tail.term = term_ = term;
  tail.control = seen.control;
  tell_(broker::TakenOver{std::move(tail)});
}

// --- leading ---

SharedJournal::Reply SharedJournal::put(Disk& store, const std::string& name, base::Term term,
                                        const broker::Commit& block) {
  const bool mine = store.lead.who == name && store.lead.term == term;
  const auto next = BlockNo(store.rows.size() + 1);
  if (mine && block.no == next) {
    store.append(block);
    store.alive();
    return {true, true, true};
  }
  const bool there = block.no < next && store.rows[block.no.value() - 1].bytes == block.bytes;
  return {there, mine, false};
}

void SharedJournal::commit(broker::Commit block) {
  if (in_flight_) return world_.broken("the broker began a commit while another was in flight");
  in_flight_ = std::move(block);
  call([&store = store_, me = me_, term = term_, block = *in_flight_] { return put(store, me, term, block); },
       [this](const Reply& reply, base::Mono sent) { committed(reply, sent); });
}

void SharedJournal::committed(const Reply& reply, base::Mono sent) {
  if (fenced_) return;
  const auto no = in_flight_->no;
  if (!reply.there && reply.mine) return world_.broken(fmt::format("block {} is not the next, and not there", no));
  if (reply.there) {
    if (!reply.now) world_.count("journal: committed by an earlier try");
    in_flight_.reset();
    tell_(broker::BlockCommitted{no});
  } else {
    world_.count("journal: fenced in mid-flight");
  }
  if (!reply.mine) return lose_leadership();
  proved_ = std::max(proved_, sent);
}

void SharedJournal::lose_leadership() {
  if (std::exchange(fenced_, true)) return;
  world_.tell("{} is fenced: term {} is over", process_.name, term_);
  tell_(broker::LeadLost{});
}

void SharedJournal::prove() {
  if (!leads() || fenced_ || in_flight_) return;
  const auto pulse = [&store = store_, me = me_] {
    const bool mine = store.lead.who == me;
    if (mine) store.alive();
    return mine;
  };
  round_trip(pulse, [this, sent = process_.clock()](bool mine) {
    if (!mine) return lose_leadership();
    proved_ = std::max(proved_, sent);
  });
}

void SharedJournal::retain() {
  const auto look = [&store = store_, name = process_.name] {
    const auto there = store.archived.find(name);
    return there == store.archived.end() ? std::nullopt : std::optional(there->second);
  };
  round_trip(look, [this, round = ++rounds_](const std::optional<Claimed>& there) {
    if (round == rounds_) claim(there);  // an answer that comes after the next round began is ignored
  });
}

void SharedJournal::claim(const std::optional<Claimed>& there) {
  const auto stands = there ? std::optional(there->claim) : std::nullopt;
  const auto is = name_.look(stands, there ? there->revision : 0, process_.clock());
  if (is == broker::Name::Is::kAnothers) return tell_(broker::JournalBroken{std::string(kNameTaken)});
  const auto claim = broker::to_claim(stands, archive_.claim(), joined_, !archive_.tail().block);
  if (is == broker::Name::Is::kInDoubt || !claim) return;
  const auto put = [&store = store_, &world = world_, me = me_, name = process_.name, claim = *claim,
                    revision = there ? there->revision : 0] {
    auto& entry = store.archived[name];
    const bool done = entry.revision == revision;
    if (done) entry = {claim, ++store.revision};
    if (store.lead.who == me) remove(store, world);
    return done;
  };
  round_trip(put, [this](bool done) {
    if (done) name_.used();
  });
}

void SharedJournal::remove(Disk& store, World& world) {
  std::vector<broker::Claim> claims;
  for (const auto& [broker, stands] : store.archived) claims.push_back(stands.claim);
  const auto up_to = broker::majority_has(claims, [&store](BlockNo no) -> std::optional<msg::Hash> {
    if (no < store.kept_from || no.value() > store.rows.size()) return std::nullopt;
    return msg::hash_of(store.rows[no.value() - 1].bytes);
  });  // the newest block stays
  if (up_to <= store.kept_from) return;
  world.count("journal: blocks removed");
  if (store.removing) store.removing(up_to);
  store.kept_from = up_to;
}

}  // namespace sim
