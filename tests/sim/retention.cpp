// Cluster: checks trims (ADR 18), and the conditions under which a broker may drop a block.
#include "broker/trim.h"
#include "tests/sim/cluster.h"

namespace sim {

void Cluster::note_archived(Machine& machine) {
  const auto& archive = machine.archive->disk();
  const auto size = archive.durable();
  if (size == 0 || archive.rows[size - 1].no.value() > disk_.rows.size()) return;
  const auto& last = archive.rows[size - 1];
  if (last.bytes == disk_.rows[last.no.value() - 1].bytes) machine.archived = std::max(machine.archived, last.no);
}

void Cluster::check_removal(base::BlockNo up_to) {
  std::size_t have = 0;
  for (const auto& name : names("broker")) {
    auto& machine = machines_.at(name);
    note_archived(machine);
    if (machine.archived >= up_to) ++have;
  }
  if (have * 2 > disk_.archived.size()) return;  // a broker counts from its first claim on
  world_.broken(fmt::format("blocks before {} leave the journal, and {} of {} archives have them", up_to, have,
                            disk_.archived.size()));
}

void Cluster::trim(base::Seq before) {
  for (const auto& name : names("broker")) {
    node(name).act([this, name, before](base::Core& core, base::Turn turn) {
      if (before > settled(1).next()) return;  // a view was lost meanwhile
      const base::ClientId caretaker{"caretaker", false};
      base::Bytes frame;
      msg::append_request(frame, msg::Header{.id = 1}, msg::Trim{{}, before, {}});
      core.on_request(caretaker, frame, turn);
      const auto told = turn.out.replies().extract(caretaker);
      msg::FrameReader reader(told.mapped().front());
      const auto reply = reader.next();
      const auto refusal = msg::decode_refusal(*reply);
      world_.tell("{} is to trim before {}: {}", name, before, reply->header.err ? refusal->message : "done");
      if (!reply->header.err) return;
      const bool unsafe = refusal->message.find("on stable storage") != std::string::npos;
      world_.count(unsafe ? "trim refused: views are not durable" : "trim refused");
    });
  }
}

bool Cluster::lacks_what_was_trimmed(const Machine& machine) const {
  return machine.view->durable().applied.next() < judge_.begins();
}

void Cluster::note_settled(Machine& machine) {
  machine.settled = std::max(machine.settled, machine.view->settled().applied);
}

// ADR 18. A view that was lost since then counts, because the broker has not heard of the loss. A view that has told
// this broker that it has diverged does not count.
void Cluster::check_trim(const std::string& broker, base::Seq begins) {
  if (begins > judge_.begins()) world_.count("trimmed");
  judge_.trimmed(begins);
  const auto beat = msg::decode<msg::Heartbeat>(node(broker).last_beat());
  const auto accused = beat && beat->leader ? beat->leader->diverged : std::vector<std::string>{};
  for (const std::string role : {"catalog", "order"}) {
    int have = 0;
    for (const auto& name : names(role)) {
      auto& machine = machines_.at(name);
      note_settled(machine);
      const bool told = std::find(accused.begin(), accused.end(), name) != accused.end();
      if (told && is_replica_up(name) && diverged(name)) continue;
      if (machine.settled.next() >= begins) ++have;
    }
    if (have >= broker::kViewsMin) continue;
    world_.broken(
        fmt::format("ADR 18: {} lets go of what is before seq {}, which {} of the {} views have on stable storage",
                    broker, begins, have, role));
  }
}

bool Cluster::has_settled(const Machine& machine, base::Seq before) {
  return !machine.spoilt && machine.view->settled().applied.next() >= before;
}

bool Cluster::can_spare(const std::string& name) const {
  const auto begins = judge_.begins();
  return begins == base::Seq(1) || std::any_of(machines_.begin(), machines_.end(), [&](const auto& entry) {
           const auto& [other, machine] = entry;
           return other != name && machine.role == machines_.at(name).role && has_settled(machine, begins);
         });
}

base::Seq Cluster::settled(int views) const {
  auto least = disk_.last();
  for (const std::string role : {"catalog", "order"}) {
    std::vector<base::Seq> all;
    for (const auto& [name, machine] : machines_) {
      if (machine.role == role && !machine.spoilt) all.push_back(machine.view->settled().applied);
    }
    std::sort(all.rbegin(), all.rend());
    all.resize(static_cast<std::size_t>(views));
    least = std::min(least, all.back());
  }
  return least;
}

}  // namespace sim
