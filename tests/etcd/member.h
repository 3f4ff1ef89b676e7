// A real etcd of one member, which a test starts, pauses and kills, and a broker's use of a journal in it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <mutex>

#include "base/random.h"
#include "broker/etcd/journal.h"
#include "msg/codec.h"
#include "msg/events.h"
#include "tests/support/ports.h"

extern char** environ;

namespace broker::etcd {

using base::BlockNo;
using base::Seq;
using std::chrono::seconds;

constexpr int kTries = 20;
constexpr std::chrono::milliseconds kTakeoverAfter{500};

// A member of etcd on free ports.
class Member {
 public:
  Member() : directory_(std::filesystem::temp_directory_path() / ("etcd-" + base::new_key())) {
    client_ = "127.0.0.1:" + std::to_string(ports_.at(0));
    peer_ = "http://127.0.0.1:" + std::to_string(ports_.at(1));
    start();
  }
  ~Member() {
    signal(SIGCONT);
    kill();
    std::filesystem::remove_all(directory_);
  }
  void start() {
    std::vector<std::string> words{"etcd",
                                   "--data-dir",
                                   directory_.string(),
                                   "--listen-client-urls",
                                   "http://" + client_,
                                   "--advertise-client-urls",
                                   "http://" + client_,
                                   "--listen-peer-urls",
                                   peer_,
                                   "--initial-advertise-peer-urls",
                                   peer_,
                                   "--initial-cluster",
                                   "default=" + peer_,
                                   "--logger",
                                   "zap",
                                   "--log-level",
                                   "fatal"};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ASSERT_EQ(::posix_spawnp(&pid_, "etcd", nullptr, nullptr, arguments.data(), environ), 0)
        << "apt-get install etcd-server";
  }
  void signal(int number) const { ::kill(pid_, number); }
  void kill() {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  const std::string& client() const { return client_; }
  const std::filesystem::path& directory() const { return directory_; }

 private:
  const support::Ports ports_;
  std::filesystem::path directory_;
  std::string client_;
  std::string peer_;
  pid_t pid_ = 0;
};

// A broker that uses the journal and takes its events.
class Broker {
 public:
  explicit Broker(const Member& member, const std::string& name, BlockNo held = {}, std::string prefix = "pygmy",
                  std::string disk = base::new_key())
      : held_(held), archive_{held, msg::no_hash(), std::move(disk)} {
    journal_ = std::make_unique<Journal>(
        Settings{.endpoints = {member.client()}, .prefix = std::move(prefix)}, name, held,
        [this] {
          const std::lock_guard lock(mutex_);
          return archive_;
        },
        kTakeoverAfter);
  }
  // Takes events up to the next one of this kind, and returns it. Nothing: none came within `patience`.
  template <class Kind>
  std::optional<Kind> wait(base::Duration patience = seconds(20)) {
    const auto until = base::now().mono + patience;
    while (base::now().mono < until) {
      pollfd readable{journal_->fd(), POLLIN, 0};
      ::poll(&readable, 1, 100);
      while (auto event = journal_->next()) {
        if (const auto* block = std::get_if<BlockSeen>(&*event)) seen.push_back(block->bytes);
        if (auto* found = std::get_if<Kind>(&*event)) return std::move(*found);
      }
    }
    return std::nullopt;
  }
  void lead() {
    for (int i = 0; i < kTries && !tail_; ++i) {  // a broker that has just heard another leader waits
      journal_->take_over(held_);
      const auto taken = wait<TakenOver>(seconds(2));
      if (taken) tail_ = taken->tail;
    }
    ASSERT_TRUE(tail_);
  }
  Commit next() {
    msg::Block block;
    block.no = tail_->block.next();
    block.first = tail_->last.next();
    block.count = 1;
    block.prev.bytes = tail_->hash;
    block.events.bytes = msg::encoded(msg::Event{1000, msg::KeyVoided{"k"}});
    Commit commit{block.no, block.first, block.last(), msg::encode_block(block), {}};
    if (block.no == BlockNo(1)) commit.control = msg::Control{.store = "store-a"};
    tail_->block = block.no;
    tail_->last = block.last();
    tail_->hash = block.hash.bytes;
    return commit;
  }
  void commit_one() {
    const auto block = next();
    journal_->commit(block);
    const auto done = wait<BlockCommitted>();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->no, block.no);
  }
  // From now on its archive has durably all that it has committed, and was compared.
  void archive_all() {
    {
      const std::lock_guard lock(mutex_);
      archive_.block = tail_->block;
      archive_.hash = tail_->hash;
    }
    journal_->joined();
  }
  Claim archive() {
    const std::lock_guard lock(mutex_);
    return archive_;
  }
  Journal& journal() { return *journal_; }
  const Tail& tail() const { return *tail_; }

  std::vector<base::Bytes> seen;

 private:
  BlockNo held_;
  std::mutex mutex_;
  Claim archive_;  // guarded by mutex_: the thread of retention reads it
  std::optional<Tail> tail_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace broker::etcd
