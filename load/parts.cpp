#include "load/parts.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/notice.h"
#include "load/report.h"
#include "tasks/interruption.h"

namespace load {
namespace {

using tasks::Json;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    read = ends[0];
    write = ends[1];
  }
};

void write_line(int fd, const Json& json) {
  const auto line = json.dump() + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const auto written = ::write(fd, line.data() + done, line.size() - done);
    if (written < 0 && errno != EINTR) std::_Exit(tasks::kUnknown);  // the parent has ended
    if (written > 0) done += static_cast<std::size_t>(written);
  }
}

int run_child(const BenchTask& task, const Part& part, int to_parent, int from_parent) {
  const Parent parent{.wait =
                          [&] {
                            write_line(to_parent, {{"ready", true}});
                            char go = 0;
                            while (::read(from_parent, &go, 1) < 0 && errno == EINTR) {
                            }
                          },
                      .tell =
                          [&](base::Duration passed, std::uint64_t ops, std::uint64_t errors) {
                            write_line(to_parent, {{"passed_ns", passed.count()}, {"ops", ops}, {"errors", errors}});
                          },
                      .end =
                          [&](const Tally& tally) {
                            write_line(to_parent, {{"tally", to_json(tally)}});
                          }};
  try {
    return part(task, parent);
  } catch (const std::exception& error) {
    base::notice("pygmy: {}\n", error.what());
    return tasks::kRefused;
  }
}

class Children {
 public:
  explicit Children(std::optional<Tally>& total) : total_(total) {}

  // Returns when the child is ready: so the first one adds the items that all sell, and the others find them.
  void start(const BenchTask& task, const Part& part) {
    Pipe up;
    Pipe down;
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      ::close(up.read);
      ::close(down.write);
      for (const auto& other : children_) {  // otherwise their pipes would not end with the parent
        ::close(other.from);
        ::close(other.to);
      }
      std::_Exit(run_child(task, part, up.write, down.read));
    }
    ::close(up.write);
    ::close(down.read);
    children_.push_back({pid, up.read, down.write, {}, false, 0, 0});
    while (!children_.back().ready) read_some();
  }

  int run() {
    for (const auto& child : children_) ::close(child.to);  // the child waits for the end of this pipe
    bool told = false;
    while (any_open()) {
      if (interruption_.came() && !std::exchange(told, true)) {
        for (const auto& child : children_) ::kill(child.pid, SIGTERM);
      }
      read_some();
    }
    progress_.clear();
    int code = tasks::kDone;
    for (const auto& child : children_) code = std::max(code, end_of(child.pid));
    return code;
  }

 private:
  struct Child {
    pid_t pid;
    int from;  // -1: closed
    int to;
    std::string line;
    bool ready;
    std::uint64_t ops, errors;
  };

  bool any_open() const {
    return std::any_of(children_.begin(), children_.end(), [](const auto& child) { return child.from >= 0; });
  }

  void read_some() {
    std::vector<pollfd> fds;
    for (const auto& child : children_) fds.push_back({child.from, POLLIN, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0) return;  // a signal
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents != 0) read_from(children_[i]);
    }
  }

  void read_from(Child& child) {
    char buffer[4096];
    const auto got = ::read(child.from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
      ::close(std::exchange(child.from, -1));
      child.ready = true;  // it has ended, so nobody waits for it
      return;
    }
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
      if (c != '\n') {
        child.line += c;
      } else {
        take(child, Json::parse(std::exchange(child.line, {})));
      }
    }
  }

  void take(Child& child, const Json& json) {
    if (json.contains("tally")) {
      if (!total_) total_.emplace();
      total_->add(tally_of(json["tally"]));
    } else if (json.contains("ops")) {
      json["ops"].get_to(child.ops);
      json["errors"].get_to(child.errors);
      if (&child == &children_.front()) show(base::Duration(json["passed_ns"].get<base::Duration::rep>()));
    } else {
      child.ready = true;
    }
  }

  void show(base::Duration passed) {
    std::uint64_t ops = 0;
    std::uint64_t errors = 0;
    for (const auto& child : children_) {
      ops += child.ops;
      errors += child.errors;
    }
    progress_.show(passed, ops, errors);
  }

  static int end_of(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : tasks::kUnknown;
  }

  const tasks::Interruption interruption_;  // from before the first child
  std::optional<Tally>& total_;
  std::vector<Child> children_;
  Progress progress_;
};

template <class Number>
Number share(Number whole, unsigned parts, unsigned part) {
  return static_cast<Number>(whole / parts + (part < whole % parts ? 1 : 0));
}

}  // namespace

std::vector<BenchTask> parts_of(const BenchTask& task) {
  std::vector<BenchTask> parts(task.processes, task);
  for (unsigned i = 0; i < task.processes; ++i) {
    auto& part = parts[i];
    part.processes = 1;
    part.clients = share(task.clients, task.processes, i);
    if (task.rate) part.rate = *task.rate / task.processes;
    if (task.requests) part.requests = share(*task.requests, task.processes, i);
  }
  return parts;
}

int run_parts(const std::vector<BenchTask>& tasks, const Part& part, std::optional<Tally>& total) {
  Children children(total);
  for (const auto& task : tasks) children.start(task, part);
  return children.run();
}

}  // namespace load
