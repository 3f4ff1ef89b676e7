#include "tests/sim/shared_journal.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sim {

SharedJournal::SharedJournal(World& world, Disk& store, Process process, Told told)
    : world_(world), store_(store), process_(std::move(process)), told_(std::move(told)) {
  if (lost()) throw std::runtime_error("the journal cannot be reached");
  store_.term = store_.term.next();
  proved_ = process_.clock();
  tail_ = tail_of(store_, world_);
  check_later();
}

bool SharedJournal::lost() const { return store_.unreachable.count(process_.name) != 0; }

// `ask` happens at the store, `hear` in the process. Either way may take longer than the deadline, or be lost.
template <class Ask, class Hear>
void SharedJournal::round_trip(Ask ask, Hear hear) {
  const auto travel = [this] {
    return world_.chance(0.01) ? world_.some(1ms, kDeadline * 2) : world_.some(200us, 2ms);
  };
  const auto extra = store_.slow ? world_.some(0ms, 50ms) : Duration{};
  const auto there = std::max(travel() + extra, store_.stalled_until - world_.now());
  const auto back = travel();
  if (lost()) return;
  if (store_.at_next_commit) world_.after(world_.some(0ns, there + back), std::exchange(store_.at_next_commit, {}));
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

SharedJournal::Reply SharedJournal::put(Disk& store, base::Term term, const broker::Commit& block) {
  const bool mine = store.term == term;
  const auto next = base::BlockNo(store.rows.size() + 1);
  if (mine && block.no == next) {
    store.append(block);
    return {true, true, true};
  }
  const bool there = block.no < next && store.rows[block.no.value() - 1].bytes == block.bytes;
  return {there, mine, false};
}

void SharedJournal::commit(broker::Commit block) {
  if (in_flight_) return world_.broken("the broker began a commit while another was in flight");
  in_flight_ = std::move(block);
  attempt();
}

void SharedJournal::attempt() {
  const auto no = in_flight_->no;
  round_trip([&store = store_, term = tail_.term, block = *in_flight_] { return put(store, term, block); },
             [this, no, sent = process_.clock()](const Reply& reply) { hear(reply, no, sent); });
  world_.after(kDeadline, [this, alive = alive_, attempt = ++attempts_] {
    if (!*alive) return;
    process_.later([this, alive, attempt] {
      if (!*alive || !in_flight_ || attempt != attempts_ || fenced_) return;
      world_.count("journal: outcome unknown, sent again");
      this->attempt();
    });
  });
}

void SharedJournal::hear(const Reply& reply, base::BlockNo no, base::Mono sent) {
  if (!in_flight_ || in_flight_->no != no || fenced_) return;  // of a try that was overtaken
  if (!reply.there && reply.mine) return world_.broken(fmt::format("block {} is not the next, and not there", no));
  if (reply.there) {
    if (!reply.now) world_.count("journal: committed by an earlier try");
    in_flight_.reset();
    told_.committed(no);
  } else {
    world_.count("journal: fenced in mid-flight");
  }
  if (!reply.mine) return lose_leadership();
  proved_ = std::max(proved_, sent);
}

void SharedJournal::lose_leadership() {
  if (std::exchange(fenced_, true)) return;
  world_.tell("{} is fenced: term {} is over", process_.name, tail_.term);
  told_.fenced();
}

void SharedJournal::check_later() {
  world_.after(kCheckEvery, [this, alive = alive_] {
    if (!*alive || fenced_) return;
    if (!process_.paused()) {
      round_trip([&store = store_, term = tail_.term] { return store.term == term; },
                 [this, sent = process_.clock()](bool mine) {
                   if (!mine) return lose_leadership();
                   proved_ = std::max(proved_, sent);
                 });
    }
    check_later();
  });
}

}  // namespace sim
