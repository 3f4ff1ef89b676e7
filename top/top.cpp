#include "top/top.h"

#include <fmt/format.h>

#include <optional>

#include "base/print.h"
#include "tasks/interruption.h"
#include "tasks/output.h"
#include "top/asker.h"
#include "top/screen.h"
#include "top/terminal.h"

namespace top {
namespace {

constexpr base::Duration kLookAtKeys = std::chrono::milliseconds(50);

class Watch {
 public:
  Watch(const tasks::Common& common, const TopTask& task)
      : common_(common),
        task_(task),
        every_(std::chrono::milliseconds(task.interval_ms)),
        store_(common.connect()),
        figures_(base::now().mono),
        asker_(store_, figures_, every_, common.timeout),
        began_(base::now().mono) {
    if (is_on_terminal()) terminal_.emplace();
  }

  int run() {
    draw();
    while (!interruption_.came() && !ended_) {
      const auto now = base::now().mono;
      asker_.ask(now);
      store_.run_until([this] { return interruption_.came(); }, now + kLookAtKeys);
      const bool has_news = asker_.has_news();
      const bool is_touched = take_keys() || is_resized();
      if (terminal_ ? has_news || is_touched || base::now().mono >= drawn_ + every_ : has_news) draw();
      if (task_.once && is_done_once()) break;
    }
    return asker_.refusal() ? tasks::kUnknown : tasks::kDone;
  }

  // Tells why a single frame has no figures, once the terminal is as it was.
  int complain() const { return asker_.refusal() ? tasks::complain(common_, *asker_.refusal()) : tasks::kUnknown; }

 private:
  bool is_on_terminal() const { return !common_.json && !task_.plain && !task_.once && is_terminal(); }

  // With --once the only frame is the last one.
  bool is_done_once() {
    if (asker_.refusal() && base::now().mono < began_ + common_.timeout) return false;
    if (!asker_.refusal() && !figures_.has_rates()) return false;
    if (!asker_.refusal()) print();
    return true;
  }

  // Returns whether the frame changes.
  bool take_keys() {
    if (!terminal_) return false;
    const auto keys = terminal_->keys();
    for (const char key : keys) {
      if (key == 'q' || key == 'Q') ended_ = true;
      if (key == 's' || key == 'S') keys_.sort = next(keys_.sort);
      if (key == ' ') keys_.paused = !keys_.paused;
    }
    return !keys.empty();
  }

  bool is_resized() const {
    if (!terminal_) return false;
    const auto size = terminal_->size();
    return size.columns != size_.columns || size.rows != size_.rows;
  }

  void draw() {
    drawn_ = base::now().mono;
    if (!keys_.paused) view_ = now_view();
    if (!terminal_) {
      if (!task_.once && (view_.store || view_.unanswered)) print();
      return;
    }
    sort(view_, keys_.sort);
    size_ = terminal_->size();
    terminal_->show(screen(view_, size_, &keys_));
  }

  View now_view() {
    auto view = figures_.view(base::now());
    view.every = every_;
    view.asked = fmt::format("{}", fmt::join(store_.frontends(), ", "));
    return view;
  }

  void print() {
    auto view = now_view();
    sort(view, Sort::kName);
    if (common_.json) {
      base::print_exact(to_json(view).dump(-1, ' ', false, tasks::Json::error_handler_t::replace) + "\n");
    } else {
      for (const auto& line : screen(view, {}, nullptr)) base::print("{}\n", line.text);
      if (!task_.once) base::print("\n");
    }
    tasks::flush_output();
  }

  const tasks::Common& common_;
  const TopTask& task_;
  const base::Duration every_;
  tasks::Interruption interruption_{
      tasks::Interruption::Second::kIgnored};  // before the terminal, so after it at the end
  client::Client store_;
  Figures figures_;
  Asker asker_;
  base::Mono began_;
  base::Mono drawn_{};
  std::optional<Terminal> terminal_;
  Size size_;
  Keys keys_;
  View view_;
  bool ended_ = false;
};

}  // namespace

int run_top(const tasks::Common& common, const TopTask& task) {
  Watch watch(common, task);
  const int code = watch.run();
  return task.once && code != tasks::kDone ? watch.complain() : code;
}

}  // namespace top
