#include "tasks/interruption.h"

namespace tasks {
namespace {

volatile std::sig_atomic_t came_ = 0;

void note(int) { came_ = 1; }

}  // namespace

Interruption::Interruption() {
  came_ = 0;
  struct sigaction once {};
  once.sa_handler = note;
  once.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &once, &int_);
  sigaction(SIGTERM, &once, &term_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &int_, nullptr);
  sigaction(SIGTERM, &term_, nullptr);
}

bool Interruption::came() const { return came_ != 0; }

}  // namespace tasks
