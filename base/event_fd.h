// EventFd: lets any thread wake another thread's loop with raise(). The loop watches fd() and calls clear().
#pragma once

namespace base {

class EventFd {
 public:
  EventFd();  // throws std::runtime_error if the process has no file descriptor left
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  void raise();
  void clear();
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace base
