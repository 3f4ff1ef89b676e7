#include "tests/sim/marks.h"

namespace sim {

const std::vector<Mark>& faults() {
  static const std::vector<Mark> kFaults{
      {"fault: process killed", "a process other than a broker dies"},
      {"fault: broker killed", "the broker dies"},
      {"fault: writer killed", "the writer dies"},
      {"fault: writer stopped", "the writer gets SIGTERM"},
      {"fault: process stopped", "another process gets SIGTERM"},
      {"fault: everything killed at once", "the power fails"},
      {"fault: pause", "a process stands still for less than a lease"},
      {"fault: pause longer than a lease", "a process stands still for longer than a lease"},
      {"fault: client crashed", "a client vanishes in mid-request"},
      {"fault: client floods", "a client asks more than a frontend takes"},
      {"fault: wall clock jumped", "a wall clock jumps by up to a minute"},
      {"fault: wall clock leapt ahead by years", "a wall clock is wrong by years for up to two seconds"},
      {"fault: link cut", "nothing passes between two processes"},
      {"fault: link cut one way", "nothing passes from one process to another"},
      {"fault: process cut off", "nothing passes between one process and all others"},
      {"fault: partition", "nothing passes between two groups"},
      {"fault: link slow", "a link takes up to 300 ms longer"},
      {"fault: link narrow", "a link carries few bytes a second"},
      {"fault: published message lost", "PUB loses a message"},
      {"fault: message doubled", "a message comes twice"},
      {"fault: grants late, then asked for in vain", "an edge's lease is told late, then not renewed"},
      {"fault: disk slow", "commits take up to 50 ms"},
      {"fault: disk stalled", "a commit takes up to a second"},
      {"fault: appointment lost", "a broker dies with an appointment that was accepted and is not durable"},
      {"fault: broker's disk full", "the journal has no room"},
      {"fault: fsync failed", "the journal's fsync fails"},
      {"fault: lease made shorter, and two starts of the broker",
       "an edge hears no broker and still has a longer lease"},
      {"fault: block damaged", "a bit of the journal turns"},
      {"fault: journal went back to an older copy", "the broker has an older copy of its journal"},
      {"fault: replica lost its disk", "a view is gone"},
      {"fault: replica's disk full", "a view has no room"},
      {"fault: row of a view spoilt", "a row of a view is lost, or turns into another"},
      {"fault: snapshot broken off", "the fetching replica dies, or its peer, or the link between them"},
      {"snapshot: spoiled", "a peer's copy is damaged, of another store, or of another format"},
      {"fault: another broker takes over", "the shared journal changes hands"},
      {"fault: journal's answers get lost", "outcomes of appends are unknown"},
      {"fault: broker lost its disk", "one of two archives is gone"},
      {"fault: broker with an archive of another history",
       "the archive differs from the stream, and is shorter or longer"},
      {"fault: broker cut off from the journal", "the leader cannot reach the shared journal"},
      {"fault: edge left with a leader that is cut off", "the edge hears no other broker"},
      {"fault: node killed", "several cores die at once"},
      {"fault: node paused", "several cores stand still at once"},
      {"fault: node stopped", "its cores stop one after the other"},
      {"fault: node cut off", "several cores are cut off from all others"}};
  return kFaults;
}

const std::vector<Mark>& rare_paths() {
  static const std::vector<Mark> kPaths{
      {"crash during a commit", "a commit is in flight when its broker dies"},
      {"torn tail dropped", "half a block behind the journal's end"},
      {"node ended by one of its cores", "the failure of a core ends its neighbours"},
      {"damaged journal refused", "a broker does not open a damaged journal"},
      {"damaged block read by a follower", "a replay carries a damaged block"},
      {"trimmed", "the brokers let go of the front of the stream"},
      {"trim refused", "a view has not applied it yet, or the broker does not have it"},
      {"trim refused: views are not durable", "a power cut would take it from all views but one"},
      {"snapshot: fetched since what follows was trimmed", "a replay lacks the trimmed events"},
      {"power cut took a view back", "back to the state on stable storage"},
      {"events of the trimmed past", "a page begins where the stream does"},
      {"events of the future", "a page is asked for from beyond the end of the stream"},
      {"commit waited for room on the disk", "the disk is full, and the system says so"},
      {"broker stopped by a full disk", "durability is in doubt: a quota is used up"},
      {"broker stopped by a failing fsync", "durability is in doubt: fsync failed"},
      {"what was not synced was written again", "a broker opens rows that are only in the page cache"},
      {"power cut took what was not synced", "all processes are dead, and rows were only in the page cache"},
      {"view without room went on", "its commits are put off"},
      {"catalog ended by its disk", "a catalog view without room"},
      {"order ended by its disk", "an order view without room"},
      {"follower stopped by a journal that is an older copy", "the broker's stream ends before the view does"},
      {"spoilt row noticed", "a replica says itself that its view has diverged"},
      {"view made anew by its process", "a view that has diverged is put aside"},
      {"snapshot: fetched", "a replica far behind fetches a peer's view"},
      {"snapshot: resumed", "a replica continues a fetch of its earlier process"},
      {"snapshot: begun anew with another peer", "the first peer died, or its copy was useless"},
      {"snapshot: not what it was said to be", "its hash is wrong"},
      {"snapshot: killed while it was put in place", "the old view is gone, and the new one is not there yet"},
      {"snapshot: none to be had, replayed", "a replica far behind finds no peer with a snapshot"},
      {"journal: outcome unknown, sent again", "an append got no answer"},
      {"journal: committed by an earlier try", "an append finds its own block in the journal"},
      {"journal: fenced in mid-flight", "an append comes after another broker took over"},
      {"archive of another history refused", "a broker compares its archive with the shared journal"},
      {"takeover from a broker that runs on", "two brokers think that they lead"},
      {"broker stopped: its term is over", "the old leader finds out"},
      {"rule 4: W waits for the holders on record", "a new leader waits before it moves the watermark"},
      {"broker.refused_fenced", "an append names an epoch that has ended"},
      {"broker.refused_skipped", "an append is missing before this one"},
      {"broker.repeats", "an append came twice"},
      {"broker.resigns", "a writer hands over"},
      {"broker.replays", "a follower fills a gap"},
      {"broker.replays_from_journal", "a gap is older than the blocks in memory"},
      {"broker.refused_unavailable", "no lease for an edge that does not keep up"},
      {"broker.acks_of_strangers", "an edge without a record in the stream acknowledges"},
      {"order.writer_fenced", "a writer learns from the broker that it is deposed"},
      {"order.writer_resumed", "a fenced writer goes on in a later term: its successor's appointment was lost"},
      {"order.resent", "appends are sent again"},
      {"order.keys_repeated", "a key comes again"},
      {"order.refusals_held", "a refusal waits for the events that it rests on"},
      {"order.not_writer", "a write reaches a replica that does not decide"},
      {"order.waited_for_min", "a request waits for an order replica to catch up"},
      {"catalog.waited_for_min", "a request waits for a catalog replica to catch up"},
      {"frontend.gate_holds", "an answer waits for the watermark"},
      {"frontend.cache_hits", "an answer from the cache"},
      {"look-up of a thread, answered", "a thread in an edge's process gets an answer from memory"},
      {"look-up of a thread, not covered", "a thread took an answer, and its lease has ended meanwhile"},
      {"frontend.cache_invalidated", "an event drops a cached answer"},
      {"frontend.cache_shared", "two requests share a miss"},
      {"frontend.cache_fills_late", "a fill is overtaken by an event"},
      {"frontend.parked", "a request waits for a lease"},
      {"frontend.sent_again", "a request is sent again"},
      {"frontend.settled", "one of several copies is refused"},
      {"frontend.refusals_undecided", "a refusal says nothing about the other copies of a write"},
      {"answer busy", "a client is told busy"},
      {"frontend.answers_late", "a late copy of an answer"},
      {"frontend.refused_busy", "a frontend is at a bound"},
      {"lease lapsed and came back", "an edge without a lease gets one again"},
      {"stale answers, marked", "an old answer that stale_ok allows"},
      {"stale answers, with more acknowledged since", "with stale_ok; the exact answer would differ"},
      {"answer unknown", "a client's deadline passes"},
      {"outcome of a vanished client's key", "the outcome of a write whose client crashed"},
      {"key voided", "the outcome of an unused key"},
      {"stream: holder_left", "a lost edge is removed from the record"},
      {"digests compared", "two replicas have the same seq"}};
  return kPaths;
}

std::string never_met(const World::Counts& counts) {
  std::string missing;
  for (const auto* marks : {&faults(), &rare_paths()}) {
    for (const auto& mark : *marks) {
      const auto found = counts.find(mark.count);
      if (found != counts.end() && found->second > 0) continue;
      missing += fmt::format("{}{} ({})", missing.empty() ? "" : ", ", mark.count, mark.what);
    }
  }
  return missing;
}

}  // namespace sim
