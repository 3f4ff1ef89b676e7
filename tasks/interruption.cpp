#include "tasks/interruption.h"

namespace tasks {
namespace {

volatile std::sig_atomic_t came_ = 0;

void note(int) { came_ = 1; }

}  // namespace

Interruption::Interruption(Second second) {
  came_ = 0;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = second == Second::kEnds ? static_cast<int>(SA_RESETHAND) : 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    const bool is_ignored = kSignals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN;
    if (!is_ignored) sigaction(kSignals[i], &action, nullptr);
  }
}

Interruption::~Interruption() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

bool Interruption::came() const { return came_ != 0; }

}  // namespace tasks
